import Dispatch
import Foundation
import INNKit
import INNScreens
import Synchronization

/// Writes what the screens show into a file while they show it, as an ``Asciicast``: whole lines at a time, so that
/// what a killed program leaves behind can be played.
///
/// The disk never holds up a key: a thread of its own writes, and a frame that it has not come to is replaced by a
/// newer one. Where the disk takes no more, the recording ends with its last whole line and says so once.
package final class ScreenRecording: Sendable {
    /// Used on the worker only.
    private struct Output {
        var file: AppendedFile?
        var cast: Asciicast
    }

    private let queue: ActionQueue
    private let worker = DispatchQueue(label: "recording", qos: .utility)
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    /// The frame that is still to be written.
    private let waiting = Mutex<(frame: CellBuffer, seconds: Double)?>(nil)
    private nonisolated(unsafe) var output: Output

    /// What the option that asks for it says of itself.
    package static let help =
        "Write what the screens show into this new file, while they show it, in the format that asciinema plays."

    /// - Throws: ``INNError`` of kind `usage` where a recording is asked for and no screens are shown.
    package static func requireNone(_ path: String?) throws {
        guard path != nil else { return }
        throw INNError(.usage, "--record is for screens, and here are none; leave it out, or run this on a terminal.")
    }

    /// Begins with the header.
    ///
    /// - Parameters:
    ///   - screens: as they are when the recording begins.
    ///   - queue: is told when the file takes no more.
    package init(_ file: AppendedFile, of screens: AppState, queue: ActionQueue) {
        self.queue = queue
        start = clock.now
        output = Output(file: file, cast: Asciicast(level: screens.colorLevel))
        write(Asciicast.header(of: screens, startedAt: Int(Date().timeIntervalSince1970)))
    }

    /// Takes the frame that is on the screen now; does not wait.
    package func add(_ frame: CellBuffer) {
        let seconds = now
        let isAlone = waiting.withLock { waiting in
            defer { waiting = (frame, seconds) }
            return waiting == nil
        }
        if isAlone { worker.async { [self] in writeWaiting() } }
    }

    /// Writes what is left and the last line.
    package func finish() {
        worker.sync {
            writeWaiting()
            write(output.cast.ending(at: now))
            output.file = nil
        }
    }

    private var now: Double { start.duration(to: clock.now) / .seconds(1) }

    private func writeWaiting() {
        let taken = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        guard let (frame, seconds) = taken else { return }
        write(output.cast.lines(frame, at: seconds))
    }

    private func write(_ text: String) {
        guard !text.isEmpty, let file = output.file else { return }
        do {
            try file.append(text)
        } catch {
            output.file = nil
            if let error = error as? INNError { StandardOutput.lose(error) }
            queue.send(.alarm("the recording has ended: \((error as? INNError)?.message ?? "\(error)")"))
        }
    }
}
