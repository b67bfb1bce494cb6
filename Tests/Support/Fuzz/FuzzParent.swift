import Foundation

/// Runs children over a range of inputs, and goes on after the input on which one crashed or hung.
struct FuzzParent {
    let reader: String
    let seed: UInt64
    let scratch: URL
    let crashes: URL

    /// An input may take this long before it counts as a hang.
    static let hangSeconds = 30.0

    struct Tally {
        var accepted = 0, rejected = 0, crashes = 0, hangs = 0, failures = 0
        var seconds = 0.0
        /// Bytes.
        var peakMemory = 0

        var inputs: Int { accepted + rejected + crashes + hangs }
        var isClean: Bool { crashes == 0 && hangs == 0 && failures == 0 }
    }

    func run(inputs: Int) throws -> Tally {
        var tally = Tally()
        var next = 0
        let start = ContinuousClock.now
        while next < inputs {
            let url = scratch.appending(path: "record")
            try? FileManager.default.removeItem(at: url)
            let record = try SharedRecord(url)
            let ending = try runChild(next..<inputs, record, url)
            tally.accepted += record[.accepted]
            tally.rejected += record[.rejected]
            tally.failures += record[.failures]
            tally.peakMemory = max(tally.peakMemory, record[.peakMemory])
            guard ending != .complete else { break }
            if ending == .hang { tally.hangs += 1 } else { tally.crashes += 1 }
            Failure(
                reader: reader, index: record[.index],
                reason: ending == .hang ? "no end after \(Int(Self.hangSeconds)) s" : "the process crashed"
            )
            .save(record.input, in: crashes)
            next = record[.index] + 1
        }
        let elapsed = start.duration(to: .now).components
        tally.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        return tally
    }

    private enum Ending { case complete, crash, hang }

    private func runChild(_ indices: Range<Int>, _ record: SharedRecord, _ url: URL) throws -> Ending {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        child.arguments = [
            "--child", "--reader", reader, "--first", String(indices.lowerBound), "--inputs", String(indices.count),
            "--seed", String(seed), "--record", url.path,
            "--scratch", scratch.path, "--crashes", crashes.path,
        ]
        // A crash report of the Swift runtime takes seconds each.
        child.environment = ProcessInfo.processInfo.environment.merging([
            "SWIFT_BACKTRACE": "enable=no", "OPENBLAS_NUM_THREADS": "1",
        ]) { $1 }
        record[.index] = indices.lowerBound
        try child.run()
        var seen = -1
        var since = ContinuousClock.now
        while child.isRunning {
            usleep(20_000)
            if record[.index] != seen { (seen, since) = (record[.index], .now) }
            if since.duration(to: .now) > .seconds(Self.hangSeconds) {
                kill(child.processIdentifier, SIGKILL)
                child.waitUntilExit()
                return .hang
            }
        }
        child.waitUntilExit()
        return child.terminationStatus == 0 && child.terminationReason == .exit ? .complete : .crash
    }
}
