import INNKit
import INNScreens
import Testing

@testable import INNLab

/// Keys as `--keys` takes them.
struct KeystrokesTests {
    /// A name that stands in the help, the footer or the list of keys can be typed.
    @Test func everyKeyOfTheTableHasItsName() throws {
        for key in Set(KeyTable.all.flatMap(\.keys)) {
            #expect(try Keystrokes.parse("<\(key.text)>") == [key], "<\(key.text)>")
            #expect(try Keystrokes.parse("<\(key.text.lowercased())>").count == 1)
        }
    }

    @Test(arguments: [
        ("3<enter>", [Key.character("3"), .enter]), ("<PgUp><pageup><PAGEUP>", [.pageUp, .pageUp, .pageUp]),
        ("<S-Tab><backtab><shift-tab>", [.backTab, .backTab, .backTab]), ("<Del><delete>", [.delete, .delete]),
        ("<return><escape><Esc>", [.enter, .escape, .escape]), ("<↑><←>", [.up, .left]),
        ("<L><l>", [.character("L"), .character("l")]),
        ("<F1><f1>", [.f1, .f1]), ("<ctrl-c><Ctrl-L>", [.control("c"), .control("l")]),
        ("<lt><gt><Space> ", "<>  ".map(Key.character)),
        ("a<b", "a<b".map(Key.character)), ("<>", "<>".map(Key.character)), ("<>>", [.character(">")]), ("", []),
    ])
    func textBecomesKeys(text: String, keys: [Key]) throws {
        #expect(try Keystrokes.parse(text) == keys)
    }

    @Test(arguments: ["<nope>", "<ctrl->", "<ctrl-1>", "<f2>"]) func otherNamesAreRefused(text: String) {
        #expect(throws: INNError.self) { try Keystrokes.parse(text) }
    }
}
