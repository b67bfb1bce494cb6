import CKernels
import Foundation

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
            learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01,
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

    /// The global L2 norm of all gradients; NaN or infinite when any of them is.
    public func gradientNorm() -> Double {
        store.parameters.reduce(0.0) { $0 + inn_sum_squares($1.count, $1.gradient) }.squareRoot()
    }

    /// Makes one update from the gradients in the store, multiplied by `gradientScale`.
    public func update(_ settings: Settings, gradientScale: Double = 1) {
        stepCount += 1
        let correction1 = 1 - pow(settings.beta1, Double(stepCount)), correction2 = 1 - pow(settings.beta2, Double(stepCount))
        team.run(store.parameters.count) { index, _ in
            let parameter = store.parameters[index]
            var values = inn_adamw_settings(
                learningRate: Float(settings.learningRate), beta1: Float(settings.beta1), beta2: Float(settings.beta2),
                epsilon: Float(settings.epsilon),
                weightDecay: parameter.decays || settings.decaysEverything ? Float(settings.weightDecay) : 0,
                correction1: Float(correction1), correction2: Float(correction2), gradientScale: Float(gradientScale))
            inn_adamw(parameter.count, parameter.values, parameter.gradient, firstMoments[index], secondMoments[index], &values)
        }
        store.markChanged()
    }

    /// PyTorch's factor for clipping to a global norm: min(1, limit/(norm + 1e-6)).
    public static func clippingScale(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}
