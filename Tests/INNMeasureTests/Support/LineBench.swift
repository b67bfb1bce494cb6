@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// A ``LineNetwork`` with a text of words to read, and what its twin says of it.
struct LineBench {
    let line: LineNetwork
    let twin: LineTwin
    let network: IntelligentNeuralNetwork
    let corpus: Corpus
    let windows: ValidationWindows

    /// - Parameter text: nil for a text with vowels, consonants and spaces.
    init(
        _ line: LineNetwork, text: String? = nil, batchSize: Int = 2, sequenceLength: Int = 16, characters: Int = 256
    )
        throws
    {
        self.line = line
        twin = LineTwin(line: line)
        network = try line.network()
        corpus = try Corpus(
            name: "words",
            text: text
                ?? String(repeating: "the quick brown fox jumps over a lazy dog while zebras vex my kind ", count: 12)
        )
        windows = try ValidationWindows(
            corpus: corpus, range: 0..<corpus.count, batchSize: batchSize, sequenceLength: sequenceLength,
            maximumCharacters: characters)
    }

    /// Characters read and characters that follow, `[streams][length]`.
    var streams: [(ids: [Int32], next: [Int32])] {
        var streams = (0..<windows.batchSize).map { _ in (ids: [Int32](), next: [Int32]()) }
        var ids = [Int32](repeating: 0, count: windows.batchSize * windows.sequenceLength)
        var next = ids
        for window in 0..<windows.windowCount {
            windows.fill(window: window, tokens: &ids, targets: &next)
            for stream in streams.indices {
                let row = (stream * windows.sequenceLength)..<((stream + 1) * windows.sequenceLength)
                streams[stream].ids += ids[row]
                streams[stream].next += next[row]
            }
        }
        return streams
    }

    /// What the twin does at every character with what follows, stream after stream.
    func steps(_ change: LineTwin.Change = LineTwin.Change()) -> [(step: LineTwin.Step, next: Int32)] {
        streams.flatMap { stream in Array(zip(twin.read(stream.ids, change), stream.next)) }
    }

    /// −log₂ p of every character, in the order of a ``SurprisalMeter``: stream after stream.
    func surprisals(_ change: LineTwin.Change = LineTwin.Change()) -> [Double] {
        steps(change).map { $0.step.surprisal($0.next) }
    }

    /// A list in the order of the text, stream after stream, in the order in which windows are read.
    func inWindows<Element>(_ values: [Element]) -> [Element] {
        let (length, count) = (windows.sequenceLength, windows.windowCount)
        var result: [Element] = []
        for window in 0..<count {
            for stream in 0..<windows.batchSize {
                let start = (stream * count + window) * length
                result += values[start..<(start + length)]
            }
        }
        return result
    }
}
