import Dispatch
import Foundation
import INNKit
import INNScreens

/// The runs folder for the runs screen: lists, reads curves and deletes on a thread of its own, so that a slow disk never holds up a key.
final class RunLibrary: Sendable {
    private let runs: URL
    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "runs")

    init(_ runs: URL, queue: ActionQueue) {
        self.runs = runs
        self.queue = queue
    }

    func perform(_ effect: Effect) {
        switch effect {
        case .listRuns: worker.async { self.list() }
        case .loadRunCurve(let name): worker.async { self.loadCurve(name) }
        case .trashRun(let name): worker.async { self.trash(name) }
        default: break
        }
    }

    private func list() { queue.send(.runs(RunSummary.all(in: runs).map(RunListing.init))) }

    private func loadCurve(_ name: String) {
        do {
            queue.send(.runCurve(name: name, reports: try RunHistory(RunFolder.open(name, in: runs)).reports()))
        } catch {
            queue.send(.runCurve(name: name, reports: []))
            queue.send(.message("\(name): \((error as? INNError)?.message ?? "\(error)")"))
        }
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

extension RunListing {
    init(_ run: RunSummary) {
        let state: State = switch run.state {
        case .running: .running
        case .finished: .finished
        case .interrupted: .interrupted
        case .damaged: .damaged
        }
        self.init(
            name: run.name, state: state, model: run.description.map { "\($0.model) \($0.preset)" } ?? "", corpus: run.description?.corpus ?? "",
            parameterCount: run.description?.parameters, lastReport: run.lastReport, validBPC: run.validBPC, bestValidBPC: run.bestValidBPC,
            lastStartedAt: run.lastStartedAt, bytesOnDisk: run.bytesOnDisk, problem: run.problem)
    }
}
