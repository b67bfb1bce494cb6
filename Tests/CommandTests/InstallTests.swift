import Foundation
import Testing

/// The program where `make install` puts it, without its source tree.
@Suite struct InstallTests {
    private static let tree = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    /// - Parameter action: `install` or `uninstall`.
    private func script(_ action: String, into folder: URL, manual: URL) throws {
        let environment = ProcessInfo.processInfo.environment.merging(
            ["DESTDIR": folder.path + "/stage", "PREFIX": "/usr"]
        ) { $1 }
        let result = try Spawn.run(
            [Self.tree.path + "/scripts/install-program", action, Program.executable, manual.path],
            environment: environment, in: folder)
        try #require(result.ending == .status(0), "\(result.errors)")
    }

    private func files(in folder: URL) -> Set<String> {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        var isFolder: ObjCBool = false
        return Set(
            all.filter {
                FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path, isDirectory: &isFolder)
                    && !isFolder.boolValue
            })
    }

    @Test func theInstalledProgramIsWholeAndGoesAway() throws {
        let program = try Program()
        let manual = program.folder.appendingPathComponent("manual")
        try FileManager.default.createDirectory(at: manual, withIntermediateDirectories: true)
        for page in ["inn-tui.1", "inn-tui-train.1", "inn-tui.7"] {
            try Data(".Dd Today\n".utf8).write(to: manual.appendingPathComponent(page))
        }
        try script("install", into: program.folder, manual: manual)
        let stage = program.folder.appendingPathComponent("stage")
        let installed = files(in: stage)
        for file in [
            "usr/bin/inn-tui", "usr/share/man/man1/inn-tui-train.1", "usr/share/man/man7/inn-tui.7",
            "usr/share/bash-completion/completions/inn-tui", "usr/share/zsh/site-functions/_inn-tui",
            "usr/share/fish/vendor_completions.d/inn-tui.fish", "usr/share/inn-tui/Assets/rare-text8.safetensors",
            "usr/share/doc/inn-tui/LICENSE", "usr/share/doc/inn-tui/THIRD-PARTY", "usr/share/doc/inn-tui/config.toml",
        ] { #expect(installed.contains(file), "\(file)") }

        // In place, through a link, and copied away under another name, it opens the network that came with it.
        let bin = stage.appendingPathComponent("usr/bin/inn-tui").path
        let link = program.folder.appendingPathComponent("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: bin)
        let copy = program.folder.appendingPathComponent("elsewhere").path
        try FileManager.default.copyItem(atPath: bin, toPath: copy)
        for (place, data) in [(bin, "/nowhere"), (link, "/nowhere"), (copy, stage.path + "/usr/share")] {
            let environment = ProcessInfo.processInfo.environment.merging(
                program.environment.merging(["XDG_DATA_DIRS": data]) { $1 }.compactMapValues { $0 }
            ) { $1 }
            let result = try Spawn.run(
                [place, "generate", "--characters", "3"], environment: environment, in: program.folder)
            #expect(result.ending == .status(0) && result.output.hasPrefix("the "), "\(place): \(result.errors)")
        }

        try script("uninstall", into: program.folder, manual: manual)
        #expect(files(in: stage).isEmpty)
    }
}
