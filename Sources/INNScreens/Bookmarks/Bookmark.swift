import INNKit

/// A view with a name, kept in the run's folder.
public struct Bookmark: Equatable, Sendable {
    public var name: String
    /// When it was kept, for people; empty before it is.
    public var when: String
    /// Updates that the weights had seen.
    public var step: Int
    public var view: Viewpoint

    public init(name: String, when: String = "", step: Int, view: Viewpoint) {
        (self.name, self.when, self.step, self.view) = (name, when, step, view)
    }

    /// Where it is, in one phrase.
    var place: String {
        let set = view.course.changes.last?.interventions ?? .none
        return joined(
            view.choices.screen.rawValue, "position " + Format.grouped(view.course.position),
            view.course.file == nil ? "" : "of a file", set.isEmpty ? "" : set.summary)
    }
}

/// What the network's place in its text was asked for.
public enum CourseUse: Equatable, Sendable {
    case bookmark(name: String)
    /// A shell line that draws the same view.
    case command
    /// To come back to when the tour is over.
    case tour
}

/// The list of bookmarks on top of the screen.
struct BookmarkList: Equatable, Sendable {
    var selection = 0
    /// Whether the next press of the same key deletes the selected one.
    var isDeleting = false
}

extension AppState {
    /// Whether there is a view to keep: one of a network that reads or writes here.
    static let canKeep = Requirement<AppState> { state in
        if state.runInfo.isLive { return "only views of inn-tui explore are kept" }
        if state.generator == .opening { return "the network is still being opened" }
        return state.run.generation != nil && state.generator == .ready ? nil : "no network is open: inn-tui explore"
    }

    mutating func openBookmarks() -> [Effect] {
        overlay = .bookmarks(BookmarkList())
        return [.library(.bookmarks)]
    }

    /// The place in the text has arrived: with what is chosen on the screens it makes the view.
    mutating func take(_ course: TextCourse, for use: CourseUse) -> [Effect] {
        let view = Viewpoint(course: course, choices: choices)
        let step = run.probe?.snapshot.step ?? 0
        switch use {
        case .bookmark(let name): return [.library(.keep(Bookmark(name: name, step: step, view: view)))]
        case .tour:
            run.tourReturn?.course = course
            return []
        case .command: return [.library(.command(view, width: width, height: height))]
        }
    }

    /// Goes to a view.
    mutating func open(_ view: Viewpoint) -> [Effect] {
        let wasFreeRunning = generate.isFreeRunning
        choose(view.choices)
        let free: [Effect] =
            wasFreeRunning == generate.isFreeRunning ? [] : [.generator(.freeRun(generate.isFreeRunning))]
        return [.generator(.play(nil)), .generator(.take(view.course))] + free
    }

    mutating func openSelectedBookmark() -> [Effect] {
        guard let bookmark = selectedBookmark else { return [] }
        let effects = open(bookmark.view)
        let step = run.probe?.snapshot.step ?? bookmark.step
        show(
            step == bookmark.step
                ? "back at “\(bookmark.name)”"
                : "“\(bookmark.name)” was kept at step \(Format.grouped(bookmark.step)): the weights have changed")
        return effects
    }

    mutating func deleteSelectedBookmark() -> [Effect] {
        guard case .bookmarks(var list) = overlay, let bookmark = selectedBookmark else { return [] }
        guard list.isDeleting else {
            list.isDeleting = true
            overlay = .bookmarks(list)
            return []
        }
        list.isDeleting = false
        overlay = .bookmarks(list)
        return [.library(.forget(bookmark: bookmark.name))]
    }

    mutating func moveBookmark(_ delta: Int) {
        guard case .bookmarks(var list) = overlay else { return }
        list.selection = max(0, min(run.bookmarks.count - 1, list.selection + delta))
        list.isDeleting = false
        overlay = .bookmarks(list)
    }

    /// A name that tells this view from others, to begin with.
    var suggestedName: String {
        let set = run.interventions.active
        let place = "position \(run.generation?.position ?? 0)"
        return set.isEmpty ? place : place + ", " + set.summary
    }

    var selectedBookmark: Bookmark? {
        guard case .bookmarks(let list) = overlay, run.bookmarks.indices.contains(list.selection) else { return nil }
        return run.bookmarks[list.selection]
    }
}
