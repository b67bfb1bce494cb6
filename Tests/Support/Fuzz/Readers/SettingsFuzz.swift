import Foundation
import INNSettings

/// `config.toml`, the user's settings.
final class SettingsFuzz: FuzzReader {
    static let name = "settings"
    let seeds: [[UInt8]] = [
        """
        theme = "light"
        runs-dir = '~/runs'
        [train]
        preset = "base"   # the published network
        steps = 20_000
        learning-rate = 3e-4
        resume = false
        """,
        """
        "data-dir" = \"""
        ~/text\"""
        train.minutes = 2.5
        [ablate]
        neurons = ["n1\\u00e9\\t", \"""two \\
          lines\""", 3, 0x1f,  # of all kinds
          -1_0.5e+3, inf, true, ]
        """,
        """
        export = { format = "csv", tensorboard = true }
        [compute.deep]
        at = 1979-05-27T07:32:00Z
        """,
        "a" + String(repeating: ".a", count: 200) + " = " + String(repeating: "[", count: 60)
            + String(repeating: "]", count: 60),
    ].map { Array($0.utf8) }

    init(scratch: URL) {}

    func mutated(_ mutator: inout Mutator) -> [UInt8] {
        let bytes = mutator.bytes(mutator.pick(seeds), donors: seeds)
        guard mutator.once(in: 50) else { return bytes }
        // Depth: keys, arrays and tables inside one another up to what the size of a file allows.
        let link = mutator.pick([".a", "[", "{a=", "[[a]]\n", "[a.a]\n", "a=1\n", "\"\\u0000\".", "'"])
        return bytes + Array(String(repeating: link, count: mutator.below(70_000 / link.utf8.count)).utf8)
    }

    func read(_ bytes: [UInt8]) throws {
        let file = try SettingsFile(Data(bytes), path: "config.toml")
        for setting in file.settings { _ = (setting.line, setting.values.joined(), setting.command) }
    }
}
