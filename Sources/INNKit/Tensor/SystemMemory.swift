import Foundation

/// How much memory this process can be given.
public enum SystemMemory {
    /// Bytes of memory and swap, or fewer where a control group (a container, a batch system) or `ulimit -v` allows fewer.
    public static var limit: Double {
        ([installed, addressSpace] + controlGroups()).compactMap { $0 }.min() ?? .infinity
    }

    /// An amount as people write it, for example `8.4 GB`.
    static func phrase(_ bytes: Double) -> String {
        let (unit, name) = [(1e18, "EB"), (1e15, "PB"), (1e12, "TB"), (1e9, "GB")].first { bytes >= $0.0 } ?? (1e6, "MB")
        return String(format: "%.1f %@", bytes / unit, name)
    }

    private static var installed: Double? {
        let memory = Double(ProcessInfo.processInfo.physicalMemory)
        return memory > 0 ? memory + swap : nil
    }

    private static var swap: Double {
        let line = contents("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("SwapTotal:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
    }

    private static var addressSpace: Double? {
        var limit = rlimit()
        #if canImport(Darwin)
        let result = getrlimit(RLIMIT_AS, &limit)
        #else
        let result = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #endif
        // Unlimited is the largest number there is, which no comparison minds.
        return result == 0 ? Double(limit.rlim_cur) : nil
    }

    /// The limits of the control group (version 2) of this process and of those that it lies in.
    private static func controlGroups() -> [Double?] {
        guard let line = contents("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return [] }
        var path = String(line.dropFirst(3)), limits: [Double?] = []
        while true {
            limits.append(contents("/sys/fs/cgroup\(path)/memory.max").flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
            guard path != "/", path != "" else { return limits }
            path = (path as NSString).deletingLastPathComponent
        }
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
