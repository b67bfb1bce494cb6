import Foundation
import INNKit

/// A compute ladder for people and as JSON.
package struct ComputeReport: Encodable {
    package let checkpoint, corpus, split: String
    package let step, characters, blockLength: Int
    let openCharactersPerSecond: Double
    package let rows: [ComputeLadder.Row]

    package init(_ ladder: ComputeLadder, checkpoint: Checkpoint, corpus: String, split: String) {
        self.checkpoint = checkpoint.url.lastPathComponent
        self.corpus = corpus
        self.split = split
        step = checkpoint.state.step
        (characters, blockLength, openCharactersPerSecond, rows) = (
            ladder.characters, ladder.blockLength, ladder.openCharactersPerSecond, ladder.rows
        )
    }

    package func text() -> String {
        var lines = [
            """
            \(checkpoint), step \(step), on \(corpus), \(split) split, \(characters) characters; one thread, one \
            character at a time.
            """,
            """
            exact: silent neurons' messages are left out, their memories run. skip: silent neurons' memories are \
            left out too, and stay as they are.
            """,
            """
            Speed-up is against all gates open (\(Int(bounded: openCharactersPerSecond)) characters/s), measured \
            in turns with it; ΔBPC against the network as trained,
            """,
            "with the 95 % interval over blocks of \(blockLength) characters.", "",
            "mode   " + "gates".padding(toLength: 16, withPad: " ", startingAt: 0)
                + "   ran  spoke   chars/s  speed-up      BPC     ΔBPC  95 % interval",
        ]
        for row in rows {
            lines.append(
                (row.mode?.rawValue ?? "").padding(toLength: 7, withPad: " ", startingAt: 0)
                    + row.rule.padding(toLength: 16, withPad: " ", startingAt: 0)
                    + String(
                        format: "%6.2f%7.2f%10.0f%9.2f×%9.4f%+9.4f  %+.4f … %+.4f", row.ranShare, row.spokeShare,
                        row.charactersPerSecond,
                        row.speedUp, row.bitsPerCharacter, row.change.mean, row.change.low, row.change.high))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
