import Foundation
import INNKit
import Testing

/// Numbers that no one meant: infinite, not a number, negative, too large. Each is meaningful or is refused with a
/// sentence about its option.
@Suite struct NumericOptions {
    @Test func withoutClippingIsASettingThatLasts() throws {
        let program = try Program()
        try program.train("--steps", "20", "--schedule", "constant", "--clip", "inf", "--name", "free")
        try program.train("--steps", "20", "--schedule", "constant", "--clip", "1e300", "--name", "wide")
        try program.train("--steps", "10", "--schedule", "constant", "--clip", "inf", "--name", "parts")
        try program.resume("parts", steps: 20)
        try expectSameTraining(RunFiles(program, "free"), RunFiles(program, "wide"))
        try expectSameTraining(RunFiles(program, "free"), RunFiles(program, "parts"))
        let config = try String(contentsOf: program.runs.appendingPathComponent("parts/config.json"), encoding: .utf8)
        #expect(config.contains("\"clipNorm\" : \"inf\""))
        let run = try RunFolder.open("parts", in: program.runs)
        #expect(try run.checkpoints.latest().checkpoint.trainingSettings()?.clipNorm == .infinity)
        #expect(try program.run("export", "parts", "--json").output.contains("\"clipNorm\" : \"inf\""))
        for arguments in [
            ["export", "parts", "--output", "p.safetensors"],
            ["eval", "p.safetensors", program.book, "--characters", "512"], ["snapshot", "--run", "parts"],
            ["runs", "--json"],
        ] {
            let result = try program.run(arguments)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        // Clipping does something, so that the first comparison means something.
        try program.train("--steps", "20", "--schedule", "constant", "--clip", "0.01", "--name", "clipped")
        #expect(try RunFiles(program, "clipped").weights != RunFiles(program, "free").weights)
    }

    @Test func fromTheSettingsFileToo() throws {
        let program = try Program()
        let file = program.folder.appendingPathComponent("config.toml")
        for (text, status) in [
            ("clip = inf", 0), ("clip = +inf", 0), ("clip = nan", 64), ("clip = -inf", 64), ("clip = -1", 64),
            ("minutes = inf", 64), ("learning-rate = nan", 64),
        ] as [(String, Int32)] {
            try "[train]\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
            let length = text.hasPrefix("minutes") ? [] : ["--steps", "1"]
            let result = try program.run(
                ["train", program.book, "--preset", "tiny", "--headless"] + length,
                environment: ["INN_CONFIG": file.path])
            #expect(result.status == status, "\(text): \(result.errors)")
        }
    }

    private static let huge = ["1e400", "9223372036854775807", "-1", "inf", "nan", "99999999999999999999"]

    private static let model = [
        "neurons", "width", "rounds", "heads", "state-size", "conv-kernel", "expand", "dt-rank", "dropout",
        "gate-target",
        "gate-pressure", "top-k", "groups", "inputs", "outputs", "params",
    ]
    private static let training = [
        "minutes", "steps", "epochs", "seed", "batch-size", "sequence-length", "accumulate", "shards", "learning-rate",
        "weight-decay", "clip", "checkpoint-every", "patience",
        "rollback", "validate-every", "validation-characters", "threads", "freeze-neuron",
    ]

    /// Whether a value makes a sensible training, in which case it is not tried: it would begin.
    private static func isMeant(_ option: String, _ value: String) -> Bool {
        switch option {
        case "gate-pressure": ["9223372036854775807", "99999999999999999999"].contains(value)
        case "clip": ["1e400", "9223372036854775807", "1e300", "inf", "99999999999999999999"].contains(value)
        case "minutes", "epochs", "learning-rate", "weight-decay":
            ["9223372036854775807", "1e300", "99999999999999999999"].contains(value)
        case "seed", "patience", "rollback": value == "9223372036854775807"
        default: false
        }
    }

    @Test(arguments: model + training) func impossibleNumbersOfATraining(option: String) throws {
        let program = try Program()
        for value in Self.huge where !Self.isMeant(option, value) {
            let length = ["minutes", "epochs"].contains(option) ? [] : ["--steps", "1"]
            let result = try program.run(
                ["train", program.book, "--preset", "tiny", "--headless"] + (option == "steps" ? [] : length) + [
                    "--\(option)=\(value)"
                ])
            #expect([64, 65].contains(result.status), "--\(option)=\(value): \(result.status) \(result.errors)")
            #expect(
                result.errors.contains("--\(option)") || result.errors.contains(value),
                "--\(option)=\(value): \(result.errors)")
            #expect(program.everythingInRuns.isEmpty)
        }
    }

    /// Large numbers that mean “all of it” are taken; what is impossible is refused; nothing stops with a fault.
    @Test(
        arguments: [
            ("eval", ["characters"]), ("ablate", ["characters", "edges", "block"]),
            ("analyze", ["characters", "edges", "effect-characters", "neuron", "seed"]),
            ("generate", ["temperature", "top-k", "trace-top", "lesion", "mute", "reset-every", "seed"]),
            ("compute", ["characters", "seconds", "rates"]),
            ("graft", ["characters", "block", "neuron"]),
            ("bench", ["batch-size", "sequence-length", "threads", "seconds"]), ("export", ["neuron", "every"]),
            ("reproduce", ["jobs", "characters", "seeds"]), ("data", ["show"]), ("import", ["heads", "neurons"]),
        ] as [(String, [String])]) func impossibleNumbersElsewhere(command: String, options: [String]) throws
    {
        let program = try Program()
        let asset = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Assets/small-text8.safetensors"
        ).standardizedFileURL.path
        let subject: [String] =
            switch command {
            case "generate": [asset, "--characters", "1"]
            case "graft": ["--from", asset, "--into", asset, "--output", "x.safetensors", "--neuron", "1"]
            case "export", "import": [asset, "--output", "x.safetensors"]
            case "bench": ["--preset", "tiny"]
            case "reproduce": [program.book, "--scale", "smoke", "--report-only", "--table", "ablation"]
            case "data": [program.book]
            default: [asset, program.book]
            }
        for option in options {
            for value in ["nan", "-1", "99999999999999999999", "-9223372036854775808", "inf", "1e400"] {
                let result = try program.run([command] + subject + ["--\(option)=\(value)"])
                let isMeant = [
                    "data show -1", "data show -9223372036854775808", "generate temperature 99999999999999999999",
                ].contains("\(command) \(option) \(value)")
                #expect(
                    isMeant ? result.status == 0 : [64, 65].contains(result.status),
                    "\(command) --\(option)=\(value): \(result.status) \(result.errors)")
            }
        }
    }

    @Test func theLargestNumberThereIs() throws {
        let program = try Program()
        let largest = "9223372036854775807"
        let asset = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Assets/small-text8.safetensors"
        ).standardizedFileURL.path
        for arguments in [
            ["eval", asset, program.book, "--characters"],
            [
                "graft", "--from", asset, "--neuron", "1", "--into", asset, "--neuron", "1", "--output",
                "x.safetensors", "--characters", "2048", "--block",
            ],
            ["generate", asset, "--characters", "2", "--trace", "--trace-top"],
            ["generate", asset, "--characters", "2", "--top-k"], ["data", program.book, "--show"],
            ["reproduce", program.book, "--scale", "smoke", "--report-only", "--table", "ablation", "--characters"],
            ["reproduce", program.book, "--scale", "smoke", "--report-only", "--table", "ablation", "--seeds"],
            ["reproduce", program.book, "--scale", "smoke", "--report-only", "--table", "ablation", "--jobs"],
            ["bench", "--preset", "tiny", "--batch-size"], ["bench", "--preset", "tiny", "--sequence-length"],
        ] {
            let result = try program.run(arguments + [largest])
            #expect([0, 64, 65].contains(result.status), "\(arguments): \(result.status) \(result.errors)")
        }
    }
}
