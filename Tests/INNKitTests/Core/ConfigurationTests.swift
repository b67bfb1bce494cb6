import Foundation
import Testing

@testable import INNAnalysis
@testable import INNCore

/// What a configuration refuses, and what the presets amount to.
@Suite struct Configurations {
    struct Refused: Sendable, CustomTestStringConvertible {
        let option: String
        let change: @Sendable (inout INNConfiguration) -> Void
        var testDescription: String { option }
    }

    @Test(arguments: [
        Refused(option: "--neurons") { $0.neurons = 0 }, Refused(option: "--neurons") { $0.neurons = 5000 },
        Refused(option: "--width") { $0.dModel = -8 }, Refused(option: "--width") { $0.dModel = 9000 },
        Refused(option: "--rounds") { $0.rounds = 0 }, Refused(option: "--rounds") { $0.rounds = 257 },
        Refused(option: "--heads") { $0.heads = 0 }, Refused(option: "--heads") { $0.heads = 4 },
        Refused(option: "--state-size") { $0.stateSize = 0 }, Refused(option: "--state-size") { $0.stateSize = 65 },
        Refused(option: "--conv-kernel") { $0.convKernel = 0 }, Refused(option: "--conv-kernel") { $0.convKernel = 17 },
        Refused(option: "--expand") { $0.expand = 0 }, Refused(option: "--expand") { $0.expand = 17 },
        Refused(option: "--dt-rank") { $0.dtRank = .fixed(0) },
        Refused(option: "--dt-rank") { $0.dtRank = .fixed(.min) },
        Refused(option: "--dt-rank") { $0.dtRank = .fixed(8193) },
        Refused(option: "--dt-rank") { $0.dtRank = .fixed(.max) },
        Refused(option: "--vocabulary") { $0.vocabularySize = 0 },
        Refused(option: "--dropout") { $0.dropout = 1 }, Refused(option: "--dropout") { $0.dropout = -0.1 },
        Refused(option: "--dropout") { $0.dropout = .nan },
        Refused(option: "--score-scale") { $0.scoreScale = -1 },
        Refused(option: "--score-scale") { $0.scoreScale = .nan },
        Refused(option: "--score-scale") { ($0.scoreScale, $0.routing) = (0.1, .uniform) },
        Refused(option: "--gate-target") { $0.gateTarget = 0 }, Refused(option: "--gate-target") { $0.gateTarget = 1 },
        Refused(option: "--gate-target") { $0.gateTarget = .nan },
        Refused(option: "--gate-target") { ($0.gateTarget, $0.gate) = (0.5, .off) },
        Refused(option: "--top-k") { $0.topK = 0 }, Refused(option: "--top-k") { $0.topK = 4 },
        Refused(option: "--top-k") { ($0.topK, $0.routing) = (2, .uniform) },
        Refused(option: "--top-k") { ($0.neurons, $0.groups, $0.topK) = (6, 3, 4) },
        Refused(option: "--top-k-search") { $0.topKSearch = .exact },
        Refused(option: "--top-k-search") { ($0.topK, $0.topKSearch) = (2, .approximate) },
        Refused(option: "--top-k-search") {
            ($0.neurons, $0.topK, $0.topKSearch, $0.sharing) = (64, 2, .approximate, .all)
        },
        Refused(option: "--top-k-search") {
            ($0.neurons, $0.topK, $0.topKSearch, $0.groups) = (64, 2, .approximate, 2)
        },
        Refused(option: "--groups") { $0.groups = 1 }, Refused(option: "--groups") { $0.groups = 3 },
        Refused(option: "--groups") { ($0.neurons, $0.groups) = (8, 3) },
        Refused(option: "--groups") { ($0.neurons, $0.groups, $0.routing) = (8, 2, .static) },
        Refused(option: "--inputs") { $0.inputs = 0 }, Refused(option: "--inputs") { $0.inputs = 4 },
        Refused(option: "--inputs") { $0.inputs = .min }, Refused(option: "--outputs") { $0.outputs = 0 },
        Refused(option: "--outputs") { $0.outputs = 4 }, Refused(option: "--outputs") { $0.outputs = .max },
        Refused(option: "--routing") { ($0.inputs, $0.outputs, $0.routing) = (2, 1, .off) },
    ])
    func impossibleOptionsAreNamed(_ refused: Refused) {
        let error = #expect(throws: INNError.self) { try INNConfiguration.odd.with(refused.change).validate() }
        #expect(error?.kind == .usage)
        #expect(error?.message.contains(refused.option) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasSuffix(".") == true)
        #expect(throws: INNError.self) {
            _ = try IntelligentNeuralNetwork(INNConfiguration.odd.with(refused.change), seed: 1)
        }
    }

    @Test(arguments: NamedConfiguration.all)
    func possibleOptionsPass(_ named: NamedConfiguration) throws { try named.configuration.validate() }

    @Test(arguments: NamedConfiguration.all)
    func filesKeepEveryOption(_ named: NamedConfiguration) throws {
        let model = ModelConfiguration.inn(named.configuration)
        let copy = try JSONDecoder().decode(ModelConfiguration.self, from: JSONEncoder().encode(model))
        #expect(copy == model)
    }

    /// Looking for a divisor of such a width would take years.
    @Test func hugeWidthsAreRefusedAtOnce() {
        let error = #expect(throws: INNError.self) {
            try INNConfiguration.odd.with { ($0.dModel, $0.heads) = (9_007_199_254_740_993, 4) }.validate()
        }
        #expect(error?.message.contains("--width") == true)
    }

    @Test func headsErrorSuggestsADivisor() {
        let error = #expect(throws: INNError.self) { try INNConfiguration.odd.with { $0.heads = 4 }.validate() }
        #expect(error?.message.contains("15") == true)
        #expect(error?.message.contains(" 3.") == true || error?.message.contains(" 5.") == true)
    }

    @Test(arguments: INNPreset.allCases)
    func presetsAreValidAndKnownByName(_ preset: INNPreset) throws {
        try preset.configuration.validate()
        #expect(try INNPreset(named: preset.rawValue) == preset)
        let copy = try JSONDecoder().decode(INNConfiguration.self, from: JSONEncoder().encode(preset.configuration))
        #expect(copy == preset.configuration)
    }

    /// Runs and checkpoints from before the option existed go on.
    @Test func whatAnOldConfigurationDoesNotNameIsMambas() throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(INNConfiguration.odd)) as? [String: Any])
        for name in ["memory", "dtRank", "inputs", "outputs", "senses"] { object[name] = nil }
        #expect(
            try JSONDecoder().decode(INNConfiguration.self, from: JSONSerialization.data(withJSONObject: object))
                == .odd)
    }

    @Test func unknownPresetListsTheKnown() {
        let error = #expect(throws: INNError.self) { _ = try INNPreset(named: "huge") }
        #expect(error?.message.contains("huge") == true)
        for preset in INNPreset.allCases { #expect(error?.message.contains(preset.rawValue) == true) }
    }

    @Test func paperHasTheNumberInTheAuthorsLog() throws {
        #expect(try IntelligentNeuralNetwork(INNPreset.paper.configuration, seed: 1).parameterCount == 4_219_163)
    }

    @Test func smallHasAboutAMillionParameters() throws {
        let count = try IntelligentNeuralNetwork(INNPreset.small.configuration, seed: 1).parameterCount
        #expect((1_070_000...1_090_000).contains(count), "\(count)")
    }

    @Test(arguments: NamedConfiguration.all)
    func whatDecayLeavesOut(_ named: NamedConfiguration) throws {
        let model = try IntelligentNeuralNetwork(named.configuration, seed: 1)
        for parameter in model.parameters.parameters {
            let last = parameter.name.split(separator: ".").last!
            let isExcluded =
                last.hasSuffix("Bias") || last == "bias" || parameter.name.contains("orm.")
                || ["aLog", "skip", "staticScores", "temperature"].contains(last)
            #expect(parameter.decays == !isExcluded, "\(parameter.name)")
        }
    }

    @Test func optionsDecideWhichParametersExist() throws {
        func names(_ change: (inout INNConfiguration) -> Void) throws -> [String: Shape] {
            let model = try IntelligentNeuralNetwork(INNConfiguration.odd.with(change), seed: 1)
            return Dictionary(uniqueKeysWithValues: model.parameters.parameters.map { ($0.name, $0.shape) })
        }
        let own = try names { _ in }
        let conv = try names { $0.sharing = .conv }
        let all = try names { $0.sharing = .all }
        #expect(
            own["rounds.0.memory.inProjection"] == [3, 60, 15] && conv["rounds.0.memory.inProjection"] == [1, 60, 15])
        #expect(conv["rounds.0.memory.convWeight"] == [3, 30, 3] && all["rounds.0.memory.convWeight"] == [1, 30, 3])
        #expect(own["rounds.1.routing.gateWeight"] == [3, 15] && conv["rounds.1.routing.gateWeight"] == [1, 15])
        let gateless = try names { $0.gate = .off }
        let fixed = try names { $0.routing = .static }
        let uniform = try names { $0.routing = .uniform }
        let silent = try names { $0.routing = .off }
        #expect(gateless["rounds.0.routing.gateWeight"] == nil)
        #expect(fixed["rounds.0.routing.staticScores"] == [3, 3, 3])
        #expect(uniform["rounds.0.routing.inProjection"] == [15, 15])
        #expect(!silent.keys.contains { $0.contains("routing") })
    }

    @Test func initialisationFollowsMamba() throws {
        let model = try IntelligentNeuralNetwork(INNPreset.tiny.configuration, seed: 3)
        let p = model.memories[0].parameters
        for (index, value) in p.aLog.doubles.enumerated() { #expect(abs(exp(value) - Double(index % 8 + 1)) < 1e-5) }
        #expect(p.skip.array.allSatisfy { $0 == 1 })
        #expect(p.deltaBias.doubles.allSatisfy { (0.9999e-3...0.10001).contains(slowSoftplus($0)) })
        #expect(p.inProjection.array.allSatisfy { abs($0) <= 1 / Float(32).squareRoot() })
    }

    @Test func loadingRefusesUnknownNamesAndWrongSizes() throws {
        let store = try IntelligentNeuralNetwork(.odd, seed: 1).parameters
        let version = store.version
        #expect(throws: INNError.self) { try store.load("nothing", [1]) }
        let error = #expect(throws: INNError.self) { try store.load("readout.bias", [1, 2]) }
        #expect(error?.message.contains("readout.bias") == true && error?.kind == .data)
        #expect(store.version == version)
        try store.load("readout.bias", [Float](repeating: 2, count: 11))
        #expect(store.version != version && store["readout.bias"]?.array.first == 2)
    }
}
