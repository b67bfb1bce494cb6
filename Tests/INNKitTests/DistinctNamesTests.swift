import Foundation
import INNCore
import Testing

@testable import INNStore

/// Names from anywhere, as they are written where they are shown.
@Suite struct DistinctNamesTests {
    /// What the cells of a screen show: one column for each character.
    private let narrow = DistinctNames { $0.columns == 1 && $0.value >= 0x20 }

    @Test func widthsAreThoseOfATerminal() {
        for (text, columns) in [
            ("a", 1), ("書", 2), ("書道", 4), ("é", 1), ("e\u{301}", 1), ("か", 2), ("カ", 2), ("ｶ", 1), ("ａ", 2), ("한", 2),
            ("ᄒ\u{1161}\u{11AB}", 2), ("😀", 2), ("⌚", 2), ("✓", 1), ("⣿", 1), ("ש", 1), ("ب", 1), ("ก\u{E31}", 1),
            ("न\u{94D}", 1), ("\u{200B}", 0), ("\u{AD}", 0), ("𠀀", 2), ("…", 1), ("", 0),
        ] {
            #expect(text.columns == columns, "\(text.debugDescription)")
        }
    }

    @Test func whatIsShownStaysAndTheRestIsSpelled() {
        #expect(narrow.forms(of: ["text8-1", "书", "a\u{1B}b", "é"]) == ["text8-1", #"\u{4E66}"#, #"a\u{1B}b"#, "é"])
        #expect(
            DistinctNames.onTerminal.forms(of: ["书", "a\u{1B}b", "a\u{200D}b"]) == [
                "书", #"a\u{1B}b"#, #"a\u{200D}b"#,
            ])
    }

    /// Pairs that were the same on a screen or in a table.
    @Test(arguments: [
        ["书道", "書道"], ["😀", "😁"], ["a\u{200B}b", "a\u{200C}b", "ab"], ["a\u{1}", "a\u{2}"], ["\u{E9}t", "e\u{301}t"],
        ["书", #"\u{4E66}"#], ["⌚", "⏰"], ["\u{202E}a", "\u{202D}a"],
    ])
    func noTwoNamesLookAlike(names: [String]) {
        for forms in [narrow.forms(of: names), DistinctNames.onTerminal.forms(of: names)] {
            #expect(Set(forms).count == names.count, "\(forms)")
            #expect(forms.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 } })
        }
    }

    @Test(arguments: [12, 16, 26, 40]) func cutNamesAreToldApart(width: Int) {
        let long = String(repeating: "书", count: 26)
        let names = [
            "a-run-with-a-very-long-name-indeed-1", "a-run-with-a-very-long-name-indeed-2", long + "1", long + "2",
            "1" + long + "1", "1" + long.dropLast() + "書1", "short",
        ]
        let forms = narrow.forms(of: names, columns: width)
        #expect(Set(forms).count == names.count, "\(forms)")
        #expect(forms.allSatisfy { $0.columns <= width } && forms.last == "short", "\(forms)")
    }

    /// To Swift both names are equal; the file system has two folders.
    @Test func aListingKeepsNamesApartThatDifferInTheirCodePoints() throws {
        let folder = try TemporaryFolder()
        let runs = URL(fileURLWithPath: folder.path)
        for (name, step) in [("caf\u{E9}", 1), ("cafe\u{301}", 2)] {
            let run = runs.appending(path: name)
            try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: run.appending(path: "config.json"))
            try Data(count: step * 100_000).write(to: run.appending(path: "ballast"))
        }
        let catalog = RunCatalog(runs, coarseness: .zero)
        for _ in 0..<2 {
            let found = try catalog.summaries()
            #expect(Set(found.map { ExactName($0.name) }) == [ExactName("caf\u{E9}"), ExactName("cafe\u{301}")])
            #expect(Set(found.map(\.bytesOnDisk)).count == 2)
        }
    }

    /// A name that no new run may have is still that of a run in the folder, not of something beside it.
    @Test(arguments: ["my run", "书道 1", "caf\u{E9}", "cafe\u{301}", "a\u{1B}[2Jb"]) func aForeignNameIsOpened(
        name: String
    ) throws {
        let folder = try TemporaryFolder()
        let runs = URL(fileURLWithPath: folder.path)
        let run = runs.appending(path: name)
        try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: run.appending(path: "config.json"))
        let opened = try RunFolder.open(name, in: runs)
        #expect(ExactName(opened.name) == ExactName(name))
        let place = try opened.moveToTrash()
        #expect(ExactName(place.lastPathComponent) == ExactName(name))
        #expect(try RunFolder.all(in: runs).isEmpty)
    }
}
