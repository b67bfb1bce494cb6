import Foundation
import Testing

@testable import INNLab

@Suite struct AssetFoldersTests {
    private func paths(_ program: String, _ environment: [String: String] = [:]) -> [String] {
        AssetFolders(program: URL(fileURLWithPath: program), environment: environment).all.map(\.path)
    }

    @Test func anInstallationGoesFirst() {
        #expect(paths("/opt/inn/bin/inn-tui").first == "/opt/inn/share/inn-tui/Assets")
        #expect(paths("/usr/bin/renamed").first == "/usr/share/inn-tui/Assets")
    }

    /// A build lies three folders down in the tree that has them.
    @Test(arguments: [
        "/home/me/inn/.build/release/inn-tui", "/home/me/inn/.build/x86_64-unknown-linux-gnu/release/inn-tui",
    ]) func aBuildFindsThoseOfItsTree(program: String) {
        #expect(paths(program).contains("/home/me/inn/Assets"))
    }

    @Test func aCopyFindsThoseThatAreInstalled() {
        let usual = paths("/home/me/bin/inn-tui", ["HOME": "/home/me"])
        let there = ["/home/me/.local/share", "/usr/local/share", "/usr/share"].map { $0 + "/inn-tui/Assets" }
        #expect(usual.filter(there.contains) == there)
        let set = paths("/x/inn-tui", ["HOME": "/home/me", "XDG_DATA_HOME": "/data", "XDG_DATA_DIRS": "/a:rel:/b"])
        let named = ["/data", "/a", "/b"].map { $0 + "/inn-tui/Assets" }
        #expect(set.filter(named.contains) == named && !set.contains("/usr/share/inn-tui/Assets"))
        #expect(!set.contains { $0.hasSuffix("/rel/inn-tui/Assets") })
    }

    @Test func versionsAreTagsOfReleases() {
        #expect(version(ofTag: "v1.20.3") == "1.20.3" && version(ofTag: "v2.0-rc1") == "2.0-rc1")
        #expect(version(ofTag: nil) == version(ofTag: "vanilla") && version(ofTag: "1.2") == version(ofTag: nil))
    }
}
