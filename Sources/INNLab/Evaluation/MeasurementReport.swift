import INNKit

/// A measurement with the network and the text that it is of; in JSON one object with the fields of both.
package struct MeasurementReport<Measurement: Encodable>: Encodable {
    package struct Subject: Encodable {
        /// File name of the checkpoint, and optimizer updates that it had seen.
        package let checkpoint: String, step: Int
        package let corpus, split: String
        /// What losses are counted per.
        package let unit: TextUnit
    }

    package let subject: Subject
    package let measurement: Measurement

    package init(_ measurement: Measurement, of checkpoint: Checkpoint, on text: Corpus, _ split: TextSplit) {
        self.measurement = measurement
        subject = Subject(
            checkpoint: checkpoint.url.lastPathComponent, step: checkpoint.state.step, corpus: text.summary,
            split: split.rawValue, unit: text.alphabet.unit)
    }

    package func encode(to encoder: any Encoder) throws {
        try subject.encode(to: encoder)
        try measurement.encode(to: encoder)
    }
}

extension MeasurementReport.Subject {
    /// The beginning of every text about a measurement.
    var phrase: String { "\(checkpoint), step \(step), on \(corpus), \(split) split" }
}

/// The ways in which a measurement is printed.
package enum MeasurementForm {
    case json, csv, text

    /// A report in this form.
    func output(_ report: some Encodable, csv: () -> String, text: () -> String) throws -> String {
        switch self {
        case .json: try JSONText.pretty(report) + "\n"
        case .csv: csv()
        case .text: text()
        }
    }
}
