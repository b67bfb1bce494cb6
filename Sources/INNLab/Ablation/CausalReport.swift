import Foundation
import INNKit

/// What every neuron of a network is for, over one text: the measurement of `ablate --tuning`.
package struct CausalMeasurement: Encodable {
    package let baselineBPC: Double
    package let neurons: [CausalAnalysis.Neuron]
    package let tuning: CausalTuning

    /// - Parameter progress: told the share that is done before each window.
    /// - Throws: ``INNError`` for a network of one neuron, which cannot be lesioned.
    package init(
        _ network: IntelligentNeuralNetwork, _ windows: ValidationWindows, alphabet: Alphabet,
        progress: (Double) -> Void
    ) throws {
        guard network.shape.neurons > 1 else {
            throw INNError(.usage, "This network has one neuron: without it nothing is left to compare with.")
        }
        var changes = CausalPass.Changes()
        changes.neurons = Array(0..<network.shape.neurons)
        let classes = SymbolClasses(alphabet)
        // The control reads less text, with three networks.
        let control = Double(3 * min(windows.characters, CausalPass.mostControlCharacters))
        let own = Double(windows.characters) / (Double(windows.characters) + control)
        let pass = try CausalPass(network, windows, changes, classes: classes, seed: 1) { progress(own * $0) }
        baselineBPC = pass.bitsPerCharacter
        neurons = pass.neurons()
        var tuning = pass.tuning()
        tuning.control = try CausalPass.control(
            GateMatch(network, windows, team: ThreadTeam()), seeds: AnalysisRun.controlSeeds(1), windows,
            classes: classes
        ) { progress(own + (1 - own) * $0) }
        self.tuning = tuning
    }
}

/// Causal tuning for people, as CSV and as JSON.
package typealias CausalReport = MeasurementReport<CausalMeasurement>

extension MeasurementReport where Measurement == CausalMeasurement {
    package func output(_ form: MeasurementForm) throws -> String { try form.output(self, csv: csv, text: text) }

    func text() -> String {
        let head =
            """
            \(subject.phrase), \(measurement.tuning.characters.grouped) characters, memory carried: \
            \(String(format: "%.4f", measurement.baselineBPC)) \(subject.unit.worded("BPC")).
            """
        return ([head, ""] + CausalText(measurement.tuning, measurement.neurons).lines).joined(separator: "\n") + "\n"
    }

    /// One line per neuron and category.
    func csv() -> String {
        let tuning = measurement.tuning
        var lines = ["neuron,kind,category,characters,deltaBPC,low,high,isLabel,isClaimed"]
        for neuron in tuning.neurons {
            for (index, category) in tuning.categories.enumerated() {
                guard let cost = neuron.costs[index] else { continue }
                let name = "\"" + category.name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
                lines.append(
                    "\(neuron.neuron),\(category.kind.rawValue),\(name),\(tuning.counts[index]),\(cost.mean),"
                        + "\(cost.low),\(cost.high),\(neuron.label?.category == category),"
                        + "\(neuron.label.map { $0.category == category && tuning.claims($0) } ?? false)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
