import Foundation
import INNKit

/// The whole reproduction: learning rates first, then speeds, then everything that needs them.
package final class Reproduction {
    package typealias SecondText = (text: Corpus, name: String, options: [String])
    /// Where its runs are kept, how many are trained at a time, and where they find texts.
    package typealias Runs = (folder: String, jobs: Int?, dataDirectory: String?)
    /// The model that options of `train` describe, for a number of symbols.
    package typealias Configuration = (_ options: [String], _ vocabularySize: Int) throws -> ModelConfiguration

    private let plan: ReproductionPlan
    private let text: Corpus
    private let second: SecondText?
    private let results: RunResults
    private let machines: PlanMachines
    /// As the driver names the device, with its precision.
    private let deviceName: String?
    private let runner: PlanRunner

    /// - Parameters:
    ///   - page: where the report goes; what an earlier one there says of runs that are gone is taken over.
    ///   - device: trains what it can; the processor trains the rest.
    /// - Throws: ``INNError`` when the earlier report cannot be read or there is no such device; nothing was written.
    package init(
        scale: ReproductionScale, tables: Set<ReproductionTable>, text: Corpus, corpus: String, second: SecondText?,
        runs: Runs, page: URL, device: DeviceChoice? = nil, configuration: @escaping Configuration
    ) throws {
        deviceName = try device.map { "\(try $0.open().name), \($0.precision.summary)" }
        func parameters(_ options: [String], _ text: Corpus) throws -> Int {
            try configuration(options, text.alphabet.vocabularySize).parameterCount
        }
        self.text = text
        self.second = second
        results = try RunResults(
            in: URL(fileURLWithPath: runs.folder, isDirectory: true),
            report: page.deletingPathExtension().appendingPathExtension("json"))
        machines = PlanMachines(device: device, jobs: runs.jobs, configuration: configuration)
        plan = ReproductionPlan(
            scale: scale, tables: tables, corpus: corpus, second: second.map { ($0.name, $0.options) },
            families: PlannedFamily.all(scale, parameters: try parameters(scale.inn, text)),
            secondFamilies: PlannedFamily.all(scale, parameters: try parameters(scale.inn, second?.text ?? text)),
            depths: try scale.depths.map { ($0, try parameters(scale.inn + ["--rounds", "\($0)"], text)) })
        runner = PlanRunner(results, dataDirectory: runs.dataDirectory)
    }

    package var isStopped: Bool { runner.isStopping }
    package var failures: [String: String] { runner.failures }

    /// Lets the runs under way save and end; may be called from any thread.
    package var stop: @Sendable () -> Void { { [runner] in runner.stop() } }

    /// What is to be trained, where, for how long and how large; nil when nothing is.
    ///
    /// - Throws: ``INNError`` when a machine cannot train the INN of the scale.
    package func summary() throws -> String? {
        let all = (search + plan.calibration(bestRates) + plan.rows(bestRates)).runs
        return try PlanSummary(
            scale: plan.scale, machines: machines, lanes: runner.missing(machines.lanes(all)),
            left: { [results] run in max(0, run.characters - (results[run]?.charactersSeen ?? 0)) },
            folder: results.folder.relativePath
        ).text()
    }

    /// Trains what is missing, until it is done or stopped.
    package func train() throws {
        try runner.makeFolder()
        var searched: [PlannedRun] = []
        while searched != search.runs {
            searched = search.runs
            expect(searched)
            runner.run(machines.lanes(searched))
        }
        let rates = bestRates
        expect(searched)
        // One after the other, on the processor: what is compared is measured on one machine.
        runner.run([PlanLane(machine: .processor, runs: plan.calibration(rates).runs, jobs: 1)])
        // Comparison by comparison, so that a page that grows has whole tables.
        for part in Self.parts(plan.rows(rates)) {
            runner.run(machines.lanes(part.runs))
            try study(part)
        }
    }

    /// The rows of each comparison, in the order of the first ones; those that belong to none are one part.
    private static func parts(_ rows: [PlannedRow]) -> [[PlannedRow]] {
        var groups: [ComparisonGroup?] = []
        for row in rows where !groups.contains(row.group) { groups.append(row.group) }
        return groups.map { group in rows.filter { $0.group == group } }
    }

    /// Analyses the networks whose gates are compared, and asks those that had something to recall, one after the
    /// other, as far as they are trained.
    private func study(_ rows: [PlannedRow]) throws {
        let size = plan.scale.communication.analysed
        try each(of: rows, .gates, "analysing", isDone: { results.study($0) != nil }) { run in
            try NetworkStudy(run.name, in: results.folder, text, size: size).keep(in: results.folder)
        }
        let recall = try RecallCorpus.make()
        try each(of: rows, .recall, "asking", isDone: { results.recall($0) != nil }) { run in
            try RecallStudy(run.name, in: results.folder, recall, characters: size.characters).keep(in: results.folder)
        }
    }

    /// Does something with the finished runs of a kind for which it has not been done.
    private func each(
        of rows: [PlannedRow], _ kind: ComparisonGroup.Kind, _ verb: String, isDone: (PlannedRun) -> Bool,
        _ body: (PlannedRun) throws -> Void
    ) throws {
        let missing = rows.filter { $0.group?.kind == kind }.runs.filter { run in
            !isDone(run) && results[run]?.isFinished == true
                && FileManager.default.fileExists(atPath: results.folder.appending(path: run.name).path)
        }
        for (index, run) in missing.enumerated() where !isStopped {
            StandardOutput.tell("\(index + 1) of \(missing.count): \(verb) \(run.name)\n")
            try body(run)
        }
    }

    /// Tells the runner what is to be done, with the learning rates that are the best so far.
    private func expect(_ searched: [PlannedRun]) {
        let rates = bestRates
        runner.expect(searched + plan.calibration(rates).runs + plan.rows(rates).runs)
    }

    /// What there is. With `measures`, the cost of many neurons is measured if it has not been.
    package func report(measures: Bool) throws -> ReproductionReport {
        try runner.makeFolder()
        let rates = bestRates
        let speeds = speeds(rates)
        let machine =
            "\(ThreadTeam.coreCount) cores, \(InstructionSet.current) kernels, \(LinearAlgebra.description)"
            + (deviceName.map { "; \($0)" } ?? "")
        let scaling = plan.tables.contains(.scale) ? try self.scaling(measures: measures && !isStopped) : []
        let measuredHere = !speeds.isEmpty || FileManager.default.fileExists(atPath: scalingFile.path)
        return ReproductionReport(
            version: programVersion, scale: plan.scale.name,
            charactersPerRun: plan.scale.steps * plan.scale.charactersPerStep,
            machine: measuredHere ? machine : results.measured?.machine ?? machine,
            jobs: machines.jobs.processor,
            text: .init(text), secondText: second.map { .init($0.text) },
            rows: plan.rows(rates).map { .init($0, results) },
            search: search.map { .init($0, results) },
            speeds: (results.measured?.speeds ?? [:]).merging(speeds) { $1 },
            scaling: scaling,
            sharedWeights: plan.tables.contains(.degenerate) ? try SharedWeightDemonstration(text) : nil,
            studies: plan.rows(rates).filter { $0.group?.kind == .gates }.runs.compactMap(results.study),
            recalls: plan.rows(rates).filter { $0.group?.kind == .recall }.runs.compactMap(results.recall),
            failures: failures)
    }

    /// Characters per second of a family with the machine to itself, as far as its runs are there.
    private func speeds(_ rates: [String: Double]) -> [String: Double] {
        var speeds: [String: [Double]] = [:]
        for row in plan.calibration(rates) {
            let family = String(row.model.dropFirst("speed-".count))
            speeds[family, default: []] += row.runs.compactMap { results[$0]?.charactersPerSecond }
        }
        return speeds.compactMapValues { $0.isEmpty ? nil : $0.sorted()[$0.count / 2] }
    }

    private var search: [PlannedRow] {
        plan.search { run in results[run]?.validBPC.map { $0.isNaN ? .infinity : $0 } }
    }

    /// The learning rate with the lowest loss of the search, by family; none where nothing was searched.
    private var bestRates: [String: Double] {
        var rates: [String: Double] = [:]
        for row in search {
            let finished = row.runs.compactMap { results[$0] }.filter { $0.validBPC?.isFinite == true }
            if let best = finished.min(by: { $0.validBPC! < $1.validBPC! }) {
                rates[String(row.model.dropFirst("search-".count))] = best.learningRate
            }
        }
        return rates
    }

    private var scalingFile: URL { results.folder.appending(path: "scaling.json") }

    /// The cost of 16 to 1024 neurons; measured once and kept in the folder, or that of an earlier report where nothing
    /// is measured.
    private func scaling(measures: Bool) throws -> [ScalingRow] {
        let file = scalingFile
        let stored = (try? SmallFile.bytes(of: file.path, upTo: 1 << 20)).map { Data($0) }
        if let rows = stored.flatMap({ try? JSONDecoder().decode([ScalingRow].self, from: $0) }) { return rows }
        guard measures else { return results.measured?.scaling ?? [] }
        StandardOutput.tell("Measuring the cost of 16 to 1024 neurons.\n")
        let child = try ChildProgram(
            [
                "bench", "--preset", "tiny", "--scaling", "neurons", "--batch-size", "1", "--sequence-length", "64",
                "--threads", "1", "--seconds", "1", "--json",
            ],
            errors: results.folder.appending(path: "errors/scaling.txt"))
        var output = ""
        guard child.run({ output += $0 + "\n" }) == 0 else { return [] }
        let rows = try JSONDecoder().decode([ScalingRow].self, from: Data(output.utf8))
        try OutputFile.write(Data(output.utf8), to: file)
        return rows
    }
}
