/// A window over the screen that takes the keys.
enum Overlay: Equatable, Sendable {
    case help(ListState)
    case palette(ListState)
    case quit(selection: Int)
    /// Asks once more before training ends without a checkpoint.
    case abort(selection: Int)
    /// Asks what becomes of a last checkpoint that cannot be written.
    case saving(selection: Int)
    case export(selection: Int)
    case input(InputState)
    case ablation(AblationForm)
    /// Asks whether a run goes to the trash.
    case trash(run: String)
    /// What the focused pane shows; from this line of the text on.
    case explanation(offset: Int)
    case tour(TourState)
    case bookmarks(BookmarkList)
    /// The shell line that draws the present view.
    case command(String)

    /// A line of text that the user types.
    struct InputState: Equatable, Sendable {
        enum Purpose: Equatable, Sendable {
            case prompt, temperature, topK, seed, textFile, runFilter, find, position, saveFolder, bookmarkName
        }

        var purpose: Purpose
        var field: TextField
        /// Why the text was not taken, or a remark on it.
        var problem: String?
        /// Which earlier line is on display, counted from the newest; nil for the one being typed.
        var recalled: Int?

        /// - Parameter isSuggested: whether the text is there to be replaced, rather than to be corrected.
        init(purpose: Purpose, text: String = "", isSuggested: Bool = true) {
            self.purpose = purpose
            field = TextField(text, isMarked: isSuggested)
        }

        var text: String { field.text }
    }

    /// A searchable list.
    struct ListState: Equatable, Sendable {
        var field: TextField
        var selection: Int

        init(query: String = "", selection: Int = 0) {
            field = TextField(query)
            self.selection = selection
        }

        var query: String { field.text }
    }
}
