import Dispatch
import Foundation
import INNKit
import INNScreens

/// Files for the screens: lists runs, reads curves, deletes and completes paths on a thread of its own, so that a slow
/// disk never holds up a key.
package final class RunLibrary: Sendable {
    private let runs: URL
    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "runs")
    /// Used on the worker only.
    private nonisolated(unsafe) let catalog: RunCatalog

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
