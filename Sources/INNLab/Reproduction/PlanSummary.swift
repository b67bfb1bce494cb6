import Foundation
import INNKit

/// What a reproduction will take, said before it begins: runs and characters, where they are trained, for how long, and
/// the room on disk.
///
/// Of each machine the speed is measured with the INN of the plan's scale, in a second or a few; that of other networks
/// follows from their arithmetic.
struct PlanSummary {
    let scale: ReproductionScale
    let machines: PlanMachines
    /// Runs that have not come to their end, by what trains them, and what each has still to read.
    let lanes: [PlanLane]
    let left: (PlannedRun) -> Int
    let folder: String

    private struct Speed {
        /// Characters per second of one run.
        let charactersPerSecond: Double
        /// Bytes of the device's memory that it takes, and all that there are.
        var memory: (bytes: Int, total: Int)?
        var device: String?
    }

    /// - Returns: the plan in sentences; nil when there is nothing to train.
    /// - Throws: ``INNError`` when the device cannot train the INN.
    func text() throws -> String? {
        guard !lanes.isEmpty, let inn = machines.network(reference), case let work = ModelWork.training(inn) else {
            return nil
        }
        let runs = lanes.flatMap(\.runs)
        var lines = [
            "Plan of \(scale.name.rawValue): \(Self.counted(runs.count, "run")) to train, "
                + "\(runs.reduce(0) { $0 + left($1) }.formatted()) characters."
        ]
        for lane in lanes {
            let speed = try speed(of: lane.machine, inn)
            let seconds = lane.runs.map { run -> Double in
                let own = machines.network(run).map(ModelWork.training) ?? work
                return Double(left(run)) * Self.flops(own) / Self.flops(work) / speed.charactersPerSecond
            }
            let atATime = min(lane.jobs, lane.runs.count)
            // Side by side on the processor they take a core each; on a device they share it.
            let total =
                lane.machine == .processor
                ? max(seconds.reduce(0, +) / Double(atATime), seconds.max() ?? 0) : seconds.reduce(0, +)
            lines.append(
                """
                \(place(lane, speed)): \(Self.counted(lane.runs.count, "run")), \(atATime) at a time, about \
                \(Self.phrase(total)), from \(Int(bounded: speed.charactersPerSecond).formatted()) characters/s of \
                the INN, measured now\(Self.memoryNote(speed))\(reasons(lane)).
                """)
        }
        lines.append("On disk: about \(diskPhrase(runs, inn)) in \(folder), once all are trained.")
        return lines.joined(separator: "\n")
    }

    /// The INN that all others are measured against.
    private var reference: PlannedRun {
        PlannedRun(
            model: "inn", options: scale.inn, corpus: "", learningRate: scale.defaultLearningRate, steps: 1, seed: 1,
            batchSize: scale.batchSize, sequenceLength: scale.sequenceLength, validateEvery: 1,
            validationCharacters: 1)
    }

    private func speed(of machine: PlanMachines.Machine, _ inn: ModelConfiguration) throws -> Speed {
        let text = try SampleCorpus.make()
        switch machine {
        case .device(let choice):
            let report = try BenchRunner(
                corpus: text, batchSize: scale.batchSize, sequenceLength: scale.sequenceLength, threads: 1,
                seconds: 0.5
            ).measure(inn, preset: scale.preset, on: choice, leastSteps: 3)
            return Speed(
                charactersPerSecond: report.charactersPerSecond, memory: (report.deviceBytes, report.deviceTotalBytes),
                device: "\(report.device) (\(report.precision.rawValue))")
        case .processor:
            // One stream: at the paper's size a whole batch takes half a minute.
            let result = try TrainingBenchmark(
                inn, corpus: text, batchSize: 1, sequenceLength: scale.sequenceLength, threads: 1
            ).run(warmup: 1, minimumSteps: 2, seconds: 0.2)
            return Speed(charactersPerSecond: result.charactersPerSecond)
        }
    }

    private func place(_ lane: PlanLane, _ speed: Speed) -> String {
        speed.device.map { "On \($0)" } ?? "On the processor"
    }

    private static func memoryNote(_ speed: Speed) -> String {
        speed.memory.map {
            ", which takes \(($0.bytes >> 20).formatted()) of the device's \(($0.total >> 20).formatted()) MB"
        } ?? ""
    }

    /// Why the processor trains what it does, where there is a device.
    private func reasons(_ lane: PlanLane) -> String {
        guard machines.device != nil, lane.machine == .processor else { return "" }
        var reasons: [String] = []
        for run in lane.runs {
            if let reason = machines.refusal(run), !reasons.contains(reason) { reasons.append(reason) }
        }
        return "; the device does not train \(reasons.joined(separator: ", "))"
    }

    private static func flops(_ work: ModelWork) -> Double { work.matrixFlops + work.vectorFlops }

    /// Weights and both moments of AdamW, as often as checkpoints are kept, and the best one.
    private func diskPhrase(_ runs: [PlannedRun], _ inn: ModelConfiguration) -> String {
        let parameters = runs.reduce(0) { $0 + (machines.network($1) ?? inn).parameterCount }
        let bytes = Double(parameters) * 3 * 4 * Double(CheckpointFolder.keptCount + 1)
        return bytes < 1e9 ? String(format: "%.0f MB", bytes * 1e-6) : String(format: "%.1f GB", bytes * 1e-9)
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count.formatted()) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func phrase(_ seconds: Double) -> String {
        let days = Int(bounded: (seconds / 86_400).rounded())
        return days > 3 ? "\(days.formatted()) days" : durationPhrase(seconds)
    }
}
