import Testing

@testable import INNCore
@testable import INNData

@Suite struct DataBatchTests {
    private let corpus: Corpus

    init() throws {
        corpus = try Corpus(name: "cyclic", text: cyclicText(count: 1000))
    }

    private func batch(_ sampler: BatchSampler, _ position: Int) -> (tokens: [Int32], targets: [Int32]) {
        var tokens = [Int32](repeating: -1, count: sampler.charactersPerBatch)
        var targets = tokens
        sampler.fill(position: position, tokens: &tokens, targets: &targets)
        return (tokens, targets)
    }

    @Test func contiguousStreamsContinueAndWrap() throws {
        let sampler = try BatchSampler(corpus: corpus, batchSize: 3, sequenceLength: 10)
        // 900 training characters in 3 streams of 300: floor(299 / 10) windows.
        #expect(sampler.batchesPerEpoch == 29)
        for position in [0, 1, 28, 29, 57] {
            let (tokens, targets) = batch(sampler, position)
            for row in 0..<3 {
                let start = row * 300 + (position % 29) * 10
                #expect(sampler.start(position: position, row: row) == start)
                #expect(Array(tokens[(row * 10)..<(row * 10 + 10)]) == corpus.ids(in: start..<(start + 10)))
                #expect(Array(targets[(row * 10)..<(row * 10 + 10)]) == corpus.ids(in: (start + 1)..<(start + 11)))
            }
        }
        #expect(sampler.startsStreams(position: 0) && sampler.startsStreams(position: 29))
        #expect(!sampler.startsStreams(position: 1))
        #expect(sampler.epoch(after: 58) == 2)
    }

    @Test func paperProtocolHas21972Steps() {
        let layout = StreamLayout(range: 0..<90_000_000, batchSize: 16, sequenceLength: 256)
        #expect(layout.windowsPerStream == 21_972)
    }

    @Test func lastTargetStaysInsideTheRange() throws {
        for order in BatchOrder.allCases {
            let sampler = try BatchSampler(
                corpus: corpus, range: 100..<122, batchSize: 2, sequenceLength: 10, order: order, seed: 9)
            for position in 0..<200 {
                for row in 0..<2 {
                    let start = sampler.start(position: position, row: row)
                    #expect(start >= 100 && start + 10 < 122)
                }
            }
        }
    }

    @Test func randomWindowsArePureFunctionsOfSeedAndPosition() throws {
        let first = try BatchSampler(corpus: corpus, batchSize: 4, sequenceLength: 7, order: .random, seed: 5)
        let again = try BatchSampler(corpus: corpus, batchSize: 4, sequenceLength: 7, order: .random, seed: 5)
        let other = try BatchSampler(corpus: corpus, batchSize: 4, sequenceLength: 7, order: .random, seed: 6)
        let positions = [17, 3, 17, 0]
        #expect(positions.map { batch(first, $0).tokens } == positions.map { batch(again, $0).tokens })
        #expect((0..<8).map { first.start(position: $0, row: 0) } != (0..<8).map { other.start(position: $0, row: 0) })
        let (tokens, targets) = batch(first, 3)
        let start = first.start(position: 3, row: 2)
        #expect(Array(tokens[14..<21]) == corpus.ids(in: start..<(start + 7)))
        #expect(Array(targets[14..<21]) == corpus.ids(in: (start + 1)..<(start + 8)))
    }

    @Test func randomWindowsCoverTheRange() throws {
        let sampler = try BatchSampler(
            corpus: corpus, range: 0..<20, batchSize: 5, sequenceLength: 10, order: .random, seed: 1)
        let starts = Set((0..<100).flatMap { position in (0..<5).map { sampler.start(position: position, row: $0) } })
        #expect(starts == Set(0..<10))
    }

    @Test func tooShortSaysHowLong() throws {
        let error = #expect(throws: INNError.self) {
            try BatchSampler(corpus: corpus, batchSize: 8, sequenceLength: 128)
        }
        #expect(error?.kind == .data)
        #expect(error?.message.contains("needs 1,032 of them (a text of about 1,147 characters)") == true)
        #expect(throws: INNError.self) { try BatchSampler(corpus: corpus, batchSize: 0, sequenceLength: 128) }
        _ = try BatchSampler(corpus: corpus, range: 0..<1032, batchSize: 8, sequenceLength: 128)
    }

    @Test func cursorResumesOnlyItsOwnRun() throws {
        let sampler = try BatchSampler(corpus: corpus, batchSize: 3, sequenceLength: 10, seed: 4)
        let cursor = sampler.cursor(at: 41)
        #expect(try sampler.position(resuming: cursor) == 41)
        let text = try Corpus(name: "other", text: cyclicText(count: 1001))
        let onOther = try BatchSampler(corpus: text, batchSize: 3, sequenceLength: 10, seed: 4)
        #expect(throws: INNError.self) { try onOther.position(resuming: cursor) }
        let otherShape = try BatchSampler(corpus: corpus, batchSize: 2, sequenceLength: 10, seed: 4)
        #expect(throws: INNError.self) { try otherShape.position(resuming: cursor) }
    }

    @Test func validationIsAFixedSlice() throws {
        let windows = try ValidationWindows(
            corpus: corpus, range: 0..<1000, batchSize: 4, sequenceLength: 16, maximumCharacters: 200)
        #expect(windows.windowCount == 3)
        #expect(windows.characters == 192)
        var tokens = [Int32](repeating: 0, count: 64)
        var targets = tokens
        windows.fill(window: 2, tokens: &tokens, targets: &targets)
        #expect(Array(tokens[16..<32]) == corpus.ids(in: 282..<298))
        #expect(Array(targets[16..<32]) == corpus.ids(in: 283..<299))
        let whole = try ValidationWindows(corpus: corpus, range: 0..<1000, batchSize: 4, sequenceLength: 16)
        #expect(whole.windowCount == 15)
    }

    @Test func validationShrinksToAShortSplit() throws {
        let windows = try ValidationWindows(corpus: corpus, batchSize: 8, sequenceLength: 128)
        #expect(corpus.splits.validation.count == 50)
        #expect(windows.sequenceLength == 49 && windows.batchSize == 1 && windows.windowCount == 1)
        #expect(throws: INNError.self) {
            try ValidationWindows(corpus: corpus, range: 0..<1, batchSize: 1, sequenceLength: 1)
        }
    }
}
