import Foundation

/// Values as JSON text: keys in order, numbers that are not finite as the strings "nan", "inf" and "-inf".
package enum JSONText {
    /// On one line.
    package static func line(_ value: some Encodable) throws -> String { try text(value, []) }

    /// On many lines, for people.
    package static func pretty(_ value: some Encodable) throws -> String { try text(value, .prettyPrinted) }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        String(decoding: try encoder(formatting).encode(value), as: UTF8.self)
    }

    package static func encoder(_ formatting: JSONEncoder.OutputFormatting) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}
