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
        let pass = try CausalPass(
            network, windows, changes, classes: SymbolClasses(alphabet), seed: 1, progress: progress)
        baselineBPC = pass.bitsPerCharacter
        neurons = pass.neurons()
        tuning = pass.tuning()
    }
}

/// Causal tuning for people, as CSV and as JSON.
package typealias CausalReport = MeasurementReport<CausalMeasurement>

extension MeasurementReport where Measurement == CausalMeasurement {
    package func output(_ form: MeasurementForm) throws -> String {
        switch form {
        case .json: try json()
        case .csv: csv()
        case .text: text()
        }
    }

    func json() throws -> String { try JSONText.pretty(self) + "\n" }

    func text() -> String {
        let head =
            """
            \(subject.phrase), \(measurement.tuning.characters.grouped) characters, memory carried: \
            \(String(format: "%.4f", measurement.baselineBPC)) BPC.
            """
        return ([head, ""] + CausalText(measurement.tuning, measurement.neurons).lines).joined(separator: "\n") + "\n"
    }

    /// One line per neuron and category.
    func csv() -> String {
        let tuning = measurement.tuning
        var lines = ["neuron,kind,category,characters,deltaBPC,low,high,isLabel"]
        for neuron in tuning.neurons {
            for (index, category) in tuning.categories.enumerated() {
                guard let cost = neuron.costs[index] else { continue }
                let name = "\"" + category.name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
                lines.append(
                    "\(neuron.neuron),\(category.kind.rawValue),\(name),\(tuning.counts[index]),\(cost.mean),"
                        + "\(cost.low),\(cost.high),\(neuron.label?.category == category)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
