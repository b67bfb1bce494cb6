import INNKit

/// How fast a network reads one character after the other with and without interventions, measured in turns so that
/// whatever else the machine does meets both alike.
struct SpeedComparison {
    /// Medians over the blocks.
    let charactersPerSecond: Double, referenceCharactersPerSecond: Double
    /// Median over the pairs of neighbouring blocks of how many times faster it is than the reference.
    let speedUp: Double

    private static let blockLength = 64, minimumBlocks = 5

    /// - Parameters:
    ///   - reference: and `changed`: what is changed in the network.
    ///   - ids: a text of at least one character, read again and again.
    ///   - seconds: for both together.
    init(
        _ network: any LanguageModel, reference: InterventionSet, changed: InterventionSet, ids: [Int32],
        seconds: Double
    ) throws {
        let first = Reader(network, ids)
        let second = Reader(network, ids)
        try first.generator.intervene(reference)
        try second.generator.intervene(changed)
        _ = (first.time(Self.blockLength), second.time(Self.blockLength))
        var pairs: [(reference: Double, changed: Double)] = []
        var spent = 0.0
        while pairs.count < Self.minimumBlocks || spent < seconds {
            let pair = (reference: first.time(Self.blockLength), changed: second.time(Self.blockLength))
            spent += pair.reference + pair.changed
            pairs.append(pair)
        }
        self.init(pairs: pairs)
    }

    /// - Parameter pairs: seconds that neighbouring blocks of the reference and of the changed network took.
    init(pairs: [(reference: Double, changed: Double)]) {
        charactersPerSecond = Double(Self.blockLength) / Self.median(pairs.map(\.changed))
        referenceCharactersPerSecond = Double(Self.blockLength) / Self.median(pairs.map(\.reference))
        speedUp = Self.median(pairs.map { $0.reference / $0.changed })
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// Reads a text in pieces.
private final class Reader {
    let generator: TextGenerator
    private let ids: [Int32]
    private var place = 0

    init(_ network: any LanguageModel, _ ids: [Int32]) {
        generator = TextGenerator(network)
        self.ids = ids
    }

    /// Seconds that the next characters take.
    func time(_ count: Int) -> Double {
        let piece = (0..<count).map { ids[(place + $0) % ids.count] }
        place += count
        let start = ContinuousClock.now
        generator.read(piece)
        let elapsed = start.duration(to: .now).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
}
