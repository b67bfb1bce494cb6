import Foundation
import Testing

@testable import INNCore
@testable import INNStore

/// Databases that a disk or a copy has damaged.
@Suite struct DamagedDatabases {
    @Test func damagedDatabasesAreErrors() throws {
        try withRun { folder in
            #expect(throws: INNError.self) { try RunHistory(folder) }
            let store = try RunStore(folder, version: "1")
            for step in 1...200 { record(step, in: store) }
            try store.close()
            let original = try Data(contentsOf: folder.databaseURL)
            #expect(readEverything(folder).isEmpty)
            var generator = SplitMix(state: 7)
            var refused = [0, 0, 0]
            for round in 0..<300 {
                var bytes = original
                switch round % 3 {
                case 0: bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))
                case 1:
                    for _ in 0..<20 {
                        bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(
                            in: 1...255, using: &generator)
                    }
                default:
                    let start = Int.random(in: 0..<bytes.count - 4096, using: &generator)
                    bytes.resetBytes(in: start..<start + 4096)
                }
                try bytes.write(to: folder.databaseURL)
                let errors = readEverything(folder)
                // Whatever cannot be read says so in a sentence of its own.
                for error in errors {
                    let refusal = error as? INNError
                    #expect(
                        refusal?.message.hasSuffix(".") == true && refusal?.message.contains("\n") == false, "\(error)")
                }
                if !errors.isEmpty { refused[round % 3] += 1 }
            }
            // A file that ends early lacks what its header promises; of the others most damage meets something.
            #expect(refused[0] >= 90 && refused[1] >= 30 && refused[2] >= 30, "\(refused) of 100 each")
        }
    }
}

/// Reads all that a run holds; returns what was thrown on the way.
private func readEverything(_ folder: RunFolder) -> [any Error] {
    var errors: [any Error] = []
    func attempt(_ read: () throws -> Void) {
        do { try read() } catch { errors.append(error) }
    }
    attempt {
        let history = try RunHistory(folder)
        attempt { _ = try history.reports() }
        attempt { _ = try history.marks() }
        attempt { _ = try history.samples() }
        attempt { _ = try history.snapshots() }
        attempt { _ = try history.sessions() }
        var cursor = HistoryCursor()
        attempt { _ = try history.changes(since: &cursor) }
    }
    _ = RunSummary(folder)
    return errors
}
