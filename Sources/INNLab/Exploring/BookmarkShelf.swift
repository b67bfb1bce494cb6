import Foundation
import INNKit
import INNScreens

/// The bookmarks of the network that is explored, and the shell lines that draw its views.
package struct BookmarkShelf: Sendable {
    private let store: BookmarkStore
    /// Names the network for `--network`; nil for the one that ships with the program.
    private let network: String?
    private let isBest: Bool
    /// Where the views of shell lines are written.
    private let exports: URL
    /// How the program was started.
    private let program: String

    /// - Parameters:
    ///   - name: as for ``OpenedModel``, whose network `model` holds.
    ///   - exports: where views are written; nil for the exports of the run, or else of the folder at hand.
    ///   - program: how it was started, for shell lines.
    package init(
        of model: OpenedModel, named name: String?, best: Bool, in runs: URL,
        exports: URL? = nil, program: String = CommandLine.arguments.first ?? "inn-tui"
    ) {
        let file = model.checkpoint.url.lastPathComponent
        store = model.folder.map { BookmarkStore($0) } ?? BookmarkStore(network: file, in: runs)
        network = name == nil ? nil : (model.folder?.url ?? model.checkpoint.url).standardizedFileURL.path
        isBest = best
        self.exports = exports ?? (model.folder?.url ?? URL(fileURLWithPath: ".")).appending(path: "exports")
        self.program = program
    }

    /// - Throws: ``INNError`` when they cannot be read.
    package func all() throws -> [Bookmark] { try store.all().compactMap(Self.bookmark) }

    /// - Throws: ``INNError`` of kind `noInput` when there is none of that name.
    package func bookmark(named name: String) throws -> Bookmark {
        let all = try all()
        if let found = all.first(where: { $0.name == name }) { return found }
        let names = DistinctNames.onTerminal.forms(of: all.map(\.name)).joined(separator: ", ")
        throw INNError(
            .noInput,
            "There is no bookmark '\(name.shortened)' of this network; "
                + (all.isEmpty ? "B in inn-tui explore keeps one." : "choose one of: \(names)."))
    }

    /// The view that the explorer was left at last.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none.
    package func session() throws -> Viewpoint {
        guard let stored = try store.session().flatMap(Self.bookmark) else {
            throw INNError(.noInput, "This network was not explored yet; leave out --continue.")
        }
        return stored.view
    }

    func keep(_ bookmark: Bookmark) throws {
        try store.keep(try Self.stored(bookmark.view, name: bookmark.name, step: bookmark.step))
    }

    func forget(_ name: String) throws { try store.forget(name) }

    /// - Throws: ``INNError`` when it cannot be written.
    package func keepSession(_ view: Viewpoint) throws {
        try store.keepSession(try Self.stored(view, name: "", step: 0))
    }

    // MARK: JSON

    private static func stored(_ view: Viewpoint, name: String, step: Int) throws -> StoredBookmark {
        StoredBookmark(name: name, keptAt: Date().timeIntervalSince1970, step: step, view: try json(view))
    }

    private static func bookmark(_ stored: StoredBookmark) -> Bookmark? {
        guard let view = try? view(json: stored.view) else { return nil }
        let time = DateFormatter()
        time.locale = Locale(identifier: "en_US_POSIX")
        time.dateFormat = "yyyy-MM-dd HH:mm"
        return Bookmark(
            name: stored.name, when: time.string(from: Date(timeIntervalSince1970: stored.keptAt)), step: stored.step,
            view: view)
    }

    /// Bytes; a view of the longest text is a small part of it.
    private static let longestView = 1 << 22

    /// The view that a text describes, or the file that it names.
    ///
    /// - Throws: ``INNError`` of kind `usage` when it is no view, `noInput` when there is no such file.
    package static func view(_ text: String) throws -> Viewpoint {
        if text.drop(while: \.isWhitespace).first == "{" { return try view(json: text) }
        guard FileManager.default.fileExists(atPath: text) else {
            throw INNError(.noInput, "There is no view '\(text.shortened)'; C in inn-tui explore writes one.")
        }
        return try view(json: String(decoding: SmallFile.bytes(of: text, upTo: longestView), as: UTF8.self))
    }

    static func json(_ view: Viewpoint) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it is a number that JSON has not; a training's step under the cursor may be.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(view), as: UTF8.self)
    }

    /// - Throws: ``INNError`` of kind `usage` when it is no view.
    static func view(json: String) throws -> Viewpoint {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(Viewpoint.self, from: Data(json.utf8))
        } catch {
            throw INNError(.usage, "--view is no view; C in inn-tui explore writes one.")
        }
    }

    /// The shell line that draws a view: that of a bookmark where it is one, otherwise that of a file that is written
    /// for it.
    ///
    /// - Throws: ``INNError``, or the system's error, when bookmarks cannot be read or the file not be written.
    func command(_ view: Viewpoint, width: Int, height: Int) throws -> String {
        var words = [program, "snapshot", "--explore"]
        if let network { words += ["--network", network] }
        if isBest { words.append("--best") }
        words += ["--size", "\(width)x\(height)"]
        if let kept = try all().first(where: { $0.view == view }) {
            words += ["--bookmark", kept.name]
        } else {
            let file = try ExportedView.write(Self.json(view) + "\n", named: "view.json", into: exports)
            words += ["--view", Self.shortest(file)]
        }
        return words.map(Self.quoted).joined(separator: " ")
    }

    /// As one would type it: from the folder that the program was started in where it lies in that.
    private static func shortest(_ file: URL) -> String {
        let here = FileManager.default.currentDirectoryPath + "/"
        let path = file.standardizedFileURL.path
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }

    /// A word as every shell takes it, whatever is in it.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+:,@%".contains($0)) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
