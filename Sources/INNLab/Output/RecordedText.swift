import Foundation
import INNKit
import INNScreens

/// An ``Asciicast`` of screens that no clock drives.
struct RecordedText {
    private var cast: Asciicast
    private var text: String

    /// - Parameter screens: gives the size, the looks and the name.
    init(_ screens: AppState) {
        cast = Asciicast(level: screens.colorLevel)
        text = Asciicast.header(of: screens)
    }

    /// - Parameter seconds: since the beginning.
    mutating func add(_ screens: AppState, at seconds: Double) { text += cast.lines(screens.rendered(), at: seconds) }

    /// The whole recording, the last frame staying until `end` seconds.
    func ended(at end: Double) -> String { text + cast.ending(at: end) }
}

/// A recording of keys that nobody typed: one frame after each, at a pace that can be followed.
package struct KeyRecording {
    private var recording: RecordedText
    private var count = 0

    /// Seconds between two keys, and that the last frame stays.
    private static let pace = 0.7, rest = 3.0

    package init(_ screens: AppState) { recording = RecordedText(screens) }

    package mutating func add(_ screens: AppState) {
        recording.add(screens, at: Double(count) * Self.pace)
        count += 1
    }

    package var text: String { recording.ended(at: Double(max(0, count - 1)) * Self.pace + Self.rest) }
}
