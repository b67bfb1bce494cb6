import Foundation
import INNKit
import INNScreens

/// The bookmarks of the network that is explored, and the shell lines that draw its views.
package struct BookmarkShelf: Sendable {
    private let store: BookmarkStore
    /// Names the network for `--network`; nil for the one that ships with the program.
    private let network: String?
    private let isBest: Bool

    /// - Parameters:
    ///   - name: as for ``OpenedModel``, whose network `model` holds.
    package init(of model: OpenedModel, named name: String?, best: Bool, in runs: URL) {
        let file = model.checkpoint.url.lastPathComponent
        store = model.folder.map { BookmarkStore($0) } ?? BookmarkStore(network: file, in: runs)
        network = name == nil ? nil : (model.folder?.url ?? model.checkpoint.url).standardizedFileURL.path
        isBest = best
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

    static func json(_ view: Viewpoint) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it is a number that JSON has not; a training's step under the cursor may be.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(view), as: UTF8.self)
    }

    /// - Throws: ``INNError`` of kind `usage` when it is no view.
    package static func view(json: String) throws -> Viewpoint {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(Viewpoint.self, from: Data(json.utf8))
        } catch {
            throw INNError(.usage, "--view is no view; C in inn-tui explore writes one.")
        }
    }

    /// The shell line that draws a view.
    func command(_ view: Viewpoint, width: Int, height: Int) throws -> String {
        var words = ["inn-tui", "snapshot", "--explore"]
        if let network { words += ["--network", Self.quoted(network)] }
        if isBest { words.append("--best") }
        return (words + ["--size", "\(width)x\(height)", "--view", Self.quoted(try Self.json(view))])
            .joined(separator: " ")
    }

    /// A word as every shell takes it, whatever is in it.
    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
