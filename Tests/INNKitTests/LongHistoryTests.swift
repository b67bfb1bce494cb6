import CArchive
import Foundation
import GRDB
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNStore

/// Long recordings are read and written in pieces, and nothing is lost at the seams.
@Suite struct LongHistoryTests {
    private func report(_ step: Int) -> TrainingReport {
        TrainingReport(
            step: step, charactersSeen: step, trainBPC: 2, validBPC: step % 25 == 0 ? 3 : nil, learningRate: 1,
            gradientNorm: 1, charsPerSecond: 1,
            elapsedSeconds: Double(step), progress: 0)
    }

    private func withHistory(steps: Int, _ body: (RunFolder, RunHistory) throws -> Void) throws {
        try withTemporaryFolder { runs in
            let folder = try RunFolder.create(named: "long", config: testConfig(), in: runs)
            let store = try RunStore(folder, version: "1")
            for step in 1...steps {
                store.receive(.report(report(step)))
                store.receive(.mark(EventMark(step: step, kind: .notice, detail: "\(step)")))
                store.receive(.sample(TextSample(step: step, prompt: "", text: "\(step)", temperature: 1)))
            }
            try store.close()
            try body(folder, RunHistory(folder))
        }
    }

    /// Around the length of a piece.
    @Test(arguments: [1, 1023, 1024, 1025, 2049])
    func piecesMakeTheWhole(steps: Int) throws {
        try withHistory(steps: steps) { _, history in
            var reports: [TrainingReport] = []
            var marks: [EventMark] = []
            var samples: [TextSample] = []
            try history.forEachPieceOfReports { reports += $0 }
            try history.forEachPieceOfMarks { marks += $0 }
            try history.forEachPieceOfSamples { samples += $0 }
            #expect(try reports == history.reports() && reports.count == steps)
            #expect(try marks == history.marks() && samples == history.samples())
        }
    }

    @Test func thinningKeepsValidationsAndTheLast() throws {
        try withHistory(steps: 1033) { _, history in
            var steps: [Int] = []
            try history.forEachPieceOfReports(every: 10) { steps += $0.map(\.step) }
            #expect(steps == (1...1033).filter { $0 % 10 == 1 || $0 % 25 == 0 || $0 == 1033 })
        }
    }

    @Test func aResumeMeanwhileIsSaid() throws {
        try withHistory(steps: 2000) { folder, history in
            let error = #expect(throws: INNError.self) {
                try history.forEachPieceOfReports { _ in
                    let store = try RunStore(folder, version: "2")
                    try store.resume(from: 500)
                    try store.close()
                }
            }
            #expect(error?.kind == .temporary)
        }
    }

    @Test func compressedTextComesBack() throws {
        try withTemporaryFolder { folder in
            let text = (0..<20_000).map { "line \($0) \($0 * $0 % 977)\n" }
            for name in ["a.txt.gz", "b.txt.gz", "plain.txt"] {
                let file = try StreamedFile(folder.appending(path: name).path)
                for line in text { try file.write(line) }
                #expect(
                    !FileManager.default.fileExists(atPath: folder.appending(path: name).path),
                    "it appears when it is complete")
                try file.finish()
            }
            let whole = Data(text.joined().utf8)
            let packed = try Data(contentsOf: folder.appending(path: "a.txt.gz"))
            #expect(try Data(contentsOf: folder.appending(path: "plain.txt")) == whole)
            #expect(packed.count < whole.count / 2 && packed.starts(with: [0x1F, 0x8B]))
            #expect(
                try packed == Data(contentsOf: folder.appending(path: "b.txt.gz")), "the same text gives the same file")
            var unpacked: [UInt8] = []
            try ArchiveReader(path: folder.appending(path: "a.txt.gz").path, byteLimit: 1 << 24).read {
                unpacked.append(contentsOf: $0)
            }
            #expect(Data(unpacked) == whole)
        }
    }

    @Test func aFileThatIsNotFinishedLeavesTheOldOne() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "old").path
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            do {
                let file = try StreamedFile(path)
                try file.write("new")
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old"])
        }
    }

    @Test func pipesAreWrittenToAndNotReplaced() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "pipe").path
            #expect(mkfifo(path, 0o600) == 0)
            let unread = #expect(throws: INNError.self) { try StreamedFile(path) }
            #expect(unread?.message.contains("nobody reads") == true)
            let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            defer { close(reader) }
            let file = try StreamedFile(path)
            try file.write("through")
            try file.finish()
            var bytes = [UInt8](repeating: 0, count: 16)
            #expect(read(reader, &bytes, 16) == 7 && bytes.starts(with: Array("through".utf8)))
            #expect(throws: INNError.self) { try StreamedFile(folder.path) }
        }
    }
}
