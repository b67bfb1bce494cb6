import Foundation

/// Compiled kernels in the user's cache folder. What cannot be read or written is compiled again.
enum KernelCache {
    /// A name that changes with everything that the machine code depends on.
    static func name(of source: String, _ options: [String], compiler: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in ([source] + options + [compiler]).joined(separator: "\u{0}").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(format: "kernels-%016llx.cubin", hash)
    }

    private static var folder: URL? {
        let environment = ProcessInfo.processInfo.environment
        if let chosen = environment["XDG_CACHE_HOME"], chosen.hasPrefix("/") {
            return URL(fileURLWithPath: chosen).appendingPathComponent("inn-tui")
        }
        return environment["HOME"].map { URL(fileURLWithPath: $0).appendingPathComponent(".cache/inn-tui") }
    }

    static func load(_ name: String) -> [UInt8]? {
        guard let folder, let data = try? Data(contentsOf: folder.appendingPathComponent(name)), !data.isEmpty else {
            return nil
        }
        return Array(data)
    }

    static func store(_ code: [UInt8], as name: String) {
        guard let folder else { return }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? Data(code).write(to: folder.appendingPathComponent(name), options: .atomic)
    }
}
