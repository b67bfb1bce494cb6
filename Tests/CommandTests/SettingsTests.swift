import Foundation
import INNSettings
import Testing

@testable import inn_tui

/// The settings file: what it sets, what goes before it, and what it says about mistakes.
struct SettingsTests {
    private func program(_ settings: String) throws -> (Program, [String: String?]) {
        let program = try Program()
        let file = program.folder.appendingPathComponent("config.toml")
        try settings.write(to: file, atomically: true, encoding: .utf8)
        return (program, ["INN_CONFIG": file.path])
    }

    private func preset(_ program: Program, _ environment: [String: String?], _ arguments: String...) throws -> Int {
        let result = try program.run(["model", "--json"] + arguments, environment: environment)
        return try Int(#require(try JSONLine(result.output)[number: "parameters"]))
    }

    @Test func theFileGoesBeforeThePresetAndTheCommandLineBeforeTheFile() throws {
        let (program, environment) = try program("preset = \"tiny\"\n[model]\nneurons = 4\n[train]\nneurons = 2\n")
        let set = try preset(program, environment)
        let typed = try preset(program, environment, "--neurons", "6")
        let plain = try preset(program, [:], "--preset", "tiny")
        #expect(set == (try preset(program, [:], "--preset", "tiny", "--neurons", "4")))
        #expect(typed == (try preset(program, [:], "--preset", "tiny", "--neurons", "6")) && set < plain)
    }

    @Test func alternativesThatWereTypedRuleOutTheFiles() throws {
        let (program, environment) = try program("[train]\nminutes = 30\nheadless = true\npreset = \"tiny\"\n")
        let result = try program.run(
            ["train", program.book, "--steps", "2", "--name", "two"], environment: environment)
        #expect(result.status == 0 && result.output.contains("two"), "\(result.errors)")
    }

    @Test(arguments: [
        ("theme = \"pink\"\n", "line 1: theme is “pink”, but must be dark, light or mono"),
        ("\n[train]\npresett = \"tiny\"\n", "line 3: train has no option “presett”; did you mean preset?"),
        ("[trian]\nminutes = 1\n", "line 2: there is no command “trian”; tables are named ablate"),
        ("[train]\nminutes = \"soon\"\n", "line 2: minutes is “soon”, which train does not take"),
        ("[train]\nheadless = 3\n", "line 2: headless must be true or false"),
        ("[train]\nminutes = [1, 2]\n", "line 2: minutes takes one value, not 2"),
        ("[train]\nwhen = 2026-01-01\n", "line 2: when is neither text in quotes, a number"),
        ("a = 1\nb = = 2\n", "line 2: "),
        ("theme = \"light\" # {:}\n[!train]\n", "line 2: a table's name begins"),
        ("theme = \"a: {b}\"\n\n[train]\nwhen = 07:32:00\n", "line 4: when is neither text"),
        ("runs-dir = \"\"\"\nlong: {\"\"\"\nneurons = [}\n", "line 3: neurons is neither text"),
    ])
    func mistakesAreNamedWithFileAndLine(text: String, sentence: String) throws {
        let (program, environment) = try program(text)
        let result = try program.run(["train", program.book, "--steps", "1", "--headless"], environment: environment)
        #expect(result.status == 78 && result.errorLines.count == 1, "\(result.errors)")
        #expect(result.errors.contains("config.toml, ") && result.errors.contains(sentence), "\(result.errors)")
        #expect(
            try program.run(["train", "--help"], environment: environment).status == 0,
            "help works whatever the file holds")
        let doctor = try program.run(["doctor"], environment: environment)
        #expect(doctor.status == 0 && doctor.output.contains(sentence), "\(doctor.output)")
    }

    /// `control` and `effects` of analyze are on unless they are said not to be.
    @Test func flagsThatAreOnCanBeTurnedOff() throws {
        let (program, environment) = try program("[analyze]\ncontrol = false\neffects = true\njson = false\n")
        let merge = SettingsMerge(try #require(try SettingsFile.read(environment.compactMapValues { $0 })))
        #expect(
            try merge.arguments(["analyze"], environment: [:]).arguments == ["analyze", "--no-control", "--effects"])
        #expect(
            try merge.arguments(["analyze", "--control"], environment: [:]).arguments == [
                "analyze", "--effects", "--control",
            ])
        #expect(
            try merge.arguments(["analyze", "--no-effects"], environment: [:]).arguments == [
                "analyze", "--no-control", "--no-effects",
            ])
        try merge.checkAll()
        #expect(try program.run("doctor", environment: environment).output.contains("analyze.control"))
    }

    @Test func doctorNamesTheFileInForce() throws {
        let (program, environment) = try program("theme = \"light\"\n[train]\npreset = \"tiny\"\n")
        #expect(
            try program.run(["doctor"], environment: environment).output.contains("config.toml: theme, train.preset"))
        let home: [String: String?] = ["INN_CONFIG": nil, "XDG_CONFIG_HOME": program.folder.path]
        #expect(
            try program.run(["doctor"], environment: home).output.contains(
                "none; \(program.folder.path)/inn-tui/config.toml would be read"))
        #expect(try program.run(["runs"], environment: ["INN_CONFIG": "nowhere.toml"]).status == 66)
    }

    @Test func aMistakeOfTheFileInARunNamesItsLine() throws {
        let (program, environment) = try program("[model]\n\npreset = \"huge\"\n")
        let result = try program.run(["model"], environment: environment)
        #expect(result.status == 64 && result.errors.contains("config.toml sets preset (line 3)"), "\(result.errors)")
    }
}
