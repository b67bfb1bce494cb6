/// A named size, of every family: `tiny`, `small` and `base` have the number of parameters of the INN of that name,
/// whatever the family, so that families can be compared; `paper` is the paper's own size of each.
public enum ModelPreset: String, CaseIterable, Sendable {
    case tiny, small, base, paper
    case paperConv = "paper-conv"

    /// - Throws: ``INNError`` listing the known names.
    public init(named name: String, of family: ModelFamily) throws {
        let known = Self.allCases.filter { family == .inn || $0 != .paperConv }
        guard let preset = known.first(where: { $0.rawValue == name }) else {
            throw INNError(
                .usage,
                """
                There is no preset “\(name)” of \(family.rawValue); choose one of \
                \(known.map(\.rawValue).joined(separator: ", ")).
                """
            )
        }
        self = preset
    }

    /// Whether it is one of the paper's own sizes, which the paper's way of training goes with.
    public var isPaper: Bool { self == .paper || self == .paperConv }

    /// The preset of a family; for `paper-conv`, which only the INN has, other families give `paper`.
    public func configuration(of family: ModelFamily) throws -> ModelConfiguration {
        let inn = inn.configuration
        let template: any FamilyConfiguration
        switch family {
        case .inn: return .inn(inn)
        case .lstm:
            template =
                isPaper
                ? LSTMConfiguration(embeddingWidth: 128, hidden: 512, layers: 3, dropout: 0.1)
                : LSTMConfiguration(hidden: 1, layers: 2, carryState: true)
        case .transformer:
            template =
                isPaper
                ? TransformerConfiguration(
                    dModel: 256, layers: 6, heads: 8, feedForward: 1024, contextLength: 256, activation: .relu,
                    normFirst: false, finalNorm: false, dropout: 0.1)
                : TransformerConfiguration(dModel: 4, layers: layers)
        case .mamba:
            template =
                isPaper
                ? MambaConfiguration(dModel: 256, layers: 6, dropout: 0.1)
                : MambaConfiguration(dModel: 1, layers: layers, stateSize: inn.stateSize, carryState: true)
        }
        return isPaper ? template.asModel : try template.asModel.fitted(to: inn.parameterCount)
    }

    private var inn: INNPreset {
        switch self {
        case .tiny: .tiny
        case .small: .small
        case .base: .base
        case .paper: .paper
        case .paperConv: .paperConv
        }
    }

    private var layers: Int {
        switch self {
        case .tiny: 2
        case .small: 3
        case .base, .paper, .paperConv: 6
        }
    }
}
