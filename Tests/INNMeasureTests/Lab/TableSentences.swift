import Foundation
import INNKit
import Testing

@testable import INNAnalysis
@testable import INNCore
@testable import INNData
@testable import INNEvaluation
@testable import INNLab

/// What the tables of `ablate` and `compute` say, line by line.
@Suite struct TableSentences {
    /// A checkpoint of a line network, and the report of an ablation of it.
    private static func ablation(edges: Int, neurons: Int = 4) throws -> (AblationReport, LineBench) {
        let bench = try LineBench(LineNetwork(neurons: neurons))
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "line.safetensors")
        try Checkpoint.writeWeights(of: bench.network, importedFrom: "a test", to: url)
        let ablation = try Ablation(
            bench.network, SurprisalMeter(bench.network, bench.windows), alphabet: .text8, blockLength: 16,
            verifiedEdges: edges
        ) { _, _ in }
        return (AblationReport(ablation, of: try Checkpoint(url), on: bench.corpus, .all), bench)
    }

    @Test func theTableOfAnAblation() throws {
        let (report, bench) = try Self.ablation(edges: 2)
        let text = report.text()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("line.safetensors, step 0, on words ("))
        #expect(lines[0].hasSuffix("all split, 256 characters, memory carried: \(four(mean(bench.surprisals()))) BPC."))
        #expect(lines[1].contains("with the 95 % interval over 16 blocks of 16 characters,"))
        let head = try #require(lines.first { $0.contains("95 % interval") && $0.contains("vowel") })
        #expect(head.contains("consonant") && head.contains("space") && !head.contains("other"))
        for row in report.measurement.rows where row.measured != nil {
            let line = try #require(lines.first { $0.hasPrefix(row.name) })
            let figure = row.measured!
            let (low, high) = (try #require(figure.low), try #require(figure.high))
            let interval = "\(signed(low)) … \(signed(high))"
            let kinds = ["vowel", "consonant", "space"].map { signed(row.classes[$0]!.mean).aligned(11) }.joined()
            #expect(line == row.name.padded(24) + signed(figure.mean).aligned(9) + interval.aligned(20) + kinds)
        }
        // Sixteen edges: two measured, eight listed, six named.
        #expect(lines.count { $0.hasSuffix("  estimated") } == 8)
        #expect(text.contains("… 6 more edges, estimated as less; --csv or --json has them all."))
        #expect(try Self.ablation(edges: 8).0.text().contains("more edges") == false)
    }

    @Test func theSameAsCSVAndJSON() throws {
        let (report, _) = try Self.ablation(edges: 2)
        let rows = report.csv().split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 1 + report.measurement.rows.count && rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows[0].prefix(7).joined(separator: " ") == "group intervention deltaBPC low high characters estimate")
        #expect(
            rows[0].dropFirst(7).joined(separator: " ")
                == ["vowel", "consonant", "space"].map { "\($0)Delta \($0)Low \($0)High" }.joined(separator: " ")
        )
        for (cells, row) in zip(rows.dropFirst(), report.measurement.rows) {
            #expect(cells[0] == row.group.rawValue && cells[1] == row.name)
            #expect(cells[2...4].map { Double($0) } == [row.measured?.mean, row.measured?.low, row.measured?.high])
            #expect(Int(cells[5]) == row.measured?.characters && Double(cells[6]) == row.estimate)
            #expect(Double(cells[7]) == row.classes["vowel"]?.mean && Double(cells[15]) == row.classes["space"]?.high)
        }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(report.output(.json).utf8)) as? [String: Any])
        #expect(json["baselineBPC"] as? Double == report.measurement.baselineBPC && json["split"] as? String == "all")
        #expect((json["rows"] as? [[String: Any]])?.count == report.measurement.rows.count)
    }

    @Test func theTableOfALadder() throws {
        var line = LineNetwork(neurons: 3)
        line.memory = .mamba
        let bench = try LineBench(line)
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "line.safetensors")
        try Checkpoint.writeWeights(of: bench.network, importedFrom: "a test", to: url)
        let ladder = try ComputeLadder(
            bench.network, bench.windows, calibration: bench.windows, trained: .none, rates: [0.4], seconds: 0.01
        ) { _, _ in }
        let text = ComputeReport(ladder, of: try Checkpoint(url), on: bench.corpus, .validation).text()
        #expect(text.hasPrefix("line.safetensors, step 0, on words ("))
        #expect(text.contains("validation split, 256 characters; one thread, one character at a time."))
        #expect(text.contains("with the 95 % interval over blocks of 16 characters."))
        let lines = text.split(separator: "\n").map(String.init).suffix(ladder.rows.count)
        for (line, row) in zip(lines, ladder.rows) {
            #expect(line.hasPrefix((row.mode?.rawValue ?? "").padded(7) + row.rule))
            let cells = line.dropFirst(23).split(separator: " ")
            #expect(cells[0] == two(row.ranShare) && cells[1] == two(row.spokeShare))
            #expect(
                line.hasSuffix(
                    "\(four(row.bitsPerCharacter))\(signed(row.change.mean).aligned(9))  "
                        + row.change.interval))
        }
    }
}
