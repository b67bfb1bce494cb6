import Foundation
import INNKit

/// Reads mutated inputs one after the other; run in a process of its own, which may crash.
struct FuzzChild {
    let reader: any FuzzReader
    let record: SharedRecord
    let seed: UInt64
    let crashes: URL

    /// Address space of the child: an allocation beyond it fails, which ends the process and is counted as a crash.
    static let addressSpace: UInt = 6 << 30

    static func limitMemory() {
        #if os(Linux)
        var limit = rlimit(rlim_cur: addressSpace, rlim_max: addressSpace)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        #endif
    }

    func run(_ indices: Range<Int>) throws {
        for index in indices {
            let input = try Self.input(index, reader, seed: seed)
            record.input = input
            record[.index] = index
            autoreleasing { read(input, index: index) }
            if index % 64 == 0 { record[.peakMemory] = Self.peakMemory }
        }
        record[.peakMemory] = Self.peakMemory
        record[.index] = indices.upperBound
    }

    /// Input `index`: a function of reader, seed and index. Some are valid files, so that every run also sees those
    /// accepted.
    static func input(_ index: Int, _ reader: any FuzzReader, seed: UInt64) throws -> [UInt8] {
        let name = type(of: reader).name.utf8.reduce(UInt64(5381)) { $0 &* 33 &+ UInt64($1) }
        var mutator = Mutator(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ name &+ UInt64(index) &* 0xD134_2543_DE82_EF95)
        return mutator.once(in: 64) ? mutator.pick(reader.seeds) : try reader.mutated(&mutator)
    }

    private func read(_ input: [UInt8], index: Int) {
        do {
            try reader.read(input)
            record[.accepted] += 1
        } catch let error as INNError {
            record[.rejected] += 1
            if let flaw = flaw(in: error) {
                fail(index, input, "the message is no plain sentence, \(flaw): \(error.message.debugDescription)")
            }
        } catch {
            record[.rejected] += 1
            fail(index, input, "not an error for users: \(error)")
        }
    }

    private func fail(_ index: Int, _ input: [UInt8], _ reason: String) {
        record[.failures] += 1
        Failure(reader: type(of: reader).name, index: index, reason: reason).save(input, in: crashes)
    }

    private func autoreleasing(_ body: () throws -> Void) rethrows {
        #if canImport(Darwin)
        try autoreleasepool(invoking: body)
        #else
        try body()
        #endif
    }

    private static var peakMemory: Int {
        var usage = rusage()
        #if canImport(Darwin)
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #else
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
        #endif
    }
}

/// An input on which a reader did not behave.
struct Failure {
    let reader: String
    let index: Int
    let reason: String

    /// Keeps the input, so that it can be read again with `--replay`, and says what happened.
    func save(_ input: [UInt8], in folder: URL) {
        let file = folder.appending(path: "\(reader)-\(index).bin")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? Data(input).write(to: file)
        FileHandle.standardError.write(Data("inn-fuzz: \(file.path): \(reason)\n".utf8))
    }
}
