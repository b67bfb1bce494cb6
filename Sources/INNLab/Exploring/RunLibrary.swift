import Dispatch
import Foundation
import INNKit
import INNScreens
import Synchronization

/// Files for the screens: lists runs, reads curves, deletes and completes paths on a thread of its own, so that a slow
/// disk never holds up a key.
package final class RunLibrary: Sendable {
    private let runs: URL
    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "runs")
    /// Used on the worker only.
    private nonisolated(unsafe) let catalog: RunCatalog
    /// The bookmarks of the network that is explored; nil where none is.
    private let shelf = Mutex<BookmarkShelf?>(nil)

    package init(_ runs: URL, queue: ActionQueue) {
        self.runs = runs
        self.queue = queue
        catalog = RunCatalog(runs)
    }

    package func perform(_ command: LibraryCommand) {
        switch command {
        case .list: worker.async { self.list() }
        case .curve(let name): worker.async { self.loadCurve(name) }
        case .trash(let name): worker.async { self.trash(name) }
        case .complete(let path): worker.async { self.complete(path) }
        case .bookmarks: worker.async { self.onShelf { _ in } }
        case .keep(let bookmark): worker.async { self.onShelf("kept “\(bookmark.name)”") { try $0.keep(bookmark) } }
        case .forget(let name): worker.async { self.onShelf("deleted “\(name)”") { try $0.forget(name) } }
        case .command(let view, let width, let height):
            worker.async {
                self.onShelf { self.queue.send(.command(try $0.command(view, width: width, height: height))) }
            }
        }
    }

    /// From now on bookmarks are those of this network.
    package func open(_ shelf: BookmarkShelf?) { self.shelf.withLock { $0 = shelf } }

    /// Does something with the bookmarks, then sends them as they are.
    private func onShelf(_ done: String? = nil, _ action: (BookmarkShelf) throws -> Void) {
        guard let shelf = shelf.withLock({ $0 }) else { return }
        do {
            try action(shelf)
            queue.send(.bookmarks(try shelf.all()))
            if let done { queue.send(.message(done)) }
        } catch {
            queue.send(.message((error as? INNError)?.message ?? "\(error)"))
        }
    }

    private func list() {
        do {
            queue.send(.runs(try catalog.summaries()))
        } catch {
            queue.send(.message((error as? INNError)?.message ?? "\(error)"))
        }
    }

    private func loadCurve(_ name: String) {
        do {
            queue.send(.runCurve(name: name, reports: try RunHistory(RunFolder.open(name, in: runs)).reports()))
        } catch {
            queue.send(.runCurve(name: name, reports: []))
            queue.send(.message("\(name): \((error as? INNError)?.message ?? "\(error)")"))
        }
    }

    /// Looks up how a path may go on; `~` stands for the home folder.
    private func complete(_ typed: String) {
        let slash = typed.lastIndex(of: "/").map(typed.index(after:)) ?? typed.startIndex
        let shownFolder = String(typed[..<slash])
        let beginning = String(typed[slash...])
        let folder = URL(
            fileURLWithPath: shownFolder.isEmpty ? "." : NSString(string: shownFolder).expandingTildeInPath,
            isDirectory: true)
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasPrefix(beginning) && (!$0.hasPrefix(".") || beginning.hasPrefix(".")) }
        var common = names.first ?? beginning
        for name in names { while !name.hasPrefix(common) { common.removeLast() } }
        var isFolder: ObjCBool = false
        if names.count == 1,
            FileManager.default.fileExists(atPath: folder.appending(path: common).path, isDirectory: &isFolder),
            isFolder.boolValue
        {
            common += "/"
        }
        queue.send(.pathCompleted(typed: typed, completion: shownFolder + common, candidates: names.count))
    }

    private func trash(_ name: String) {
        do {
            let place = try RunFolder.open(name, in: runs).moveToTrash()
            queue.send(.message("\(name) is now \(place.path)"))
        } catch {
            queue.send(.message((error as? INNError)?.message ?? "\(error)"))
        }
        list()
    }
}
