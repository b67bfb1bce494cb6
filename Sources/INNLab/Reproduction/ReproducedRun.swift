import Foundation
import INNKit

/// What a run of the reproduction has come to, read from its folder.
package struct ReproducedRun: Codable, Sendable {
    package struct Point: Codable, Sendable {
        package let characters: Int
        package let seconds, validBPC: Double
    }

    package let name, model, command: String
    package let seed: Int
    package let learningRate: Double
    let isFinished: Bool
    package let parameters: Int?
    package let charactersSeen: Int
    /// Over the larger slice at the end; nil before it.
    package let validBPC: Double?
    /// Seconds of training, on one thread.
    package let seconds: Double
    /// Median over the reports, the first left out.
    let charactersPerSecond: Double?
    let curve: [Point]
    /// Instruction set, BLAS kernels and threads of every start, each once; nil in reports made before November 2026.
    package let machine: String?

    /// Nil when the run does not exist or cannot be read.
    init?(of run: PlannedRun, in folder: URL) {
        guard let opened = try? RunFolder.open(run.name, in: folder), let history = try? RunHistory(opened),
            let reports = try? history.reports()
        else { return nil }
        let summary = RunSummary(opened)
        (name, model, command, seed, learningRate) = (run.name, run.model, run.command, run.seed, run.learningRate)
        isFinished = summary.state == .finished
        parameters = summary.description?.parameters
        charactersSeen = reports.last?.charactersSeen ?? 0
        validBPC = isFinished ? summary.validBPC : nil
        seconds = reports.last?.elapsedSeconds ?? 0
        let speeds = reports.dropFirst().map(\.charsPerSecond).sorted()
        charactersPerSecond = speeds.isEmpty ? nil : speeds[speeds.count / 2]
        let starts = (try? history.marks().filter { [.started, .resumed].contains($0.kind) }) ?? []
        var machines: [String] = []
        for start in starts where !machines.contains(start.detail) { machines.append(start.detail) }
        machine = machines.joined(separator: "; then ")
        curve = reports.compactMap { report in
            report.validBPC.map {
                Point(characters: report.charactersSeen, seconds: report.elapsedSeconds, validBPC: $0)
            }
        }
    }

    /// The validation loss after a number of characters, on the line between the measurements around it.
    package func validBPC(atCharacters characters: Double) -> Double? {
        guard let next = curve.firstIndex(where: { Double($0.characters) >= characters }) else { return nil }
        guard next > 0 else { return characters == Double(curve[0].characters) ? curve[0].validBPC : nil }
        let (a, b) = (curve[next - 1], curve[next])
        let share = (characters - Double(a.characters)) / Double(b.characters - a.characters)
        return a.validBPC + share * (b.validBPC - a.validBPC)
    }
}

/// Mean and standard deviation over seeds.
struct Spread: Encodable, Sendable {
    let mean: Double
    /// Sample standard deviation; nil for a single value.
    let deviation: Double?
    let count: Int

    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        count = values.count
        deviation =
            count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot() : nil
    }

    var text: String {
        String(format: "%.3f", mean) + (deviation.map { String(format: " ± %.3f", $0) } ?? "")
            + (count > 1 ? " (\(count))" : "")
    }
}
