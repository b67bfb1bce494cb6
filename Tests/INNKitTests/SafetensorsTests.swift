import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

@Suite struct SafetensorsTests {
    @Test func roundTripKeepsEveryBit() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            let floats: [Float] = [0, -0.0, 1.5, .infinity, .leastNonzeroMagnitude, Float(bitPattern: 0x7FC0_1234)]
            let metadata = ["config": "{\"a\": \"b\\n\"}", "empty": "", "ünï\u{1}": "tab\tquote\"slash\\"]
            try SafetensorsWriter.write(
                [
                    SafetensorsEntry(name: "w", shape: [2, 3], floats: floats),
                    SafetensorsEntry(name: "cursor", shape: [2], ints: [.min, .max]),
                    SafetensorsEntry(name: "empty", shape: [0, 4], floats: []),
                    SafetensorsEntry(name: "scalar", shape: [], floats: [7]),
                ], metadata: metadata, to: url)
            let file = try SafetensorsFile(url)
            #expect(file.names == ["cursor", "empty", "scalar", "w"])
            let w = try file.tensor(named: "w")
            #expect(w.shape == [2, 3] && w.type == .f32)
            #expect(try w.floats().map(\.bitPattern) == floats.map(\.bitPattern))
            #expect(try file.tensor(named: "cursor").ints() == [.min, .max])
            #expect(try file.tensor(named: "empty").floats().isEmpty)
            #expect(try file.tensor(named: "scalar").floats() == [7])
            #expect(metadata.allSatisfy { file.metadata[$0] == $1 })
            #expect(try file.verifyChecksum())
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.safetensors"])
        }
    }

    /// A name in a message is no longer than a person reads.
    @Test func longNamesAreShortenedInMessages() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "long.safetensors")
            let name = String(repeating: "A", count: 2048)
            try SafetensorsWriter.write(
                [SafetensorsEntry(name: name, shape: [2], floats: [1, .infinity])], metadata: [:], to: url)
            let error = #expect(throws: INNError.self) { try SafetensorsFile(url).tensor(named: name).finiteFloats() }
            #expect(error.map { $0.message.count - url.path.count < 200 && $0.message.contains("AAA…") } == true)
        }
    }

    @Test func goldenVectorsAreRead() throws {
        let folder = try #require(Bundle.module.url(forResource: "GoldenVectors", withExtension: nil))
        let urls = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "safetensors" }
        #expect(urls.count > 20)
        for url in urls {
            let file = try SafetensorsFile(url)
            #expect(file.metadata["case"] != nil)
            for name in file.names {
                let tensor = try file.tensor(named: name)
                let count = tensor.type == .i32 ? try tensor.ints().count : try tensor.floats().count
                #expect(count == tensor.count)
            }
        }
        let layerNorm = try SafetensorsFile(folder.appending(path: "01_layernorm.safetensors"))
        #expect(try layerNorm.tensor(named: "x").shape == [2, 5, 16])
    }

    @Test func theSameContentGivesTheSameBytes() throws {
        try withTemporaryFolder { folder in
            let entries = ["b", "a", "c"].map { SafetensorsEntry(name: $0, shape: [1], floats: [1]) }
            let first = folder.appending(path: "1")
            let second = folder.appending(path: "2")
            try SafetensorsWriter.write(entries, metadata: ["x": "1", "y": "2"], to: first)
            try SafetensorsWriter.write(entries.reversed(), metadata: ["y": "2", "x": "1"], to: second)
            let bytes = try Data(contentsOf: first)
            #expect(try bytes == Data(contentsOf: second))
            let headerLength = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
            #expect(headerLength % 8 == 0)
        }
    }

    @Test func otherElementTypesAreConverted() throws {
        func file(_ type: String, shape: [Int], _ data: [UInt8]) throws -> SafetensorsFile {
            try SafetensorsFile(
                bytes: image(
                    "{\"t\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[0,\(data.count)]}}", data),
                name: "t")
        }
        let half = try file("F16", shape: [5], [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0x00, 0x7C, 0xFF, 0x7B]).tensor(
            named: "t"
        ).floats()
        #expect(half == [1, -2, 0x1p-24, .infinity, 65504])
        #expect(try file("BF16", shape: [2], [0x80, 0x3F, 0x20, 0xC1]).tensor(named: "t").floats() == [1, -10])
        #expect(try file("F64", shape: [1], [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]).tensor(named: "t").floats() == [1.5])
        #expect(
            try file("I64", shape: [1], [0xFE] + [UInt8](repeating: 0xFF, count: 7)).tensor(named: "t").ints() == [-2])
        #expect(try file("U8", shape: [2], [3, 255]).tensor(named: "t").ints() == [3, 255])
        #expect(throws: INNError.self) {
            try file("I64", shape: [1], [0, 0, 0, 0, 1, 0, 0, 0]).tensor(named: "t").ints()
        }
        #expect(throws: INNError.self) { try file("I32", shape: [1], [0, 0, 0, 0]).tensor(named: "t").floats() }
        #expect(throws: INNError.self) { try file("F32", shape: [1], [0, 0, 0, 0]).tensor(named: "t").ints() }
    }

    @Test(arguments: [
        "", "[]", "{", "{}x", "{\"a\":1}", "{\"a\":{}}", " {}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
            + ",\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
            + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
            + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "{\"__metadata__\":{},\"__metadata__\":{}}",
        "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":{\"a\":\"\\ud800\"}}",
        "{\"__metadata__\":{\"a\":\"\\uzzzz\"}}",
    ])
    func malformedHeadersAreRefused(_ json: String) throws {
        let error = #expect(throws: INNError.self) {
            try SafetensorsFile(bytes: image(json, [UInt8](repeating: 0, count: 8)), name: "bad.safetensors")
        }
        #expect(error?.kind == .data)
        #expect(error?.message.contains("bad.safetensors") == true)
    }

    @Test func hugeHeaderLengthsAreRefused() throws {
        for length in [UInt64.max, UInt64(Int64.max), 1 << 40, 17 << 20, 3] {
            let bytes = withUnsafeBytes(of: length.littleEndian, Array.init) + Array("{}".utf8)
            #expect(throws: INNError.self) { try SafetensorsFile(bytes: bytes, name: "huge") }
        }
    }

    @Test func everyTruncationAndEveryFlippedBitIsFound() throws {
        try withTemporaryFolder { folder in
            let bytes = try smallFile(in: folder)
            for length in 0..<bytes.count {
                #expect(throws: INNError.self) { try SafetensorsFile(bytes: Array(bytes[..<length]), name: "cut") }
            }
            for bit in 0..<8 * bytes.count {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << (bit % 8)
                // A flip inside the checksum's key leaves a valid file without checksum; checkpoints require one.
                let isFound = (try? SafetensorsFile(bytes: flipped, name: "flip").verifyChecksum()) != true
                #expect(isFound, "bit \(bit)")
            }
        }
    }

    @Test func mutatedFilesNeverCrash() throws {
        try withTemporaryFolder { folder in
            let original = try smallFile(in: folder)
            var generator = SplitMix(state: 2)
            var accepted = 0
            for _ in 0..<20_000 {
                let bytes = mutated(original, &generator)
                guard let file = try? SafetensorsFile(bytes: bytes, name: "mutated") else { continue }
                accepted += 1
                for name in file.names {
                    let tensor = try file.tensor(named: name)
                    _ = try? tensor.floats()
                    _ = try? tensor.ints()
                }
                _ = try? file.verifyChecksum()
            }
            #expect(accepted > 0)
        }
    }

    @Test func missingFilesFoldersAndPipesAreRefused() throws {
        try withTemporaryFolder { folder in
            let pipe = folder.appending(path: "pipe")
            #expect(mkfifo(pipe.path, 0o600) == 0)
            for url in [folder, pipe, folder.appending(path: "missing")] {
                let error = #expect(throws: INNError.self) { try SafetensorsFile(url) }
                #expect(error?.kind == .noInput)
            }
        }
    }

    @Test func failedWritesLeaveTheOldFile() throws {
        try withTemporaryFolder { folder in
            let missing = folder.appending(path: "none/a.safetensors")
            let entry = SafetensorsEntry(name: "w", shape: [1], floats: [1])
            #expect(throws: INNError.self) { try SafetensorsWriter.write([entry], to: missing) }
            // A folder in the way makes the final rename fail.
            let blocked = folder.appending(path: "blocked")
            try FileManager.default.createDirectory(
                at: blocked.appending(path: "inside"), withIntermediateDirectories: true)
            #expect(throws: INNError.self) { try SafetensorsWriter.write([entry], to: blocked) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["blocked"])
        }
    }

    private func image(_ json: String, _ data: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian, Array.init) + Array(json.utf8) + data
    }

    private func smallFile(in folder: URL) throws -> [UInt8] {
        let url = folder.appending(path: "small")
        try SafetensorsWriter.write(
            [
                SafetensorsEntry(name: "w", shape: [2, 2], floats: [1, 2, 3, 4]),
                SafetensorsEntry(name: "ids", shape: [3], ints: [1, 2, 3]),
            ], metadata: ["step": "12"], to: url)
        return try Array(Data(contentsOf: url))
    }

    /// Flips, overwrites, cuts, doubles and inserts a few bytes, mostly in the header.
    private func mutated(_ original: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes.removeSubrange(position...)
            case 3: bytes.insert(contentsOf: bytes[..<position].suffix(8), at: position)
            case 4: bytes[position] = Array("0123456789{}[]\":,\\".utf8).randomElement(using: &generator)!
            default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &generator))
            }
        }
        return bytes
    }
}
