import Testing

@testable import INNSettings

/// The parser of settings files: TOML, as far as settings need it. Expected values are TOML 1.0's.
@Suite struct SettingsParserTests {
    typealias Value = SettingsParser.Value

    private func values(_ text: String) throws -> [Value] { try SettingsParser.entries("a = \(text)\n")[0].values }

    @Test(arguments: [
        (#""light""#, Value.text("light")), (#""a\tb\\\"\u00e9\U0001F600""#, .text("a\tb\\\"é😀")),
        (#"'C:\new'"#, .text(#"C:\new"#)), (#""""#, .text("")), ("\"\"\"\none\ntwo\"\"\"", .text("one\ntwo")),
        ("\"\"\"a \\\n   b\"\"\"", .text("a b")), ("'''it's'''", .text("it's")),
        ("\"\"\"\"q\"\"\"\"\"", .text("\"q\"\"")),
        ("'''\r\na\r\nb'''", .text("a\nb")), ("0", .whole(0)), ("+1_000", .whole(1000)), ("-17", .whole(-17)),
        ("0xfF_0", .whole(0xFF0)), ("0o17", .whole(15)), ("0b101", .whole(5)), ("4e-3", .number(0.004)),
        ("1.5E+2", .number(150)), ("-0.0", .number(0)), ("6_0.2_5", .number(60.25)), ("-inf", .number(-.infinity)),
        ("true", .isOn(true)), ("false # no", .isOn(false)),
    ])
    func aValue(text: String, value: Value) throws { #expect(try values(text) == [value]) }

    @Test func aNumberThatIsNone() throws {
        guard case .number(let number)? = try values("nan").first else {
            Issue.record("no number")
            return
        }
        #expect(number.isNaN)
    }

    @Test func listsMayHaveLinesAndComments() throws {
        #expect(try values("[]") == [])
        #expect(try values("[1, 'x',\n  # of all kinds\n  true, ]") == [.whole(1), .text("x"), .isOn(true)])
    }

    @Test func tablesNamesAndLines() throws {
        let entries = try SettingsParser.entries(
            "\u{FEFF}# settings\r\ntheme = \"light\"\r\n\n  train.preset='tiny' # dotted\n[ \"model\" ]\n"
                + "notes = \"\"\"\none\ntwo\"\"\"\n'odd key' = 3\n[eval]\n\tdata-dir\t=\t\"~/texts\"")
        #expect(
            entries == [
                .init(table: nil, key: "theme", values: [.text("light")], line: 2),
                .init(table: "train", key: "preset", values: [.text("tiny")], line: 4),
                .init(table: "model", key: "notes", values: [.text("one\ntwo")], line: 6),
                .init(table: "model", key: "odd key", values: [.whole(3)], line: 9),
                .init(table: "eval", key: "data-dir", values: [.text("~/texts")], line: 11),
            ])
        let list = try SettingsFile("mouse = [false]\nlog = false", path: "p")
        #expect(list.settings.map(\.isOff) == [false, true], "a list with one value is no value")
        #expect(try SettingsParser.entries("") == [] && SettingsParser.entries("\n# nothing\n[train]") == [])
    }

    @Test(arguments: [
        ("a = 1\nb = = 2", 2, "b is neither text"), ("a = light", 1, "a is neither text"),
        ("a = 2026-01-01", 1, "a is neither text"), ("a = 07:32:00", 1, "a is neither text"),
        ("a = {b = 1}", 1, "a is neither text"), ("a =\n1", 1, "a is neither text"),
        ("a = [1,\n[2]]", 2, "a is neither"),
        ("a = 1__0", 1, "a is neither"), ("a = _1", 1, "a is neither"), ("a = 1_", 1, "a is neither"),
        ("a = 012", 1, "a is neither"), ("a = 1.", 1, "a is neither"), ("a = .5", 1, "a is neither"),
        ("a = 1.e3", 1, "a is neither"), ("a = 1e", 1, "a is neither"), ("a = +0x1", 1, "a is neither"),
        ("a = 0x", 1, "a is neither"), ("a = 0b12", 1, "a is neither"), ("a = 4_e3", 1, "a is neither"),
        ("a = 99999999999999999999", 1, "a is 99999999999999999999, which is no number of 64 bits"),
        ("a = [1 2]", 1, "the values of the list a"),
        ("a = [1,\n2\nb = 3", 3, "the values of the list a"), ("x = 1\na = [1,\n2,", 2, "the list a has no end"),
        ("a = \"b\nc = 1", 1, "a text that begins here has no end"), ("\n\na = '''\n\n", 3, "a text that begins here"),
        (#"a = "C:\new\dir""#, 1, "a backslash in double quotes"), (#"a = "\u12""#, 1, "a backslash"),
        (#"a = "\uD800""#, 1, "a backslash"), ("a = \"\u{1}\"", 1, "a text holds a control character"),
        ("a = 1 b = 2", 1, "nothing may follow"), ("a = 1\r\nb = 2\rc = 3", 2, "nothing may follow"),
        ("[train] x = 1", 1, "nothing may follow"), ("a = 1\na = 2", 2, "a is set twice"),
        ("[train]\n[model]\n[train]", 3, "the table train is there twice"),
        ("train.a = 1\n[train]", 2, "the table train is there twice"), ("[!x]", 1, "a table's name begins"),
        ("[[train]]", 1, "a table's name begins"), ("[train.eval]", 1, "a table is a command's name"),
        ("[train\n", 1, "a table is a command's name"), ("a.b.c = 1", 1, "a.b.c has too many names"),
        ("[train]\na.b = 1", 2, "a.b has too many names"), ("theme", 1, "theme has no value"),
        ("= 1", 1, "a line is a [table] or a setting"), ("a. = 1", 1, "a line is a [table]"),
        ("é = 1", 1, "a line is a [table]"),
    ])
    func mistakesHaveTheirLine(text: String, line: Int, sentence: String) throws {
        let mistake = #expect(throws: SettingsParser.Mistake.self) { try SettingsParser.entries(text) }
        let said = mistake?.sentence ?? ""
        #expect(mistake?.line == line && said.hasPrefix(sentence), "line \(mistake?.line ?? 0): \(said)")
    }
}
