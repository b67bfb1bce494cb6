import Foundation
import INNKit
import Testing

/// The reproduction in its shortest form: it trains what is missing, writes a report, stops and goes on.
@Suite struct ReproduceCommand {
    private let short = [
        "--scale", "smoke", "--characters", "1024", "--seeds", "2", "--jobs", "2", "--folder", "again",
    ]

    private struct Report: Decodable {
        struct Row: Decodable {
            struct Run: Decodable {
                let name, command: String
                let seed: Int
                let validBPC: Double?
            }
            let table, model: String
            let planned: Int
            let runs: [Run]
        }
        struct Shared: Decodable { let diversity, routingDeviation, logitDifference: Double }

        let rows, search: [Row]
        let sharedWeights: Shared?
    }

    private func report(_ program: Program) throws -> Report {
        try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: program.folder.appendingPathComponent("again/REPRODUCTION.json")))
    }

    @Test func everyRowIsTrainedOnceAndReported() throws {
        let program = try Program()
        let arguments = ["reproduce", program.book] + short + ["--table", "ablation", "degenerate"]
        let first = try program.run(arguments)
        #expect(first.status == 0, "\(first.errors)")
        let report = try report(program)
        #expect(report.rows.count == 9 && report.rows.allSatisfy { $0.table == "ablation" && $0.planned == 2 })
        for row in report.rows {
            #expect(
                row.runs.map(\.seed) == [1, 2]
                    && row.runs.allSatisfy { ($0.validBPC ?? 0) > 2 && ($0.validBPC ?? 9) < 8 }, "\(row.model)")
        }
        #expect(Set(report.rows.flatMap { $0.runs.compactMap(\.validBPC) }).count == 18, "no two runs are the same")
        let shared = try #require(report.sharedWeights)
        #expect(shared.diversity < 1e-8 && shared.routingDeviation < 1e-6 && shared.logitDifference < 1e-4)
        let page = try String(
            contentsOf: program.folder.appendingPathComponent("again/REPRODUCTION.md"), encoding: .utf8)
        for row in report.rows { for run in row.runs { #expect(page.contains(run.command)) } }
        #expect(page.contains("images/reproduction-ablation.svg"))
        #expect(
            FileManager.default.fileExists(
                atPath: program.folder.appendingPathComponent("again/images/reproduction-ablation.svg").path))

        let second = try program.run(arguments)
        #expect(second.status == 0 && second.lines.count == 1, "nothing is left to train: \(second.output)")
        // A printed command gives the same figure in a folder of its own.
        let run = try #require(report.rows.last?.runs.last)
        let words = run.command.split(separator: " ").dropFirst().map(String.init)
        let repeated = try program.run(words + ["--threads", "1", "--json"])
        #expect(try JSONLine(try #require(repeated.lines.last))[number: "validBPC"] == run.validBPC)
    }

    /// The larger scale trains what its tables name: four families, and the INN without what communication is made of.
    @Test func theDesktopScaleHasAMillionParameters() throws {
        let program = try Program()
        let plan = ["reproduce", program.book, "--scale", "desktop", "--table", "text8", "ablation"]
        let result = try program.run(plan + ["--report-only", "--output", program.folder.path + "/page.md"])
        #expect(result.status == 0, "\(result.errors)")
        let page = try String(contentsOf: program.folder.appendingPathComponent("page.md"), encoding: .utf8)
        #expect(page.contains("`inn-tui reproduce --scale desktop --table text8 ablation`"))
        #expect(page.contains("10,000,384") && !page.contains("the paper's learning rate"))
        let json = program.folder.appendingPathComponent("page.json")
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: json))
        #expect(
            report.rows.map(\.model) == [
                "inn", "lstm", "transformer-modern", "mamba", "inn", "inn-routing-off", "inn-routing-static",
                "inn-routing-uniform",
            ])
        #expect(report.rows.allSatisfy { $0.planned == 2 })
    }

    /// Its runs may go: what the report's JSON file says of them is enough, and nothing is trained again.
    @Test func communicationIsAPageThatOutlivesItsRuns() throws {
        let program = try Program()
        let arguments =
            ["reproduce", program.book] + short.map { $0 == "2" ? "1" : $0 } + ["--table", "communication"]
        let first = try program.run(arguments)
        #expect(first.status == 0, "\(first.errors)")
        let again = program.folder.appendingPathComponent("again")
        let file = again.appendingPathComponent("REPRODUCTION.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        #expect(page.hasPrefix("# When communication matters") && page.contains("2 inputs, 2 outputs"))
        #expect(page.contains("hard, held at 0.1, silent neurons not run") && page.contains("kernels, "))
        let report = try report(program)
        #expect(report.rows.count == 9 + 8 + 4 + 8 && report.rows.allSatisfy { $0.runs.count == 1 })
        #expect(!report.rows.contains { $0.model == "4x16-roles-off" })
        struct Studies: Decodable {
            struct Study: Decodable { let run: String, firingRate: Double, speedUp: Double? }
            let studies: [Study]
        }
        let studies = try JSONDecoder().decode(
            Studies.self, from: Data(contentsOf: again.appendingPathComponent("REPRODUCTION.json"))
        ).studies
        #expect(studies.count == 4 && studies.count { $0.speedUp != nil } == 3)
        for run in try FileManager.default.contentsOfDirectory(at: again, includingPropertiesForKeys: nil)
        where run.lastPathComponent.hasPrefix("4x16") || run.lastPathComponent == "studies" {
            try FileManager.default.removeItem(at: run)
        }
        let second = try program.run(arguments)
        #expect(second.status == 0 && second.lines.count == 1, "nothing is trained again: \(second.output)")
        #expect(try String(contentsOf: file, encoding: .utf8) == page)
        // What was trained with other products is told apart.
        let earlier = "were trained before the program made small products itself"
        #expect(!page.contains(earlier))
        let json = again.appendingPathComponent("REPRODUCTION.json")
        let before = try String(contentsOf: json, encoding: .utf8).replacing(" for large products", with: "")
        try Data(before.utf8).write(to: json)
        #expect(try program.run(arguments + ["--report-only"]).status == 0)
        #expect(try String(contentsOf: file, encoding: .utf8).contains(earlier))
    }

    /// Nothing of a run's folder is needed for a page, and a page that cannot be read is not written over.
    @Test func figuresOfAnEarlierReportAreKept() throws {
        let program = try Program()
        let json = program.folder.appendingPathComponent("page.json")
        func write() throws -> Program.Result {
            try program.run(
                "reproduce", program.book, "--report-only", "--table", "text8", "scale", "--folder",
                program.folder.appendingPathComponent("gone").path, "--output",
                program.folder.appendingPathComponent("page.md").path)
        }
        let earlier = """
            {"rows": [], "search": [], "machine": "99 cores", "speeds": {"inn": 12345}, "scaling": [{"axis": "neurons",
            "routing": "complete", "value": 16, "millisecondsPerStep": 77.7, "charactersPerSecond": 9,
            "workspaceBytes": 1000000}]}
            """
        try Data(earlier.utf8).write(to: json)
        for _ in 0..<2 {
            let result = try write()
            #expect(result.status == 0, "\(result.errors)")
            let page = try String(contentsOf: program.folder.appendingPathComponent("page.md"), encoding: .utf8)
            for figure in ["99 cores", "12345", "77.7 ms"] { #expect(page.contains(figure), "\(figure)") }
        }
        try Data("{}".utf8).write(to: json)
        let refused = try write()
        #expect(refused.status == 65 && refused.errors.contains("is no report of inn-tui reproduce"))
        #expect(try Data(contentsOf: json) == Data("{}".utf8))
    }

    @Test func aSignalSavesAndTheNextCallGoesOn() throws {
        let program = try Program()
        let arguments = [
            "reproduce", program.book, "--scale", "smoke", "--characters", "262144", "--seeds", "1", "--jobs", "2",
            "--table", "ablation",
        ]
        let terminal = try PseudoTerminal(
            arguments + ["--folder", program.folder.appendingPathComponent("again").path],
            executable: Program.executable, environment: program.environment)
        try terminal.expectScreen("inn-routing-off")
        terminal.send(SIGINT)
        #expect(try terminal.ending() == .status(0))
        try terminal.expectScreen("the same command goes on")
        let stopped = try report(program)
        #expect(stopped.rows.contains { $0.runs.isEmpty } && stopped.search.allSatisfy { $0.runs.count == $0.planned })
        #expect(try program.run("runs", "--runs-dir", "again", "--json").output.contains("\"state\" : \"interrupted\""))
        #expect(!program.isAnythingRunning(in: "again"))
    }

    /// Nobody is left training, and what was trained is not lost.
    @Test func aKilledCallTakesItsRunsWithIt() throws {
        let program = try Program()
        let folder = program.folder.appendingPathComponent("again")
        // So many that a run left alone would train for a minute and finish.
        let arguments = [
            "reproduce", program.book, "--scale", "smoke", "--characters", "16777216", "--seeds", "1", "--jobs", "1",
            "--table", "ablation", "--folder", folder.path,
        ]
        let terminal = try PseudoTerminal(arguments, executable: Program.executable, environment: program.environment)
        // Its name is shown with the first report.
        try terminal.expectScreen("search-inn")
        let run = try #require(RunFolder.all(in: folder).first { RunLock.owner(of: $0) != nil })
        terminal.send(SIGKILL)
        #expect(try terminal.ending() == .signal(SIGKILL))
        waitUntilFree(run)
        let history = try RunHistory(run)
        let last = try #require(try history.latestReport()?.step)
        #expect(RunSummary(run).state == .interrupted)
        #expect(try history.marks().contains { $0.kind == .stopped })
        #expect(try run.checkpoints.latest().checkpoint.state.step >= last)

        // A row that somebody trains is waited for, and gone on with.
        let lock = try run.lock()
        let next = try PseudoTerminal(
            arguments, executable: Program.executable, environment: program.environment, width: 200)
        try next.expectScreen("\(run.name) is being trained by process \(getpid())")
        lock.release()
        let deadline = Date(timeIntervalSinceNow: TestDeadline.seconds)
        while try history.sessions().count < 2 || history.latestReport()?.step ?? 0 <= last, Date() < deadline {
            usleep(20_000)
        }
        next.send(SIGINT)
        #expect(try next.ending() == .status(0))
        #expect(try history.sessions().count == 2 && history.latestReport()?.step ?? 0 > last)
        #expect(!next.screen.text.contains("failed"))
    }

    @Test func aRowThatSomebodyElseFinishesIsTaken() throws {
        let program = try Program()
        let arguments = ["reproduce", program.book] + short + ["--seeds", "1", "--table", "ablation"]
        #expect(try program.run(arguments).status == 0)
        let folder = program.folder.appendingPathComponent("again")
        let run = try #require(RunFolder.all(in: folder).last)
        let sessions = try RunHistory(run).sessions()
        // Finished, but not let go yet.
        let lock = try run.lock()
        let folders = arguments.map { $0 == "again" ? folder.path : $0 }
        let second = try PseudoTerminal(
            folders, executable: Program.executable, environment: program.environment, width: 200)
        try second.expectScreen("\(run.name) is being trained by process \(getpid())")
        lock.release()
        #expect(try second.ending() == .status(0))
        #expect(try RunHistory(run).sessions() == sessions)
    }

    @Test func aRunThatFailsIsNamedAndTheOthersGoOn() throws {
        let program = try Program()
        let result = try program.run(["reproduce", program.book] + short + ["--table", "degenerate", "--jobs", "0"])
        #expect(result.status == 64 && result.errors.contains("--jobs"))
        // A file where a run's folder should be.
        let folder = program.folder.appendingPathComponent("again")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try program.file("again/search-inn-lr0.0004-n1-s1", [0])
        let failed = try program.run(["reproduce", program.book] + short + ["--seeds", "1", "--table", "ablation"])
        #expect(failed.status == 70 && failed.errors.contains("search-inn-lr0.0004-n1-s1:"))
        #expect(try report(program).rows.allSatisfy { $0.runs.count == 1 })
    }
}

/// Waits until nobody trains a run.
private func waitUntilFree(_ run: RunFolder) {
    let descriptor = open(run.url.appendingPathComponent("lock").path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
}

extension Program {
    /// Whether a process still trains a run in a folder below this program's.
    fileprivate func isAnythingRunning(in name: String) -> Bool {
        (try? run("runs", "--runs-dir", name, "--json").output.contains("\"state\" : \"running\"")) ?? true
    }
}
