import Foundation

/// Compiled kernels in the user's cache folder, each file followed by its hash. What cannot be read or written, or is
/// not what was written, is compiled again: a driver believes the sizes that machine code states about itself.
enum KernelCache {
    /// A name that changes with everything that the machine code depends on.
    static func name(of source: String, _ options: [String], compiler: String) -> String {
        String(
            format: "kernels-%016llx.cubin", hash(([source] + options + [compiler]).joined(separator: "\u{0}").utf8))
    }

    /// FNV-1a.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func seal(_ code: some Sequence<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: hash(code).littleEndian) { Array($0) }
    }

    /// More than any machine code takes: a name that leads elsewhere, such as to a device, must not fill the memory.
    private static let largest = 64 << 20

    private static var folder: URL? {
        let environment = ProcessInfo.processInfo.environment
        if let chosen = environment["XDG_CACHE_HOME"], chosen.hasPrefix("/") {
            return URL(fileURLWithPath: chosen).appendingPathComponent("inn-tui")
        }
        return environment["HOME"].map { URL(fileURLWithPath: $0).appendingPathComponent(".cache/inn-tui") }
    }

    private static func bytes(of file: URL) -> Data? {
        let file = file.resolvingSymlinksInPath()
        guard let facts = try? FileManager.default.attributesOfItem(atPath: file.path),
            facts[.type] as? FileAttributeType == .typeRegular, let size = facts[.size] as? Int, size <= largest
        else { return nil }
        return try? Data(contentsOf: file)
    }

    static func load(_ name: String) -> [UInt8]? {
        guard let folder, let kept = Self.bytes(of: folder.appendingPathComponent(name)), kept.count > 8 else {
            return nil
        }
        let code = Array(kept.dropLast(8))
        return seal(code) == kept.suffix(8) ? code : nil
    }

    static func store(_ code: [UInt8], as name: String) {
        guard let folder else { return }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? Data(code + seal(code)).write(to: folder.appendingPathComponent(name), options: .atomic)
    }
}
