import Dispatch
import Foundation
import INNKit

/// Where the weights of a network in training come from: handed over later, on another thread, so that whoever asks
/// need not wait for the step in progress.
package struct TrainedWeights: Sendable {
    package typealias Take = @Sendable (_ weights: NetworkWeights, _ isEnd: Bool) -> Void

    let ask: @Sendable (@escaping Take) -> Void

    package init(ask: @escaping @Sendable (@escaping Take) -> Void) { self.ask = ask }

    /// The newest weights of a training, as long as anybody wants them.
    package init(_ session: TrainingSession, while isWanted: @escaping @Sendable () -> Bool) {
        let worker = DispatchQueue(label: "weights")
        ask = { take in
            worker.async {
                if let (weights, isEnd) = session.copyOfWeights(while: isWanted) { take(weights, isEnd) }
            }
        }
    }
}

/// When to ask for newer weights: while somebody looks and wants them, and never so often that training would notice.
struct FollowedWeights {
    private let source: TrainedWeights
    var isWatched = false { didSet { if isWatched, !oldValue { restUntil = nil } } }
    /// Whether newer weights are wanted, or those that there are to be kept.
    var isFollowing = true { didSet { if isFollowing, !oldValue { restUntil = nil } } }
    /// Whether training has ended: there will be no newer ones.
    private var isEnd = false
    private var isAsking = false
    private var arrival: Date?
    private var restUntil: Date?

    /// Rest after the text has been read with newer weights, as a multiple of what that took, and at least.
    private static let rest = 5.0, shortestRest = 2.0

    init(_ source: TrainedWeights) { self.source = source }

    /// When to ask; nil while there is no reason to.
    var due: Date? { isWatched && isFollowing && !isEnd && !isAsking ? restUntil ?? .distantPast : nil }

    var isDue: Bool { due.map { $0 <= Date() } ?? false }

    mutating func ask(_ take: @escaping TrainedWeights.Take) {
        isAsking = true
        source.ask(take)
    }

    /// - Parameter isUsable: whether the text can be read with them now.
    /// - Returns: whether they are to be taken.
    mutating func arrive(isEnd: Bool, isUsable: Bool) -> Bool {
        (isAsking, arrival) = (false, Date())
        guard isFollowing, isUsable else { return false }
        self.isEnd = isEnd
        return true
    }

    /// The text has been read with the weights that came last.
    mutating func rest() {
        guard let arrival else { return }
        let took = -arrival.timeIntervalSinceNow
        restUntil = Date(timeIntervalSinceNow: max(Self.shortestRest, Self.rest * took))
        self.arrival = nil
    }
}
