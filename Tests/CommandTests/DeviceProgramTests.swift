import Foundation
import Testing

/// The built program with a device, which is emulated: what it says of it, and what goes wrong with it.
@Suite(.enabled(if: Program.isLinux, "libraries have other names elsewhere"))
struct DeviceProgramTests {
    private func train(
        _ program: Program, _ device: EmulatedDevice, _ options: [String] = [], settings: String = ""
    ) throws -> Program.Result {
        try program.run(
            ["train", program.book, "--name", "run", "--device", "cuda"] + EmulatedDevice.small + options,
            environment: device.environment(settings))
    }

    @Test(arguments: [
        ([], "tf32", "tf32 products"), (["--precision", "bf16"], "bf16", "bf16 products and activations"),
    ])
    func itsNameShareAndMemoryAreReported(_ options: [String], _ precision: String, _ summary: String) throws {
        let program = try Program()
        let result = try train(program, EmulatedDevice(program), ["--steps", "3", "--json"] + options)
        try #require(result.status == 0, "\(result.errors)")
        #expect(result.lines[0].contains(#""detail":"Emulated device, \#(summary)","kind":"started""#))
        struct Report: Decodable {
            struct Device: Decodable {
                let name, precision: String
                let productShare: Double
                let bytes, totalBytes: Int
            }
            let device: Device
        }
        let line = try #require(result.lines.last { $0.contains(#""event":"report""#) })
        let device = try JSONDecoder().decode(Report.self, from: Data(line.utf8)).device
        #expect(device.name == "Emulated device" && device.precision == precision && device.totalBytes == 1 << 36)
        #expect(device.productShare > 0 && device.productShare < 1)
        // Weights, gradients and moments, and what passes keep.
        #expect(device.bytes > 16 * 2_000 && device.bytes < 10_000_000)
    }

    @Test func doctorAndBenchMeasureIt() throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let row = try #require(
            try program.run("doctor", environment: device.environment()).lines.first { $0.contains("device ") })
        #expect(row.contains("Emulated device, 65536 of 65536 MB free, for --device cuda; "))
        #expect(
            row.firstMatch(of: /; \S+ TFLOP\/s in large products of tf32, \S+ TFLOP\/s of bf16, \S+ GB\/s in copies$/)
                != nil)
        let small = ["--preset", "tiny", "--neurons", "2", "--width", "8", "--heads", "2", "--state-size", "4"]
        let sizes = ["--batch-size", "1", "--sequence-length", "16", "--seconds", "0.1", "--device", "cuda:0"]
        let result = try program.run(
            ["bench"] + small + sizes + ["--precision", "fp32", "--json"], environment: device.environment())
        struct Bench: Decodable {
            struct Ceiling: Decodable { let productFlops, bandwidth: Double }
            let device, precision: String
            let productShare: Double
            let deviceBytes, deviceTotalBytes: Int
            let ceiling: Ceiling
        }
        let bench = try JSONDecoder().decode(Bench.self, from: Data(result.output.utf8))
        #expect(bench.device == "Emulated device" && bench.precision == "fp32" && bench.deviceTotalBytes == 1 << 36)
        #expect(bench.productShare > 0 && bench.ceiling.productFlops > 0 && bench.ceiling.bandwidth > 0)
        let scaled = try program.run(
            ["bench"] + small + sizes + ["--scaling", "length"], environment: device.environment())
        #expect(scaled.status == 64 && scaled.errors.contains("--scaling measures the processor; leave out --device"))
    }

    @Test func aLostCardKeepsTheCheckpoint() throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let options = ["--steps", "40", "--checkpoint-every", "5", "--json"]
        let lost = try train(program, device, options, settings: "launches=2000")
        #expect(lost.status == 69 && lost.errorLines.count == 1, "\(lost.errors)")
        #expect(lost.errors.contains("Emulated device") && lost.errors.contains(": unspecified launch failure; "))
        let kept = try #require(lost.errors.firstMatch(of: /the checkpoint of step (\d+) is kept, and/))
        let step = try #require(Int(kept.1))
        #expect(step >= 5 && step % 5 == 0)
        #expect(lost.errors.contains("inn-tui train --resume run goes on from there, with a --device that works"))
        let resumed = try program.run(["train", "--resume", "run", "--json"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let first = try #require(resumed.lines.first { $0.contains(#""kind":"resumed""#) })
        #expect(first.contains("\"step\":\(step)") && first.contains("kernels"))
        #expect(try JSONLine(#require(resumed.lines.last))[number: "step"] == 40)
    }

    @Test func aCardThatIsLostBeforeTheFirstCheckpoint() throws {
        let program = try Program()
        let lost = try train(
            program, EmulatedDevice(program), ["--steps", "40"], settings: "launches=500")
        #expect(lost.status == 69)
        #expect(lost.errors.contains("there is no checkpoint yet, and inn-tui train --resume run begins again"))
        #expect(try program.run("train", "--resume", "run", "--steps", "2", "--headless").status == 0)
    }

    @Test(arguments: [
        ("memory=1000000", "MB of Emulated device's memory, and 0 MB are free; make the batch,"),
        ("driver=11040", "The NVIDIA driver is for CUDA 11.4, and 12.0 or later is needed; install a newer driver."),
        ("driver=12040,compiler=13", "for CUDA 12.4 and the run-time compiler (NVRTC) of CUDA 13.0; install a newer"),
        ("init=803", "does not start; see what nvidia-smi says: system has unsupported display driver"),
        ("init=100", "The CUDA driver finds no device; see what nvidia-smi says, or train without --device."),
    ]) func whatMakesADeviceUseless(_ settings: String, _ sentence: String) throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let result = try program.run(
            ["train", program.book, "--preset", "tiny", "--steps", "2", "--headless", "--device", "cuda"],
            environment: device.environment(settings))
        #expect(result.status == 69 && result.errorLines.count == 1 && result.errors.contains(sentence), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: program.runs.path))
        guard !settings.hasPrefix("memory") else { return }
        // Whoever only looks hears of it as well.
        let row = try program.run("doctor", environment: device.environment(settings)).output
        #expect(row.contains("training runs on the processor. ") && row.contains(sentence))
    }

    /// Cards before compute capability 8.0 multiply no 16-bit numbers of this kind.
    @Test func olderCardsDoNotKnowEveryPrecision() throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let refused = try train(program, device, ["--steps", "1", "--precision", "bf16"], settings: "capability=75")
        #expect(refused.status == 69 && refused.errorLines.count == 1)
        #expect(
            refused.errors.contains(
                "has compute capability 7.5, and --precision bf16 needs 8.0; train with --precision fp32."
            ))
        #expect(!FileManager.default.fileExists(atPath: program.runs.path))
        let row = try program.run("doctor", environment: device.environment("capability=75")).output
        #expect(row.contains("in large products of tf32, ") && !row.contains("bf16"))
        let trained = try train(program, device, ["--steps", "1", "--precision", "fp32"], settings: "capability=75")
        #expect(trained.status == 0, "\(trained.errors)")
    }

    @Test func onlyCardsThatAreThere() throws {
        let program = try Program()
        let result = try program.run(
            ["train", program.book, "--steps", "2", "--device", "cuda:1"] + EmulatedDevice.small,
            environment: EmulatedDevice(program).environment())
        #expect(result.status == 69 && result.errors.contains("There is no CUDA device 1; the only one is 0."))
    }

    /// A text may take minutes to come; nobody waits for it to hear of the card.
    @Test(arguments: [("cuda:1", "tf32", "There is no CUDA device 1"), ("cuda", "bf16", "needs 8.0")])
    func aDeviceIsRefusedBeforeATextIsFetched(_ name: String, _ precision: String, _ sentence: String) throws {
        let program = try Program()
        let nowhere = program.folder.appendingPathComponent("texts").path
        let environment = try EmulatedDevice(program).environment("capability=75").merging([
            "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "XDG_CACHE_HOME": nowhere,
        ]) { $1 }
        for command in ["train", "reproduce"] {
            let result = try program.run(
                [command, "text8", "--data-dir", nowhere, "--device", name, "--precision", precision],
                environment: environment)
            #expect(result.status == 69 && result.errorLines.count == 1, "\(command): \(result.errors)")
            #expect(result.errors.contains(sentence), "\(command): \(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: nowhere))
        }
    }

    /// Compiled kernels are kept, and what became of them is no obstacle.
    @Test func theCacheMayBeDamaged() throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let cache = program.folder.appendingPathComponent("cache")
        func run(_ step: String) throws -> [URL] {
            let result = try program.run(
                ["train", program.book, "--name", step, "--steps", "1", "--device", "cuda"] + EmulatedDevice.small,
                environment: device.environment("compiler=12").merging(["XDG_CACHE_HOME": cache.path]) { $1 })
            #expect(result.status == 0, "\(step): \(result.errors)")
            let folder = cache.appendingPathComponent("inn-tui")
            return (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        }
        let file = try #require(try run("first").first { $0.pathExtension == "cubin" })
        let whole = try Data(contentsOf: file)
        for length in [0, 7, 8, 9, whole.count - 1] {
            try whole.prefix(length).write(to: file)
            _ = try run("cut-\(length)")
            #expect(try Data(contentsOf: file) == whole)
        }
        var other = whole
        other[3] ^= 1
        try other.write(to: file)
        _ = try run("changed")
        #expect(try Data(contentsOf: file) == whole)
        // Neither read nor written any more.
        try FileManager.default.removeItem(at: file)
        try #require(mkfifo(file.path, 0o600) == 0)
        _ = try run("pipe")
        try FileManager.default.removeItem(at: cache)
        try Data().write(to: cache)
        #expect(try run("file").isEmpty)
    }

    @Test func whatIsNoLibraryOfNVIDIAs() throws {
        let program = try Program()
        let odd = program.folder.appendingPathComponent("odd")
        try FileManager.default.createDirectory(at: odd, withIntermediateDirectories: true)
        let driver = odd.appendingPathComponent("libcuda.so.1")
        func refusal(_ libraries: String, _ missing: String) throws {
            let result = try program.run(
                ["train", program.book, "--steps", "1", "--device", "cuda"] + EmulatedDevice.small,
                environment: ["INN_CUDA_LIBRARIES": libraries])
            #expect(result.status == 69 && result.errorLines.count == 1, "\(libraries): \(result.errors)")
            #expect(result.errors.contains("There is no CUDA device to use: \(missing) was not found;"))
        }
        guard Program.hasNoDriver else { return }
        for name in [program.book, odd.path, "/nowhere:" + odd.path, ":::", String(repeating: "x", count: 5_000)] {
            try refusal(name, "libcuda.so.1")
        }
        try Data("no library".utf8).write(to: driver)
        try refusal(odd.path, "libcuda.so.1")
        try FileManager.default.removeItem(at: driver)
        try #require(mkfifo(driver.path, 0o600) == 0)
        try refusal(odd.path, "libcuda.so.1")
        try FileManager.default.removeItem(at: driver)
        // A library, but another one.
        let other = URL(fileURLWithPath: Program.executable).deletingLastPathComponent()
            .appendingPathComponent("libinn-sync-trace.so")
        try FileManager.default.createSymbolicLink(at: driver, withDestinationURL: other)
        try refusal(odd.path, "cuInit in libcuda.so.1")
    }

    /// Nobody leaves the processor without asking: not even a driver that is there is looked for.
    @Test(arguments: [[], ["--device", "auto"], ["--device", "cpu", "--precision", "fp32"], ["--device", "cuda"]])
    func theDriverIsLookedForOnlyWhenAsked(_ options: [String]) throws {
        let program = try Program()
        let record = program.folder.appendingPathComponent("loads")
        let result = try program.run(
            ["train", program.book, "--steps", "1"] + EmulatedDevice.small + options,
            environment: EmulatedDevice(program).environment().merging([
                "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": record.path,
            ]) { $1 })
        #expect(result.status == 0, "\(result.errors)")
        let files = try FileManager.default.contentsOfDirectory(
            at: program.folder, includingPropertiesForKeys: nil
        ).filter { $0.lastPathComponent.hasPrefix("loads.") }
        let loads = try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        #expect(loads.contains("libopenblas"), "the record holds what is loaded")
        #expect(loads.contains("libcuda.so.1") == (options == ["--device", "cuda"]))
    }

    @Test func settingsAndEnvironmentNameIt() throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let settings = try program.file("settings.toml", Array("device = \"cuda\"\nprecision = \"fp32\"\n".utf8))
        func detail(_ name: String, _ options: [String], _ change: [String: String?]) throws -> String {
            let result = try program.run(
                ["train", program.book, "--name", name, "--steps", "1", "--json"] + EmulatedDevice.small + options,
                environment: device.environment().merging(change) { $1 })
            #expect(result.status == 0, "\(result.errors)")
            return try #require(result.lines.first)
        }
        #expect(try detail("file", [], ["INN_CONFIG": settings]).contains("Emulated device, fp32 products"))
        #expect(try detail("line", ["--device", "cpu"], ["INN_CONFIG": settings]).contains("kernels"))
        let refused = try program.run(
            ["train", program.book, "--steps", "1", "--precision", "bf16"] + EmulatedDevice.small)
        #expect(refused.status == 64 && refused.errors.contains("the processor computes in 32 bits"))
    }

    /// What a device can train it trains, the processor the rest. The runs themselves would take a minute here.
    @Test(arguments: [([], "tf32"), (["--precision", "bf16"], "bf16")])
    func thePlanOfAReproductionNamesBothMachines(_ options: [String], _ precision: String) throws {
        let program = try Program()
        let device = try EmulatedDevice(program)
        let planned = try program.run(
            [
                "reproduce", program.book, "--scale", "smoke", "--characters", "512", "--seeds", "1", "--jobs", "2",
                "--folder", "again", "--table", "depth", "--device", "cuda", "--plan",
            ] + options, environment: device.environment())
        #expect(planned.status == 0, "\(planned.errors)")
        #expect(planned.lines.count == 4 && planned.lines[0].hasPrefix("Plan of smoke: "), "\(planned.output)")
        #expect(
            planned.lines[1].hasPrefix("On Emulated device (\(precision)): ")
                && planned.lines[1].contains(" 2 at a time"))
        #expect(planned.lines[1].contains("which takes ") && planned.lines[1].contains(" of the device's 65,536 MB"))
        #expect(planned.lines[2].hasPrefix("On the processor: ") && planned.lines[2].contains("not train mamba."))
        #expect(!FileManager.default.fileExists(atPath: program.folder.appendingPathComponent("again").path))
    }
}
