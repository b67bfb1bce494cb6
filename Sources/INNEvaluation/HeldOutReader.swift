import INNCore
import INNData

/// Reads held-out text with a model, window by window: the one place where fixed text meets a frozen network. What is
/// measured on the way is up to the meters, its clients.
final class HeldOutReader {
    let model: any LanguageModel
    let tape: Tape
    /// Ids of the present window and the ids that follow them. They stay where they are while windows have one size, as
    /// recorded operations ask of them.
    private var tokens = UnsafeMutableBufferPointer<Int32>(start: nil, count: 0)
    private var targets = UnsafeMutableBufferPointer<Int32>(start: nil, count: 0)

    /// A window of the text and what the model expects after each of its characters.
    struct Window {
        let index: Int
        /// `[batchSize, sequenceLength]`; valid until the next window.
        let targets: UnsafeBufferPointer<Int32>
        /// `[batchSize·sequenceLength, vocabularySize]`
        let logits: Tensor
        let width: Int

        /// Scores of the character that follows each of the window's, with the character that did follow, row by row.
        func forEachCharacter(_ body: (_ row: Int, _ logits: UnsafePointer<Float>, _ target: Int) -> Void) {
            for row in targets.indices { body(row, logits.data + row * width, Int(targets[row])) }
        }
    }

    init(_ model: any LanguageModel, workspace: Workspace = Workspace(), team: ThreadTeam) {
        self.model = model
        tape = Tape(workspace: workspace, team: team)
        tape.isRecording = false
    }

    deinit {
        tokens.deallocate()
        targets.deallocate()
    }

    /// Reads all windows in order.
    ///
    /// - Parameters:
    ///   - carriesState: keep the memory from one window to the next, instead of starting each from zero.
    ///   - willRead: told the characters of each window and what follows them before the model reads it.
    ///   - shouldStop: asked before each window; ends the reading.
    ///   - body: told what the model expects. The tape still holds what it has recorded of the window.
    func read(
        _ windows: ValidationWindows, carriesState: Bool = true, probe: (any Probe)? = nil,
        interventions: CompiledInterventions? = nil,
        willRead: (_ tokens: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Int32>) -> Void = { _, _ in },
        shouldStop: () -> Bool = { false }, body: (Window) -> Void
    ) {
        windows.requireIDs(below: model.vocabularySize)
        let state = carriesState ? model.makeState(batchSize: windows.batchSize) : nil
        let context = ForwardContext(state: state, probe: probe, interventions: interventions)
        for window in 0..<windows.windowCount where !shouldStop() {
            let length = windows.length(ofWindow: window)
            makeRoom(windows.batchSize * length)
            windows.fill(window: window, tokens: tokens, targets: targets)
            tape.reset()
            willRead(UnsafeBufferPointer(tokens), UnsafeBufferPointer(targets))
            let logits = forward(windows.batchSize, length, context)
            body(
                Window(
                    index: window, targets: UnsafeBufferPointer(targets), logits: logits, width: model.vocabularySize))
        }
        tape.reset()
    }

    /// Reads one batch from an empty memory and hands out the scores after each of its characters, `[batchSize, steps,
    /// vocabularySize]`.
    func read<Result>(
        _ batch: [Int32], batchSize: Int, interventions: CompiledInterventions?, body: (UnsafePointer<Float>) -> Result
    ) -> Result {
        makeRoom(batch.count)
        _ = tokens.update(from: batch)
        tape.reset()
        defer { tape.reset() }
        let context = ForwardContext(state: model.makeState(batchSize: batchSize), interventions: interventions)
        return body(forward(batchSize, batch.count / batchSize, context).data)
    }

    private func forward(_ batchSize: Int, _ steps: Int, _ context: ForwardContext) -> Tensor {
        model.forward(
            tokens: UnsafeBufferPointer(tokens), batchSize: batchSize, steps: steps, on: tape, context: context
        ).logits
    }

    private func makeRoom(_ count: Int) {
        guard tokens.count != count else { return }
        tape.reset()
        tokens.deallocate()
        targets.deallocate()
        tokens = .allocate(capacity: count)
        targets = .allocate(capacity: count)
        tokens.initialize(repeating: 0)
        targets.initialize(repeating: 0)
    }
}

extension HeldOutReader {
    /// Averages and samples of what the network does over the text without interventions.
    ///
    /// - Parameter shouldStop: asked before each window; the averages are then over what was read.
    func averages(
        _ windows: ValidationWindows, carriesState: Bool = true, shouldStop: () -> Bool = { false }
    ) -> NeuronAverages {
        let collector = NeuronAveragesCollector(model.shape, characters: windows.characters)
        read(windows, carriesState: carriesState, probe: collector, shouldStop: shouldStop) { _ in }
        return collector.averages()
    }
}

extension HeldOutReader {
    /// Back-propagates the mean loss of every window and collects what each edge contributes to it.
    ///
    /// - Parameters:
    ///   - progress: called before each window with the share that is done.
    ///   - targets: the characters that the loss of a window is about, once the model has read it.
    ///   - body: called for each window with the contributions, see ``EdgeAttribution/steps``.
    func attributeEdges(
        _ windows: ValidationWindows, progress: (Double) -> Void = { _ in }, targets: (Window) -> [Int32],
        body: (_ steps: [[Double]]) -> Void
    ) {
        tape.isRecording = true
        defer {
            tape.isRecording = false
            tape.edgeAttribution = nil
            model.parameters.clearGradients()
        }
        var attribution = EdgeAttribution()
        var done = 0
        read(
            windows,
            willRead: { _, _ in
                progress(Double(done) / Double(windows.windowCount))
                done += 1
                model.parameters.clearGradients()
                attribution = EdgeAttribution()
                tape.edgeAttribution = attribution
            }
        ) { window in
            targets(window).withUnsafeBufferPointer {
                tape.backward(from: tape.crossEntropy(window.logits, targets: $0))
            }
            body(attribution.steps)
        }
    }
}
