import INNKit

/// Writes what a network did at one character as one line of JSON.
///
/// By hand, because a general encoder takes longer for a line than the network for the character.
package struct TraceLine {
    private let alphabet: Alphabet
    private let symbols: [String]
    private let top: Int
    private var text = ""

    package init(_ alphabet: Alphabet, top: Int) {
        self.alphabet = alphabet
        self.top = top
        symbols = (0..<Int32(alphabet.vocabularySize)).map { Self.quoted(alphabet, $0) }
    }

    /// The line with its end.
    package mutating func bytes(
        position: Int, id: Int32, surprisal: Double?, _ trace: CharacterTrace, _ next: NextCharacter
    ) -> [UInt8] {
        text.removeAll(keepingCapacity: true)
        text += "{\"position\":\(position),\"character\":\(symbols[Int(id)]),\"id\":\(id),\"surprisal\":"
        text += surprisal.map { "\(Float($0))" } ?? "null"
        appendGates(trace)
        text += ",\"work\":"
        appendList(trace.work) { $0 += "\($1)" }
        text += ",\"edges\":"
        appendList((0..<trace.rounds).flatMap { trace.topEdges(round: $0, top) }) { text, edge in
            text += "{\"round\":\(edge.round + 1),\"listener\":\(edge.listener),"
            text += "\"speaker\":\(edge.speaker),\"weight\":\(edge.weight)}"
        }
        if trace.lostMass.contains(where: { $0 > 0 }) {
            text += ",\"lostMass\":"
            appendList(trace.lostMass) { $0 += "\($1)" }
        }
        appendNext(next)
        text += "}\n"
        return Array(text.utf8)
    }

    private mutating func appendGates(_ trace: CharacterTrace) {
        text += ",\"gates\":"
        appendList(0..<trace.rounds) { text, round in
            Self.append((0..<trace.neurons).map { trace.gates[round * trace.neurons + $0] }, to: &text) {
                $0 += "\($1)"
            }
        }
        text += ",\"fired\":"
        appendList(0..<trace.rounds) { text, round in
            Self.append((0..<trace.neurons).filter { trace.fires(round: round, neuron: $0) }, to: &text) {
                $0 += "\($1)"
            }
        }
    }

    /// The likeliest characters and the probability of all others, so that they sum to 1.
    private mutating func appendNext(_ next: NextCharacter) {
        let probabilities = next.probabilities
        let likeliest = next.top(top)
        let rest = probabilities.indices.reduce(0.0) {
            likeliest.contains(Int32($1)) ? $0 : $0 + Double(probabilities[$1])
        }
        text += ",\"next\":"
        let symbols = symbols
        appendList(likeliest) { $0 += "{\"character\":\(symbols[Int($1)]),\"probability\":\(probabilities[Int($1)])}" }
        text += ",\"otherProbability\":\(Float(rest))"
    }

    private mutating func appendList<Element>(
        _ elements: some Collection<Element>, _ append: (inout String, Element) -> Void
    ) {
        Self.append(elements, to: &text, append)
    }

    private static func append<Element>(
        _ elements: some Collection<Element>, to text: inout String, _ append: (inout String, Element) -> Void
    ) {
        text += "["
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            append(&text, element)
        }
        text += "]"
    }

    /// A character as a JSON string; bytes from 0x80 on, which alone are no character, as two hexadecimal digits.
    private static func quoted(_ alphabet: Alphabet, _ id: Int32) -> String {
        guard let character = alphabet.character(ofID: id) else {
            return "\"\(String(alphabet.byte(ofID: id), radix: 16, uppercase: true))\""
        }
        switch character.value {
        case 0x22: return "\"\\\"\""
        case 0x5C: return "\"\\\\\""
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
            let digits = String(character.value, radix: 16)
            return "\"\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)\""
        default: return "\"\(character)\""
        }
    }
}
