import CKernels
import Foundation
import INNCore

/// AdamW with decoupled weight decay, as PyTorch computes it.
public final class AdamW {
    /// What may change between updates.
    public struct Settings: Sendable, Equatable, BitwiseCopyable {
        public var learningRate: Double
        public var beta1: Double
        public var beta2: Double
        public var epsilon: Double
        public var weightDecay: Double
        /// Apply the decay to biases, norms, `aLog` and `skip` too (as a bare PyTorch AdamW does).
        public var decaysEverything: Bool

        public init(
            learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
            weightDecay: Double = 0.01,
            decaysEverything: Bool = false
        ) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.decaysEverything = decaysEverything
        }
    }

    private let store: ParameterStore
    /// The weights as they are updated.
    let slices: WeightSlices
    private let team: ThreadTeam
    /// First and second moments, one buffer per parameter in the store's order.
    public let firstMoments: [UnsafeMutablePointer<Float>]
    public let secondMoments: [UnsafeMutablePointer<Float>]
    /// Updates made.
    public var stepCount = 0
    /// Parts of parameters that do not learn, by the parameter's place in the store, ascending.
    private var frozen: [Int: [Range<Int>]] = [:]

    /// - Parameter slices: into how many parts the weights are cut; the norm of the gradient is summed by part.
    public init(_ store: ParameterStore, team: ThreadTeam, slices: Int = 1) {
        self.store = store
        self.team = team
        self.slices = WeightSlices(store, count: slices)
        func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
            let pointer = Workspace.allocate(count)
            pointer.update(repeating: 0, count: count)
            return pointer
        }
        firstMoments = store.parameters.map { zeros($0.count) }
        secondMoments = store.parameters.map { zeros($0.count) }
    }

    deinit {
        for moment in firstMoments + secondMoments { moment.deallocate() }
    }

    /// Lets parts of parameters be: updates change neither them nor their moments, and their gradients count nowhere.
    public func freeze(_ parts: [(parameter: Parameter, range: Range<Int>)]) {
        for (parameter, range) in parts {
            guard let index = store.parameters.firstIndex(where: { $0.name == parameter.name }) else { continue }
            frozen[index, default: []].append(range)
            frozen[index]?.sort { $0.lowerBound < $1.lowerBound }
        }
    }

    /// What is left of a piece between the frozen parts of its parameter.
    private func learning(_ piece: WeightSlices.Piece) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = piece.range.lowerBound
        for range in frozen[piece.parameter] ?? [] where range.upperBound > start {
            let end = min(range.lowerBound, piece.range.upperBound)
            if end > start { parts.append(start..<end) }
            start = range.upperBound
        }
        if start < piece.range.upperBound { parts.append(start..<piece.range.upperBound) }
        return parts
    }

    /// The global L2 norm of all gradients but those of frozen weights; NaN or infinite when any of them is.
    public func gradientNorm() -> Double {
        slices.pieces.indices.reduce(0.0) { $0 + sumOfSquares(slice: $1) }.squareRoot()
    }

    /// The part of a slice in the square of the norm.
    func sumOfSquares(slice: Int) -> Double {
        for (index, ranges) in frozen {
            for range in ranges {
                (store.parameters[index].gradient + range.lowerBound).update(repeating: 0, count: range.count)
            }
        }
        return slices.pieces[slice].reduce(0.0) { sum, piece in
            sum
                + inn_sum_squares(
                    piece.range.count, store.parameters[piece.parameter].gradient + piece.range.lowerBound)
        }
    }

    /// Makes one update from the gradients in the store, multiplied by `gradientScale`.
    public func update(_ settings: Settings, gradientScale: Double = 1) {
        update(settings, gradientScale: gradientScale, slices: slices.pieces.indices)
    }

    /// The same of some slices of the weights alone.
    func update(_ settings: Settings, gradientScale: Double, slices own: Range<Int>) {
        stepCount += 1
        let correction1 = 1 - pow(settings.beta1, Double(stepCount))
        let correction2 = 1 - pow(settings.beta2, Double(stepCount))
        let pieces = own.count == 1 ? slices.pieces[own.lowerBound] : slices.pieces[own].flatMap(\.self)
        team.run(pieces.count) { index, _ in
            let piece = pieces[index]
            let parameter = store.parameters[piece.parameter]
            let (first, second) = (firstMoments[piece.parameter], secondMoments[piece.parameter])
            var values = inn_adamw_settings(
                learningRate: Float(settings.learningRate), beta1: Float(settings.beta1), beta2: Float(settings.beta2),
                epsilon: Float(settings.epsilon),
                weightDecay: parameter.decays || settings.decaysEverything ? Float(settings.weightDecay) : 0,
                correction1: Float(correction1), correction2: Float(correction2), gradientScale: Float(gradientScale))
            // Asked first, so that a step in steady state allocates nothing.
            guard frozen[piece.parameter] != nil else {
                let start = piece.range.lowerBound
                return inn_adamw(
                    piece.range.count, parameter.values + start, parameter.gradient + start, first + start,
                    second + start, &values)
            }
            for part in learning(piece) {
                let start = part.lowerBound
                inn_adamw(
                    part.count, parameter.values + start, parameter.gradient + start, first + start, second + start,
                    &values)
            }
        }
        store.markChanged()
    }

    /// PyTorch's factor for clipping to a global norm: min(1, limit/(norm + 1e-6)).
    public static func clippingScale(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}
