import Foundation
import Testing

/// What Assets/README.md says of the network that `explore` opens, on the screen after the keys that it names.
@Suite struct SpecimenTests {
    private static let assets = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../Assets"
    ).standardizedFileURL

    /// The explorer's screen after keys.
    private func screen(_ keys: String) throws -> String {
        let result = try Program().run(
            "snapshot", "--explore", "--network", Self.assets.appending(path: "rare-text8.safetensors").path,
            "--prompt",
            " the ", "--keys", keys, "--size", "120x40", "--format", "text")
        try #require(result.status == 0, "\(result.errors)")
        return result.output
    }

    private func divergence(_ screen: String) -> Double? {
        screen.firstMatch(of: /KL ([0-9.]+) bits/).flatMap { Double($0.1) }
    }

    @Test func fewSpeak() throws {
        let raster = try screen("L")
        #expect(raster.contains("─ Who fires ") && !raster.contains("Gates ──"))
        // Ten characters and the prompt of five, sixteen neurons: most cells are empty.
        let cells = raster.matches(of: /│ [▸ ] +[0-9]+ {3}([▴▾■· ]{15})/).map { String($0.1) }
        #expect(cells.count == 16)
        let empty = cells.joined().count { $0 == " " }
        #expect(empty > 150 && empty < 220, "of 240 cells, each for two rounds")
        #expect(try self.screen("vv").contains("─ Who fires "))
        let screen = try screen("v")
        #expect(screen.contains("Gates ── 2/16 speak · round 2/2"))
        #expect(screen.contains("nothing is switched off: KL 0"))
        let silent = screen.matches(of: /│ +(?:▸ +)?[0-9]+ ·+┊·+ 0\.00 +│/).count
        #expect(silent == 14)
    }

    @Test func routingMattersAndNeuron0HardlyDoes() throws {
        let uniform = try screen("br")
        #expect(uniform.contains("routing uniform"))
        #expect(try #require(divergence(uniform)) > 0.01)
        let lesion = try screen("bn")
        #expect(lesion.contains("neuron 0 lesion"))
        let cost = try #require(divergence(lesion))
        #expect(cost > 0 && cost < 0.005)
        #expect(try screen("bnu").contains("nothing is switched off: KL 0"))
    }

    @Test func itsTrainingCanBeLookedAt() throws {
        let run = Self.assets.appending(path: "runs/rare-text8").path
        let program = try Program()
        let neurons = try program.run(
            "snapshot", "--run", run, "--screen", "neurons", "--size", "120x36", "--format", "text")
        #expect(neurons.status == 0 && neurons.output.contains("rate 0.60→0.29"))
        let list = try program.run("runs", "--runs-dir", Self.assets.appending(path: "runs").path)
        #expect(list.output.contains("rare-text8") && list.output.contains("finished"))
    }

    @Test func assetsStaySmall() throws {
        let files = try #require(
            FileManager.default.enumerator(at: Self.assets, includingPropertiesForKeys: [.fileSizeKey]))
        let bytes = try files.reduce(0) { total, file in
            guard let file = file as? URL else { return total }
            return total + (try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
        }
        #expect(bytes <= 12 << 20)
    }
}
