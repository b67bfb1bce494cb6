import Foundation
import INNKit

/// A part of a report, which is written as HTML or as Markdown.
enum PageBlock {
    case heading(String)
    case paragraph(String)
    /// A command as it is typed.
    case command(String)
    case list([String])
    /// Columns from `numbers` on are figures.
    case table(header: [String], rows: [[String]], numbers: Int)
    case picture(Picture)
    /// Text with the gate of each character as its shade.
    case contexts(title: String, groups: [(name: String, contexts: [(symbols: [String], gates: [Float])])])

    var html: String {
        func e(_ text: String) -> String { Picture.escaped(text) }
        switch self {
        case .heading(let text): return "<h2>\(e(text))</h2>\n"
        case .paragraph(let text): return "<p>\(e(text))</p>\n"
        case .command(let text): return "<p><code>\(e(text))</code></p>\n"
        case .list(let items): return "<ul>\(items.map { "<li>\(e($0))</li>" }.joined())</ul>\n"
        case .table(let header, let rows, let numbers):
            func row(_ cells: [String], _ tag: String) -> String {
                "<tr>"
                    + cells.enumerated().map {
                        "<\(tag)\($0.offset >= numbers ? " class=\"n\"" : "")>\(e($0.element))</\(tag)>"
                    }.joined() + "</tr>"
            }
            let body = rows.map { row($0, "td") }.joined(separator: "\n")
            return "<div class=\"wide\"><table><thead>\(row(header, "th"))</thead>"
                + "<tbody>\(body)</tbody></table></div>\n"
        case .picture(let picture):
            return "<figure>\(picture.inline)<figcaption>\(e(picture.caption))</figcaption></figure>\n"
        case .contexts(let title, let groups):
            let columns = groups.map { group in
                "<div><b>\(e(group.name))</b>"
                    + group.contexts.map { context in
                        "<p class=\"context\">"
                            + zip(context.symbols, context.gates).map { symbol, gate in
                                let percent = Int(bounded: (100 * max(0, min(1, gate))).rounded())
                                return "<span style=\"--g:\(percent)%\">\(e(symbol))</span>"
                            }.joined() + "</p>"
                    }.joined() + "</div>"
            }
            return "<h3>\(e(title))</h3><div class=\"contexts\">\(columns.joined())</div>\n"
        }
    }

    /// - Parameter pictureNames: what the file names of pictures begin with.
    func markdown(pictureNames: String) -> String {
        func e(_ text: String) -> String { Markdown.escaped(text) }
        switch self {
        case .heading(let text): return "## \(e(text))\n\n"
        case .paragraph(let text): return "\(e(text))\n\n"
        case .command(let text): return "\(Markdown.code(text))\n\n"
        case .list(let items): return items.map { "* \(e($0))\n" }.joined() + "\n"
        case .table(let header, let rows, let numbers): return Markdown.table(header, rows, numbers: numbers) + "\n\n"
        case .picture(let picture):
            let file = "\(pictureNames)\(picture.name).svg"
            return "\(Markdown.picture(picture.caption, file: file))\n\n\(e(picture.caption))\n\n"
        case .contexts(let title, let groups):
            let parts = groups.flatMap { group in
                group.contexts.map { context in
                    """
                        \(group.name.padding(toLength: 8, withPad: " ", startingAt: 0))\(context.symbols.joined()) \
                     \(String(format: "%.2f", context.gates.last ?? 0))\n
                    """
                }
            }
            return "**\(e(title))** (the figure is the gate at the last character)\n\n\(parts.joined())\n"
        }
    }
}
