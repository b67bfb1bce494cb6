import Foundation
import INNKit
import Synchronization

/// What a training step would take on other numbers of cores, by the schedule of its tasks.
struct CoreScaling: Encodable {
    struct Row: Encodable {
        let cores: Int
        /// By the schedule; efficiency is one core's time : cores × their time.
        let millisecondsPerStep, efficiency: Double
        /// Of as many threads on this machine, where it has the cores.
        let measuredMilliseconds: Double?
    }

    /// What one call of the team handed out.
    struct Call: Encodable {
        let tasks: Int
        /// Of all its tasks and of the longest one, which no number of cores shortens.
        let milliseconds, longestMilliseconds: Double
    }

    let calls: [Call]
    /// Outside of all tasks.
    let serialMilliseconds: Double
    /// Milliseconds to set several threads to work and to wait for them, measured here with two.
    let startMilliseconds: Double
    let rows: [Row]

    static let cores = [1, 2, 4, 8, 16, 32, 64]
}

extension BenchRunner {
    /// Records one thread's tasks and hands them out on paper to up to 64 cores; measures as many threads as there are
    /// cores beside it.
    package func scaleCores(_ configuration: ModelConfiguration, json: Bool) throws {
        let benchmark = try benchmark(configuration, threads: 1, recorder: TaskRecorder())
        guard let schedule = benchmark.schedule() else { return }
        let start = Self.startSeconds()
        let rows = try CoreScaling.cores.map { cores in
            let measured =
                cores <= ThreadTeam.coreCount
                ? try self.benchmark(configuration, threads: cores, recorder: nil).run(seconds: seconds) : nil
            return CoreScaling.Row(
                cores: cores, millisecondsPerStep: schedule.seconds(cores: cores, start: start) * 1e3,
                efficiency: schedule.efficiency(cores: cores, start: start),
                measuredMilliseconds: measured?.medianMilliseconds)
        }
        let scaling = CoreScaling(
            calls: schedule.regions.map {
                .init(
                    tasks: $0.count, milliseconds: $0.reduce(0, +) * 1e3, longestMilliseconds: ($0.max() ?? 0) * 1e3)
            },
            serialMilliseconds: schedule.serial * 1e3, startMilliseconds: start * 1e3, rows: rows)
        if json { return try Self.printJSON(scaling) }
        try show(scaling)
    }

    private func benchmark(
        _ configuration: ModelConfiguration, threads: Int, recorder: TaskRecorder?
    ) throws -> TrainingBenchmark {
        try TrainingBenchmark(
            configuration, corpus: corpus, batchSize: batchSize, sequenceLength: sequenceLength, threads: threads,
            recorder: recorder)
    }

    /// The median of what a call takes whose two tasks do nothing but wait for each other, a millisecond at most.
    private static func startSeconds() -> Double {
        guard ThreadTeam.coreCount > 1 else { return 0 }
        let team = ThreadTeam(threadCount: 2)
        let seconds = (0..<200).map { _ in
            let arrived = Atomic<Int>(0)
            let start = ContinuousClock.now
            team.run(2) { _, _ in
                arrived.add(1, ordering: .relaxed)
                while arrived.load(ordering: .relaxed) < 2, start.duration(to: .now) < .milliseconds(1) {}
            }
            return start.duration(to: .now) / .seconds(1)
        }
        return seconds.sorted()[seconds.count / 2]
    }

    private func show(_ scaling: CoreScaling) throws {
        for row in scaling.rows {
            let measured = row.measuredMilliseconds.map { String(format: "   measured %9.2f ms", $0) } ?? ""
            try StandardOutput.print(
                "cores \(row.cores)".padding(toLength: 14, withPad: " ", startingAt: 0)
                    + String(
                        format: "%9.2f ms per step  %5.1f times one core  efficiency %3.0f %%",
                        row.millisecondsPerStep, scaling.rows[0].millisecondsPerStep / row.millisecondsPerStep,
                        100 * row.efficiency) + measured)
        }
        try StandardOutput.print(
            String(
                format: """
                    Worked out from %d tasks in %d calls that one thread timed, each core as fast as this one and \
                    nothing shared; %.2f ms of a step belong to no task, a call costs %.3f ms.
                    """,
                scaling.calls.map(\.tasks).reduce(0, +), scaling.calls.count, scaling.serialMilliseconds,
                scaling.startMilliseconds))
    }
}
