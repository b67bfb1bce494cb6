import INNKit

/// The stored probes one after the other, as the training went.
extension Selection {
    /// Plays from the first measurement, or goes on from an earlier one on display; pauses when it plays.
    mutating func toggleReplay(_ run: RunState) {
        isReplaying.toggle()
        if isReplaying, probeStep == nil { probeStep = run.data.probes.entries.first?.snapshot.step }
    }
}

extension RunState {
    /// Whether nothing is added to its measurements any more, and there are several to play.
    var canPlay: Bool { !isGrowing && data.probes.entries.count > 1 }
}

extension AppState {
    /// Whether the display changes by itself, so that it has to be drawn at a pace.
    public var isReplaying: Bool { run.selection.isReplaying }

    /// Seconds that each moment stays.
    static let replayPace = 0.25

    /// Shows the next moment when it is due; after the last one the display follows the newest again.
    mutating func advanceReplay() {
        guard run.selection.isReplaying else {
            replayDue = nil
            return
        }
        guard let due = replayDue else {
            replayDue = now + Self.replayPace
            return
        }
        guard now >= due else { return }
        replayDue = now + Self.replayPace
        run.selection.probeStep = run.probeStep(movedBy: 1)
        if run.selection.probeStep == nil { run.selection.isReplaying = false }
    }
}
