import Foundation
import INNKit
import INNScreens

/// What the screens are opened on.
package enum ExplorerSubject: Sendable {
    /// A run or checkpoint whose network generates; nil is the shipped model.
    case network(String?, best: Bool)
    /// A run that is watched while another process may train it; nil is the one that was started last.
    case watched(String?)
    /// The list of runs, some of them overlaid.
    case comparison([String])
}

extension RunFolder {
    /// The run whose training was started last, be it for the first time or again.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when there is none.
    fileprivate static func newest(in runs: URL) throws -> RunFolder {
        let started = try RunSummary.all(in: runs).filter { $0.lastStartedAt != nil }
        guard let newest = started.max(by: { ($0.lastStartedAt ?? 0) < ($1.lastStartedAt ?? 0) }) else {
            throw INNError(
                .noInput, "There are no runs in '\(runs.path)' yet; start one with 'inn-tui train text8'.")
        }
        return try RunFolder.open(newest.name, in: runs)
    }
}

/// A subject with everything that the screens need of it.
package struct OpenedSubject {
    package private(set) var contents: RunContents
    package private(set) var screen = ScreenID.overview
    package private(set) var folder: URL
    package private(set) var model: OpenedModel?
    package private(set) var run: StoredRun?
    package private(set) var cursor = HistoryCursor()
    /// Where views of the network are kept.
    package private(set) var shelf: BookmarkShelf?

    /// - Throws: ``INNError`` when there is nothing to open.
    package init(_ subject: ExplorerSubject, runs: URL) throws {
        switch subject {
        case .network(let name, let best):
            let model = try OpenedModel(name, in: runs, best: best)
            run = try model.run()
            contents = try model.contents(of: run)
            (self.model, screen) = (model, .generate)
            shelf = BookmarkShelf(of: model, named: name, best: best, in: runs)
            folder = model.folder?.url ?? URL(fileURLWithPath: ".")
        case .watched(let name):
            let stored = try StoredRun(name.map { try RunFolder.open($0, in: runs) } ?? .newest(in: runs))
            contents = try stored.contents(since: &cursor)
            (run, folder) = (stored, stored.folder.url)
        case .comparison(let names):
            for name in names { _ = try RunFolder.open(name, in: runs) }
            let stored = try StoredRun(names[0], in: runs)
            contents = try stored.contents(since: &cursor)
            (run, folder, screen) = (stored, stored.folder.url, .runs)
        }
    }

    /// The view to begin with; nil for none.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when it was not kept.
    package func view(at place: GenerationStart.Place?) throws -> Viewpoint? {
        guard let shelf, let model else { return nil }
        var view =
            switch place {
            case .session: try shelf.session()
            case .bookmark(let name): try shelf.bookmark(named: name).view
            case .tour, nil: Viewpoint?.none
            }
        let shape = model.network.shape
        view?.choices.fit(
            neurons: shape.neurons, rounds: shape.rounds, heads: shape.heads, symbols: model.network.vocabularySize)
        return view
    }

    /// What the screens do first, besides showing the subject.
    ///
    /// - Throws: as ``view(at:)``.
    package func firstAction(at place: GenerationStart.Place?) throws -> Action? {
        try place == .tour ? .tour : view(at: place).map(Action.view)
    }
}
