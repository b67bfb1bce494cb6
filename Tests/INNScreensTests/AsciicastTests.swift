import INNKit
import Testing

@testable import INNScreens

struct AsciicastTests {
    private func frame(_ text: String, width: Int = 6, style: Style = Style()) -> CellBuffer {
        var buffer = CellBuffer(width: width, height: 2)
        buffer.write(text, x: 0, y: 0, width: width, style)
        return buffer
    }

    @Test func aFrameSaysOnlyWhatDiffers() {
        var cast = Asciicast(level: .truecolor)
        #expect(
            cast.lines(frame("abc"), at: 0)
                == "[0.000, \"o\", \"\\u001b[0m\\u001b[?25l\\u001b[H\\u001b[2J\\u001b[1;1Habc\"]\n")
        #expect(cast.lines(frame("abc"), at: 1).isEmpty)
        #expect(cast.lines(frame("abX"), at: 2.5) == "[2.500, \"o\", \"\\u001b[1;3HX\"]\n")
        let red = Style(.rgb(255, 0, 0), on: .terminalDefault, .bold)
        #expect(
            cast.lines(frame("abX", style: red), at: 3)
                == "[3.000, \"o\", \"\\u001b[1;1H\\u001b[0;1;38;2;255;0;0mabX\\u001b[0m\"]\n")
    }

    @Test func anotherSizeIsSaidAndDrawnWhole() {
        var cast = Asciicast(level: .mono)
        _ = cast.lines(frame("abc"), at: 0)
        let lines = cast.lines(frame("abc", width: 8), at: 1).split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "[1.000, \"r\", \"8x2\"]" && lines[1].contains("2J"))
    }

    /// A character of two columns is written once, and what follows it is placed: players differ in its breadth.
    @Test func wideCharactersKeepTheirColumns() {
        var cast = Asciicast(level: .mono)
        #expect(cast.lines(frame("日a"), at: 0).contains("\\u001b[1;1H日\\u001b[1;3Ha"))
        #expect(cast.lines(frame("xya"), at: 1).contains("\\u001b[1;1Hxy"))
        #expect(cast.lines(frame("日a"), at: 2).contains("\\u001b[1;1H日"))
    }

    @Test func theHeaderIsOneLineWhateverTheNameHolds() {
        var info = SyntheticRun.info()
        info.name = "a \"b\" \\ \n"
        let header = Asciicast.header(of: AppState(runInfo: info, width: 80, height: 24), startedAt: 7)
        #expect(header.filter { $0 == "\n" }.count == 1)
        #expect(header.contains("\"width\": 80, \"height\": 24, \"timestamp\": 7"))
        #expect(header.contains("inn-tui: a \\\"b\\\" \\\\ \\u000a\""))
    }

    /// Rows that stay are drawn once; every other one appears and goes at its times.
    @Test func anAnimatedPictureDrawsARowThatStaysOnce() {
        var picture = AnimatedPicture(theme: Theme(.dark, level: .truecolor))
        for (index, text) in ["one", "two", "two"].enumerated() {
            var buffer = frame(text)
            buffer.write("still", x: 0, y: 1, width: 6, Style())
            picture.add(buffer, at: Double(index))
        }
        let svg = picture.svg(until: 4)
        #expect(svg.components(separatedBy: ">still<").count == 2 && svg.components(separatedBy: ">two<").count == 2)
        #expect(svg.contains("values=\"visible;hidden\" keyTimes=\"0;0.25\""))
        #expect(svg.contains("values=\"hidden;visible\" keyTimes=\"0;0.25\""))
    }
}

extension String {
    /// The pieces between the places where a text stands.
    fileprivate func components(separatedBy text: String) -> [Substring] {
        var pieces: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            pieces.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return pieces + [rest]
    }
}
