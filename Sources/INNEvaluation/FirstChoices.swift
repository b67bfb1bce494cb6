import INNCore
import INNData

/// How often what a model thinks likeliest is what follows, after some characters alone.
public struct FirstChoices: Codable, Sendable, Equatable {
    public var correct: Int
    public var asked: Int

    public init(correct: Int, asked: Int) { (self.correct, self.asked) = (correct, asked) }

    /// Share that is right, in 0…1; 0 where nothing was asked.
    public var share: Double { Double(correct) / Double(max(1, asked)) }

    /// Reads held-out text, the memory carried from window to window.
    ///
    /// - Parameter questions: ids after which the next character is asked for.
    public init(
        _ model: any LanguageModel, _ windows: ValidationWindows, after questions: Set<Int32>,
        interventions: CompiledInterventions? = nil, team: ThreadTeam = ThreadTeam()
    ) {
        var (correct, asked) = (0, 0)
        var read: [Int32] = []
        HeldOutReader(model, workspace: Workspace(), team: team).read(
            windows, carriesState: true, probe: nil, interventions: interventions,
            willRead: { tokens, _ in read = Array(tokens) }, shouldStop: { false }
        ) { window in
            window.forEachCharacter { row, logits, target in
                guard questions.contains(read[row]) else { return }
                asked += 1
                let likeliest = (1..<window.width).reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
                if likeliest == target { correct += 1 }
            }
        }
        (self.correct, self.asked) = (correct, asked)
    }
}
