import INNKit

/// The networks on which gates and routing are compared, and how long they are trained.
package struct CommunicationScale: Sendable {
    /// A network, by the options of `train` that make it.
    struct Size: Sendable {
        /// Part of file names, such as `8x32`.
        let name: String
        /// Such as `8 neurons × 32`.
        let label: String
        let options: [String]
        let learningRate: Double
    }

    /// Networks whose gates are compared, and whose routing is.
    let gates: [Size], routing: [Size]
    /// The network that has something to recall.
    var recall: Size { Self.recall }
    /// Updates of its runs: what there is to learn comes late.
    var recallSteps: Int { 3 * steps }
    /// Updates of every run.
    var steps: Int
    /// Rates at which gates are held.
    let targets: [Double]
    /// Characters that a network is analysed over, and over which its neurons are removed.
    let analysed: (characters: Int, effects: Int)

    private static func size(_ neurons: Int, _ width: Int, _ learningRate: Double = 8e-3) -> Size {
        Size(
            name: "\(neurons)x\(width)", label: "\(neurons) neurons × \(width)",
            options: ["--preset", "tiny", "--neurons", "\(neurons)", "--width", "\(width)"], learningRate: learningRate)
    }

    /// Of which the first two receive the character and the last two are read.
    private static func withRoles(_ size: Size) -> Size {
        Size(
            name: size.name + "-roles", label: size.label + ", 2 inputs, 2 outputs",
            options: size.options + ["--inputs", "2", "--outputs", "2"], learningRate: size.learningRate)
    }

    /// Each of eight neurons receives the letters of one group; the ninth receives the questions and is read.
    private static let recall = Size(
        name: "recall", label: "9 neurons × 16 on the text recall",
        options: [
            "--preset", "tiny", "--neurons", "9", "--width", "16", "--outputs", "1", "--senses",
        ] + RecallCorpus.senses, learningRate: 5e-3)

    private static let small = Size(
        name: "small", label: "small: 16 neurons × 64", options: ["--preset", "small"], learningRate: 4e-3)

    static let smoke = CommunicationScale(
        gates: [size(4, 16)], routing: [size(4, 16), withRoles(size(4, 16))], steps: 60, targets: [0.1],
        analysed: (4_096, 2_048))
    static let laptop = CommunicationScale(
        gates: [size(8, 32), small], routing: [size(8, 32), withRoles(size(8, 32)), size(32, 16), size(64, 16)],
        steps: 1_500,
        targets: [0.3, 0.1, 0.05, 0.03], analysed: (65_536, 16_384))
    static let desktop = CommunicationScale(
        gates: [small], routing: [small, withRoles(small), size(32, 32)], steps: 9_766,
        targets: [0.3, 0.1, 0.05, 0.03], analysed: (131_072, 32_768))
    static let paper = CommunicationScale(
        gates: [small], routing: [small, withRoles(small), size(32, 64), size(64, 64)], steps: 20_000,
        targets: [0.3, 0.1, 0.05, 0.03],
        analysed: (262_144, 65_536))
}
