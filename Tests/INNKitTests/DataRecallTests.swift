import Testing

@testable import INNCore
@testable import INNData
@testable import INNEvaluation

/// The text on which selective listening matters, and how answers are counted.
@Suite struct DataRecallTests {
    @Test func everyRecordAsksForALetterThatItHas() throws {
        let records = String(decoding: RecallCorpus.text(count: 17 * 3_000), as: UTF8.self).split(separator: " ")
        #expect(records.count == 3_000 && records.allSatisfy { $0.count == 16 })
        var orders: Set<[Int]> = []
        var answers: [Character: Int] = [:]
        for record in records {
            let letters = record.prefix(8)
            let order = try letters.map { letter in
                try #require(RecallCorpus.groups.firstIndex { $0.contains(letter) })
            }
            #expect(order.sorted() == Array(0..<8), "one letter of each group: \(record)")
            orders.insert(order)
            let questions = Array(record.dropFirst(8))
            for place in stride(from: 0, to: 8, by: 2) {
                let asked = try #require(questions[place].wholeNumberValue) - 1
                let answer = questions[place + 1]
                #expect(letters.contains(answer) && RecallCorpus.groups[asked].contains(answer), "\(record)")
                answers[answer, default: 0] += 1
            }
        }
        #expect(orders.count > 2_700, "orders are random")
        // 48 letters, 250 times each on average, standard deviation 16.
        #expect(answers.count == 48 && answers.values.allSatisfy { (170...330).contains($0) })
    }

    @Test func isTheSameEverywhereAndDividesItsSymbols() throws {
        let corpus = try RecallCorpus.make()
        #expect(corpus.count == RecallCorpus.characterCount && corpus.alphabet == .bytes)
        #expect(corpus.text(in: 0..<9) == "MjoTCLua6")
        let all = RecallCorpus.senses.joined()
        #expect(Set(all).count == all.count && all.count == 56)
    }

    /// Counted once more from the logits themselves.
    @Test func answersAreCountedAfterQuestionsAlone() throws {
        let corpus = try RecallCorpus.make()
        let windows = try ValidationWindows(
            corpus: corpus, range: corpus.splits.validation, batchSize: 2, sequenceLength: 33, maximumCharacters: 660)
        let bench = try ModelBench(
            INNConfiguration(vocabularySize: 256, neurons: 3, dModel: 8, rounds: 1, heads: 2, stateSize: 2))
        bench.shake(scale: 0.5)
        let questions = Set(Alphabet.bytes.encode(RecallCorpus.questions))
        let answers = FirstChoices(bench.model, windows, after: questions)

        let tape = Tape(team: ThreadTeam(threadCount: 1))
        tape.isRecording = false
        let state = bench.model.makeState(batchSize: 2)
        var (correct, asked) = (0, 0)
        for window in 0..<windows.windowCount {
            let tokens = UnsafeMutableBufferPointer<Int32>.allocate(capacity: 66)
            let targets = UnsafeMutableBufferPointer<Int32>.allocate(capacity: 66)
            defer { (tokens.deallocate(), targets.deallocate()) }
            windows.fill(window: window, tokens: tokens, targets: targets)
            let logits = ModelBench.logits(
                bench.model, Array(tokens), batchSize: 2, on: tape, ForwardContext(state: state))
            for place in 0..<66 where questions.contains(tokens[place]) {
                asked += 1
                let row = logits[(place * 256)..<(place * 256 + 256)]
                if Int32(row.firstIndex(of: row.max()!)! - place * 256) == targets[place] { correct += 1 }
            }
        }
        #expect(asked > 40 && answers == FirstChoices(correct: correct, asked: asked))
        #expect(FirstChoices(correct: 1, asked: 4).share == 0.25 && FirstChoices(correct: 0, asked: 0).share == 0)
    }
}
