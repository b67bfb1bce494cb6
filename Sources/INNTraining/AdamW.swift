import CKernels
import Foundation
import INNCore

/// AdamW with decoupled weight decay, as PyTorch computes it.
public final class AdamW {
    /// What may change between updates.
    public struct Settings: Sendable, Equatable {
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
    private let team: ThreadTeam
    /// First and second moments, one buffer per parameter in the store's order.
    public let firstMoments: [UnsafeMutablePointer<Float>]
    public let secondMoments: [UnsafeMutablePointer<Float>]
    /// Updates made.
    public var stepCount = 0
    /// Parts of parameters that do not learn, by the parameter's place in the store, ascending.
    private var frozen: [Int: [Range<Int>]] = [:]

    public init(_ store: ParameterStore, team: ThreadTeam) {
        self.store = store
        self.team = team
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

    /// What is left of a parameter between its frozen parts.
    private func learning(_ index: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        for range in frozen[index] ?? [] where range.upperBound > start {
            if range.lowerBound > start { parts.append(start..<range.lowerBound) }
            start = range.upperBound
        }
        if start < store.parameters[index].count { parts.append(start..<store.parameters[index].count) }
        return parts
    }

    /// The global L2 norm of all gradients but those of frozen weights; NaN or infinite when any of them is.
    public func gradientNorm() -> Double {
        for (index, ranges) in frozen {
            for range in ranges {
                (store.parameters[index].gradient + range.lowerBound).update(repeating: 0, count: range.count)
            }
        }
        return store.parameters.reduce(0.0) { $0 + inn_sum_squares($1.count, $1.gradient) }.squareRoot()
    }

    /// Makes one update from the gradients in the store, multiplied by `gradientScale`.
    public func update(_ settings: Settings, gradientScale: Double = 1) {
        stepCount += 1
        let correction1 = 1 - pow(settings.beta1, Double(stepCount))
        let correction2 = 1 - pow(settings.beta2, Double(stepCount))
        team.run(store.parameters.count) { index, _ in
            let parameter = store.parameters[index]
            var values = inn_adamw_settings(
                learningRate: Float(settings.learningRate), beta1: Float(settings.beta1), beta2: Float(settings.beta2),
                epsilon: Float(settings.epsilon),
                weightDecay: parameter.decays || settings.decaysEverything ? Float(settings.weightDecay) : 0,
                correction1: Float(correction1), correction2: Float(correction2), gradientScale: Float(gradientScale))
            guard frozen[index] != nil else {
                return inn_adamw(
                    parameter.count, parameter.values, parameter.gradient, firstMoments[index], secondMoments[index],
                    &values)
            }
            for part in learning(index) {
                let start = part.lowerBound
                inn_adamw(
                    part.count, parameter.values + start, parameter.gradient + start, firstMoments[index] + start,
                    secondMoments[index] + start, &values)
            }
        }
        store.markChanged()
    }

    /// PyTorch's factor for clipping to a global norm: min(1, limit/(norm + 1e-6)).
    public static func clippingScale(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}
