import INNKit

/// What the trainer behind the screens is doing.
public enum TrainerStatus: Equatable, Sendable {
    case training, paused
    /// A graceful stop was asked for; the checkpoint is being written.
    case stopping
    /// The last checkpoint cannot be written, and the trainer waits to be told what to do.
    case savingFailed(message: String)
    case finished
    case failed(message: String)
}

/// What a process other than this one does with the run on display.
public enum WatchStatus: Equatable, Sendable {
    case training(process: Int, host: String)
    /// Nobody trains it now.
    case ended
    /// The folder no longer bears its name, and what has become of it.
    case moved(String)
}

/// Everything that can change the state of the screens. Time, size and data arrive as actions only.
public enum Action: Sendable {
    case key(Key)
    case mouse(MouseEvent)
    /// A text that was pasted, where the terminal tells it from keys.
    case paste(PastedText)
    case resize(width: Int, height: Int)
    /// The colour of the terminal's background.
    case background(CellColor)
    /// Seconds on a clock that only goes forward.
    case tick(now: Double)
    case training(TrainingEvent)
    case runInfo(RunInfo)
    /// What the generator shows now; later frames replace earlier ones.
    case generation(GenerationFrame)
    case generator(GeneratorStatus)
    /// What the path in the text entry may be completed to; the start that all candidates share, and how many there
    /// are.
    case pathCompleted(typed: String, completion: String, candidates: Int)
    /// A text file that was named cannot be read, and why.
    case pathRefused(path: String, problem: String)
    /// Begin the tour.
    case tour
    /// Where the network is in its text, for what it was asked for.
    case course(TextCourse, for: CourseUse)
    /// The bookmarks of this network, the newest first.
    case bookmarks([Bookmark])
    /// Go to a view.
    case view(Viewpoint)
    /// The shell line that draws a view.
    case command(String)
    /// The generator stopped playing by itself, for example at the end of a text.
    case playStopped
    /// The interventions that are really in force, for example after some were refused.
    case interventions(InterventionSet)
    /// What the interventions in force do over held-out text; nil when there are none, or it cannot be measured.
    case effect(InterventionEffect?)
    /// It is being measured what they do.
    case effectAwaited
    /// What the neurons do; replaces what was known before.
    case insight(Insight)
    /// How far an analysis in the background is; nil at its end.
    case analysing(InsightProgress?)
    /// Everything known of another run, which takes the place of the one on display.
    case opened(RunContents)
    /// What another process does with the run on display; nil when nobody looks.
    case watched(WatchStatus?)
    /// Overlay the curves of these runs.
    case marked(runs: [String])
    /// The runs in the runs folder.
    case runs([RunSummary])
    case runCurve(name: String, reports: [TrainingReport])
    case trainer(TrainerStatus)
    /// A line for the log pane, for example something a library printed.
    case log(String)
    /// A short message for the status line, shown for a few seconds.
    case message(String)
    /// What went wrong by itself: stands in the status line, whatever is typed, until Esc or for a quarter of a minute;
    /// one that `lasts` until Esc.
    case alarm(String, lasts: Bool = false)
}

/// A view written out as text, ready for a file.
public struct ExportedView: Equatable, Sendable {
    public enum Format: String, CaseIterable, Sendable { case svg, ansi, text, csv }
    public var format: Format
    /// A file name with extension, made of run name, screen and step.
    public var fileName: String
    public var contents: String
}
