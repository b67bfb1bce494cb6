/// A changed network and its baseline, each going on by itself with the same random numbers: how far they drift apart.
///
/// Until they part both have read the same text, so that their next-character distributions can be compared; afterwards
/// only the texts can. Made by ``TwinGenerator/freeRun()``, which it leaves as it was. Used by one thread.
public final class FreeRun {
    /// What each network wrote so far; equally long.
    public private(set) var baseline: [Int32] = [], changed: [Int32] = []
    /// KL(p‖p′) in bits of each character before it was drawn, p being the baseline's; ends with the character at which
    /// they part.
    public private(set) var divergences: [Double] = []
    /// Index of the first character that differs; nil while the texts are the same.
    public private(set) var parting: Int?

    private let baselineGenerator: TextGenerator
    private let changedGenerator: TextGenerator
    private let options: SamplingOptions
    private let seed: UInt64

    /// - Parameters:
    ///   - baseline, changed: where each network starts; both must have read the same text.
    ///   - interventions: in force in the changed network.
    package init(
        _ model: any LanguageModel, baseline: TextGenerator, changed: TextGenerator,
        interventions: CompiledInterventions?,
        options: SamplingOptions, seed: UInt64
    ) {
        baselineGenerator = TextGenerator(model)
        changedGenerator = TextGenerator(model)
        baselineGenerator.take(over: baseline)
        changedGenerator.take(over: changed)
        changedGenerator.hold(interventions)
        self.options = options
        self.seed = seed
    }

    /// Lets both write `count` characters more.
    public func advance(_ count: Int = 1) {
        for _ in 0..<max(0, count) {
            if parting == nil {
                divergences.append(
                    NextCharacter(logits: baselineGenerator.logits).divergence(
                        from: NextCharacter(logits: changedGenerator.logits)))
            }
            let ids = (baselineGenerator.draw(options, seed: seed), changedGenerator.draw(options, seed: seed))
            if ids.0 != ids.1, parting == nil { parting = baseline.count }
            baseline.append(ids.0)
            changed.append(ids.1)
            baselineGenerator.read([ids.0])
            changedGenerator.read([ids.1])
        }
    }
}
