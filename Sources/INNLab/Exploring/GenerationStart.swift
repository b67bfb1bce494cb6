import INNScreens

/// What the generator does first.
package struct GenerationStart: Sendable {
    /// Begins with a space, so that the first word is read as a word and not as the end of one.
    package static let defaultPrompt = " the "

    /// Nil for a default.
    package var prompt: String?
    package var sampling = SamplingChoice()
    /// A text file that is read instead of drawing characters.
    package var file: String?

    package init(prompt: String? = nil, sampling: SamplingChoice = SamplingChoice(), file: String? = nil) {
        self.prompt = prompt
        self.sampling = sampling
        self.file = file
    }
}
