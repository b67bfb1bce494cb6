import INNScreens

/// What the generator does first.
package struct GenerationStart: Sendable {
    /// What a network reads first where nobody said, so that there is something to look at from the first moment; one
    /// line of text on most terminals. Begins with a space, so that the first word is read as a word and not as the end
    /// of one.
    package static let defaultPrompt = " alice was beginning to get very tired of sitting "

    /// Nil for a default.
    package var prompt: String?
    package var sampling = SamplingChoice()
    /// A text file that is read instead of drawing characters.
    package var file: String?

    /// What to begin with instead of a text; nil for a text.
    package var place: Place?

    package enum Place: Equatable, Sendable {
        case tour
        /// The view that the explorer was left at last.
        case session
        case bookmark(String)
    }

    package init(
        prompt: String? = nil, sampling: SamplingChoice = SamplingChoice(), file: String? = nil, place: Place? = nil
    ) {
        (self.prompt, self.sampling, self.file, self.place) = (prompt, sampling, file, place)
    }
}
