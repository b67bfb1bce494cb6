import INNKit
import Testing

/// Text from anywhere stays what it is in a page, and the page stays what it is.
@Suite struct MarkdownTests {
    @Test(arguments: [
        ("plain words, 1.705 (v2).txt", "plain words, 1.705 (v2).txt"), ("a|b", "a\\|b"),
        ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
        ("<script>&amp;</script>", "\\<script\\>\\&amp;\\</script\\>"), ("[a]: http://x", "\\[a\\]: http://x"),
        ("a\\|b", "a\\\\\\|b"),
        ("two\nlines\r\nand\u{2028}more", "two lines and more"), ("# no heading", "\\# no heading"),
        ("- no item", "\\- no item"), ("1. no item", "1\\. no item"),
        ("12) no item", "12\\) no item"), ("    no code", "no code"), ("=== no heading", "\\=== no heading"),
        ("$x$", "\\$x\\$"), ("a\u{1B}[2Jb\u{202E}", "a?\\[2Jb?"), ("", ""),
    ])
    func textIsShownAsItIs(text: String, markdown: String) {
        #expect(Markdown.escaped(text) == markdown)
    }

    @Test(arguments: [
        ("inn-tui train a_b", "`inn-tui train a_b`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("``a", "``` ``a ```"),
        (" a ", "`  a  `"), ("a\nb", "`a b`"), ("", "`  `"),
    ])
    func codeIsShownAsItIs(text: String, markdown: String) {
        #expect(Markdown.code(text) == markdown)
    }

    @Test func aCellEndsNoRow() {
        let table = Markdown.table(["name|", "n"], [["a|b\nc", "1"], ["\\", "2"]], numbers: 1)
        #expect(table == "| name\\| | n |\n| --- | ---: |\n| a\\|b c | 1 |\n| \\\\ | 2 |")
        #expect(Markdown.table(["x"], [["a|`b"]], code: [0]) == "| x |\n| --- |\n| ``a\\|`b`` |")
    }

    @Test func aPictureIsFoundUnderItsName() {
        #expect(
            Markdown.picture("a ] b", file: "my (first) report: é-x.svg")
                == "![a \\] b](my%20%28first%29%20report%3A%20%C3%A9-x.svg)")
        #expect(Markdown.picture("", file: "images/a.svg") == "![](images/a.svg)")
    }
}
