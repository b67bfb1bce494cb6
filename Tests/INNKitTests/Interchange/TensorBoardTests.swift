import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNStore

/// Event files, read by a reader of the tests' own that shares nothing with the writer.
@Suite struct TensorBoard {
    @Test func checksumsOfTheStandard() {
        // RFC 3720, appendix B.4, and the masking of TensorFlow's crc32c.h.
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.masked(Array("123456789".utf8)) == TensorBoardReader.masked(Array("123456789".utf8)))
    }

    @Test func metricsAndTextsComeBack() throws {
        try withTemporaryFolder { runs in
            let run = try RunFolder.create(named: "run", config: testConfig(), in: runs)
            let store = try RunStore(run, version: "1")
            let reports = (1...5).map(Self.report)
            for report in reports { store.receive(.report(report)) }
            store.receive(.sample(TextSample(step: 20, prompt: "the ", text: "*sea*\nis", temperature: 1)))
            try store.close()
            let start = try #require(try RunHistory(run).sessions().first?.startedAt)
            let logs = runs.appending(path: "logs")
            let file = try TensorBoardExport.write(run, startedAt: 0, to: logs)
            #expect(
                file.deletingLastPathComponent().path == logs.path + "/run"
                    && file.lastPathComponent.hasPrefix("events.out.tfevents."))
            let events = try TensorBoardReader.events(in: [UInt8](Data(contentsOf: file)))
            #expect(events.first?.version == "brain.Event:2")
            func curve(_ tag: String) -> [TensorBoardReader.Event] { events.filter { $0.tag == tag } }
            #expect(curve("bitsPerCharacter/train").map(\.step) == [10, 20, 30, 40, 50])
            #expect(
                curve("bitsPerCharacter/train").map { $0.scalar?.bitPattern }
                    == reports.map { Float($0.trainBPC).bitPattern })
            #expect(
                curve("bitsPerCharacter/valid").map(\.scalar) == [2.5]
                    && curve("bitsPerCharacter/valid").map(\.step) == [40])
            for tag in ["gatePenalty", "learningRate", "gradientNorm", "charsPerSecond"] {
                #expect(curve(tag).count == 5, "\(tag)")
            }
            #expect(curve("learningRate").map(\.wallTime) == reports.map { start + $0.elapsedSeconds })
            #expect(curve("sample").map(\.text) == ["    the *sea*\n    is"] && curve("sample").map(\.step) == [20])
            let again = try TensorBoardExport.write(run, startedAt: 0, to: logs)
            #expect(again == file)
        }
    }

    private static func report(_ number: Int) -> TrainingReport {
        let value = Double(number)
        return TrainingReport(
            step: 10 * number, charactersSeen: number, trainBPC: number == 3 ? .nan : 1 / value,
            validBPC: number == 4 ? 2.5 : nil, learningRate: 4e-4,
            gradientNorm: value, charsPerSecond: 1600, elapsedSeconds: value / 2, progress: 0.1)
    }

    @Test func everyFlippedBitIsFound() throws {
        var events = TensorBoardEvents(startedAt: 1)
        events.append(scalar: 2, tag: "a", step: 3, wallTime: 4)
        #expect(try TensorBoardReader.events(in: events.bytes).count == 2)
        for bit in 0..<8 * events.bytes.count {
            var flipped = events.bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: TensorBoardReader.Damaged.self, "bit \(bit)") { try TensorBoardReader.events(in: flipped) }
        }
    }

    @Test func tableOfMetrics() {
        let reports = [
            TrainingReport(
                step: 1, charactersSeen: 2, trainBPC: .nan, learningRate: 4e-4, gradientNorm: 1, charsPerSecond: 3,
                elapsedSeconds: 0.5, progress: 1),
            TrainingReport(
                step: 2, charactersSeen: 4, trainBPC: 0.1, validBPC: 2, learningRate: 1e-5, gradientNorm: 1,
                charsPerSecond: 3, elapsedSeconds: 1, progress: 1),
        ]
        let lines = MetricsTable.csv(reports).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(lines[0].prefix(5) == ["step", "charactersSeen", "epoch", "trainBPC", "validBPC"])
        #expect(
            lines[1].prefix(5) == ["1", "2", "0.0", "nan", ""] && lines[2].prefix(5) == ["2", "4", "0.0", "0.1", "2.0"])
        #expect(Set(lines.map(\.count)) == [11])
    }
}

/// A reader of TensorBoard event files: TFRecord framing with both checksums, and the fields of `Event` that the tests
/// look at.
enum TensorBoardReader {
    struct Damaged: Error {}

    struct Event {
        var wallTime = 0.0
        var step = 0
        var version: String?, tag: String?, text: String?
        var scalar: Float?
    }

    static func events(in bytes: [UInt8]) throws -> [Event] {
        var events: [Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = Array(rest.prefix(8))
            let count = Int(truncatingIfNeeded: number(length))
            guard rest.count >= 16, number(rest.dropFirst(8).prefix(4)) == UInt64(masked(length)), count >= 0,
                count <= rest.count - 16
            else { throw Damaged() }
            let data = Array(rest.dropFirst(12).prefix(count))
            guard number(rest.dropFirst(12 + count).prefix(4)) == UInt64(masked(data)) else { throw Damaged() }
            events.append(try event(data))
            rest = rest.dropFirst(16 + count)
        }
        return events
    }

    /// Bit by bit, most significant first, with the polynomial 0x1EDC6F41 as the standard writes it.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        func reflected<Number: FixedWidthInteger>(_ value: Number) -> Number {
            (0..<Number.bitWidth).reduce(0) { $0 << 1 | (value >> $1 & 1) }
        }
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(reflected(byte)) << 24
            for _ in 0..<8 { crc = crc >> 31 == 1 ? crc << 1 ^ 0x1EDC_6F41 : crc << 1 }
        }
        let value = ~reflected(crc)
        return UInt32(truncatingIfNeeded: (UInt64(value) << 17 | UInt64(value) >> 15) + 0xA282_EAD8)
    }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func event(_ data: [UInt8]) throws -> Event {
        var event = Event()
        for (field, value) in try fields(data) {
            switch field {
            case 1: event.wallTime = Double(bitPattern: number(value))
            case 2: event.step = Int(number(value))
            case 3: event.version = String(decoding: value, as: UTF8.self)
            case 5:
                for (_, entry) in try fields(value) { try read(entry, into: &event) }
            default: throw Damaged()
            }
        }
        return event
    }

    private static func read(_ entry: [UInt8], into event: inout Event) throws {
        for (field, value) in try fields(entry) {
            switch field {
            case 1: event.tag = String(decoding: value, as: UTF8.self)
            case 2: event.scalar = Float(bitPattern: UInt32(number(value)))
            case 8:
                event.text = try fields(value).first { $0.number == 8 }.map {
                    String(decoding: $0.value, as: UTF8.self)
                }
            case 9:
                guard try fields(fields(value)[0].value)[0].value.elementsEqual("text".utf8) else { throw Damaged() }
            default: throw Damaged()
            }
        }
    }

    /// The fields of a message; numbers as eight little-endian bytes.
    private static func fields(_ data: [UInt8]) throws -> [(number: Int, value: [UInt8])] {
        var fields: [(Int, [UInt8])] = []
        var rest = data[...]
        func varint() throws -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw Damaged()
        }
        while !rest.isEmpty {
            let key = try varint()
            let count: Int
            switch key & 7 {
            case 0:
                let value = try varint()
                fields.append((Int(key >> 3), (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }))
                continue
            case 1: count = 8
            case 2: count = Int(try varint())
            case 5: count = 4
            default: throw Damaged()
            }
            guard rest.count >= count else { throw Damaged() }
            fields.append((Int(key >> 3), Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        return fields
    }
}
