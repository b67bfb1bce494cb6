import INNKit

/// What the outside world is asked to do after an action, by who does it. Every owner switches over the whole of its
/// own kind, so that one without a handler does not compile.
public enum Effect: Equatable, Sendable {
    case terminal(TerminalEffect)
    /// Answered by ``Action/trainer(_:)`` and by marks, never by the screens themselves.
    case trainer(TrainerCommand)
    case generator(GeneratorCommand)
    case library(LibraryCommand)
    /// Put these interventions in force in the network on display, from now on or by computing the text so far anew; a
    /// training changes through ``trainer(_:)``.
    case intervene(InterventionSet, replays: Bool)
    /// Put another run on display.
    case open(run: String)
}

/// What the terminal, and the loop around it, is asked to do.
public enum TerminalEffect: Equatable, Sendable {
    case quit, suspend, redrawAll
    case setMouse(Bool)
    case export(ExportedView)
    /// Leave the screens and go on training, printing progress lines.
    case leaveRunning
}

/// What the network that reads or writes text is asked to do.
public enum GeneratorCommand: Equatable, Sendable {
    /// Read so many characters more; go back by as many when negative.
    case step(Int)
    /// Read on at this pace, in characters per second; nil stays at the character reached, also on the way to a
    /// position far ahead.
    case play(Double?)
    /// Forget everything and read this text first.
    case prompt(String)
    case sampling(SamplingChoice)
    /// Forget everything and read the characters of a file instead of drawing them.
    case read(path: String)
    /// Go to the character at this position, 1…; positions that have not been read are read.
    case goTo(Int)
    /// Go to the next or previous place where the text reads like this.
    case find(String, backwards: Bool)
    /// Go to the next or previous place of the text that is of interest; forwards it reads on until there is one.
    case seek(Interest, backwards: Bool)
    /// Let both networks go on by themselves from every position, or no longer.
    case freeRun(Bool)
    case intervene(InterventionSet, replays: Bool)
    /// Draw the text anew whenever training has newer weights, or keep those that there are.
    case followTraining(Bool)
    /// Say where the network is in its text, see ``Action/course(_:for:)``.
    case tellCourse(CourseUse)
    /// Forget everything and go to where the network was when that was said.
    case take(TextCourse)
    /// End the generator.
    case stop
}

/// What whoever knows the runs folder is asked to do.
public enum LibraryCommand: Equatable, Sendable {
    /// Send the list of runs.
    case list
    /// Send the whole loss curve of a run.
    case curve(String)
    case trash(String)
    /// Send the bookmarks of this network.
    case bookmarks
    /// Keep a view under its name, and send the bookmarks.
    case keep(Bookmark)
    case forget(bookmark: String)
    /// Make the shell line that draws a view in a size, and send it.
    case command(Viewpoint, width: Int, height: Int)
    /// Look which files a path may be meant to name.
    case complete(String)
}
