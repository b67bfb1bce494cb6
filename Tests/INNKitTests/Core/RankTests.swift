import Foundation
import Testing

@testable import INNCore

/// The rank of delta's projection as an option: what it is called, and what follows it.
@Suite struct Ranks {
    private static let families: [ModelConfiguration] = [
        .inn(.odd), .inn(.odd.with { $0.sharing = .conv }), .mamba(MambaConfiguration(dModel: 15, layers: 2)),
    ]

    private func ranked(_ model: ModelConfiguration, _ rank: RankChoice) -> ModelConfiguration {
        switch model {
        case .inn(let c): return .inn(c.with { $0.dtRank = rank })
        case .mamba(var c):
            c.dtRank = rank
            return .mamba(c)
        default: return model
        }
    }

    @Test func isANumberOrFollowsFromTheWidth() {
        #expect([1, 16, 17, 32, 33, 256].map(RankChoice.auto.rank) == [1, 1, 2, 2, 3, 16])
        #expect(RankChoice.fixed(5).rank(dModel: 256) == 5)
        #expect(RankChoice(rank: 2, dModel: 17) == .auto && RankChoice(rank: 1, dModel: 17) == .fixed(1))
        #expect(RankChoice(argument: "auto") == .auto && RankChoice(argument: "12") == .fixed(12))
        #expect(RankChoice(argument: "-3") == .fixed(-3))
        for text in ["", "Auto", "1.5", "1e3", "99999999999999999999"] { #expect(RankChoice(argument: text) == nil) }
    }

    @Test(arguments: [(RankChoice.auto, "[\"auto\"]"), (.fixed(3), "[3]")])
    func isWrittenAsItIsTyped(_ rank: RankChoice, _ json: String) throws {
        #expect(String(decoding: try JSONEncoder().encode([rank]), as: UTF8.self) == json)
        #expect(try JSONDecoder().decode([RankChoice].self, from: Data(json.utf8)) == [rank])
    }

    @Test(arguments: families)
    func decidesShapesAndCounts(_ model: ModelConfiguration) throws {
        for rank in [RankChoice.auto, .fixed(1), .fixed(2), .fixed(40)] {
            let configuration = ranked(model, rank)
            let network = try configuration.makeModel(seed: 1)
            #expect(network.parameterCount == configuration.parameterCount)
            let projections = network.parameters.parameters.filter { $0.name.hasSuffix("deltaProjection") }
            #expect(projections.count == 2)
            #expect(projections.allSatisfy { $0.shape.array.suffix(2) == [30, rank.rank(dModel: 15)] })
        }
        // The same number in other words has the same bits.
        let values = try [RankChoice.auto, .fixed(1)].map { rank in
            let network = try ranked(model, rank).makeModel(seed: 1)
            return network.parameters.parameters.map(\.array)
        }
        #expect(values[0] == values[1])
    }

    @Test(arguments: families)
    func workAndMemoryFollow(_ model: ModelConfiguration) {
        func work(_ rank: RankChoice) -> ModelWork {
            switch ranked(model, rank) {
            case .inn(let c): ModelWork.training(c)
            case .mamba(let c): ModelWork.training(c)
            default: fatalError("no rank")
            }
        }
        func floats(_ rank: RankChoice) -> Double {
            ModelMemory(ranked(model, rank), batchSize: 2, steps: 16, isTraining: true).bytes
        }
        #expect(work(.auto).matrixFlops == work(.fixed(1)).matrixFlops)
        // Forward and backward: three times two operations for each of two products per channel and rank.
        let blocks: Double = if case .inn(let c) = model { Double(c.rounds * c.neurons) } else { 2 }
        #expect(work(.fixed(11)).matrixFlops - work(.fixed(1)).matrixFlops == 10 * 2 * 6 * 30 * blocks)
        #expect(work(.fixed(11)).exponentials == work(.auto).exponentials)
        #expect(floats(.auto) == floats(.fixed(1)) && floats(.fixed(11)) > floats(.auto))
    }

    /// The width is chosen for the rank that was given, not for the one that it would have by itself.
    @Test(arguments: families, [200_000, 4_200_000])
    func budgetsAreMetWithTheGivenRank(_ model: ModelConfiguration, _ budget: Int) throws {
        let auto = try model.fitted(to: budget)
        let fitted = try ranked(model, .fixed(64)).fitted(to: budget)
        #expect(ranked(fitted, .fixed(64)) == fitted && fitted.options.width < auto.options.width)
        #expect(abs(Double(fitted.parameterCount) / Double(budget) - 1) < 0.1)
        for change in [-1, 1] {
            var other = fitted.options
            other.width += change * other.widthStep
            #expect(abs(other.parameterCount - budget) >= abs(fitted.parameterCount - budget))
        }
    }

    /// What stands in for the memory has as many parameters as the memory would have with that rank.
    @Test func theMapWithoutMemoryFollows() {
        let small = INNConfiguration.odd.with { ($0.memory, $0.dtRank) = (.none, .fixed(1)) }
        let large = small.with { $0.dtRank = .fixed(40) }
        #expect(large.hiddenWidth > small.hiddenWidth)
        let difference = INNConfiguration.odd.with { $0.dtRank = .fixed(40) }.parameterCount - large.parameterCount
        #expect(abs(difference) <= 3 * (3 * 15 + 2) * 2)
    }
}
