import Dispatch
import Foundation
import INNKit

/// Without screens: the first TERM, INT or HUP stops gracefully with a checkpoint, which is no failure (exit code 0); a second
/// one ends at once with 128 + its number.
final class HeadlessSignals {
    private var sources: [any DispatchSourceSignal] = []

    init(_ control: TrainerControl) {
        let queue = DispatchQueue(label: "signals")
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            nonisolated(unsafe) var received = 0
            source.setEventHandler {
                received += 1
                if received > 1 { _exit(128 + number) }
                StandardError.print("inn-tui: stopping after this step and saving; once more ends at once.")
                control.send(.stop)
            }
            source.activate()
            sources.append(source)
        }
    }
}
