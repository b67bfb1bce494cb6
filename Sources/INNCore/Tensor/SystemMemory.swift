import Foundation

/// How much memory this process can be given.
public enum SystemMemory {
    /// Bytes of memory and swap, or fewer where a control group (a container, a batch system) or `ulimit -v` allows
    /// fewer.
    public static var limit: Double {
        ([installed, addressSpace] + controlGroups()).compactMap { $0 }.min() ?? .infinity
    }

    /// An amount as people write it, for example `8.4 GB`.
    package static func phrase(_ bytes: Double) -> String {
        let (unit, name) =
            [(1e18, "EB"), (1e15, "PB"), (1e12, "TB"), (1e9, "GB")].first { bytes >= $0.0 } ?? (1e6, "MB")
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

    /// The limits of the control groups, of version 1 or 2, of this process and of those that they lie in.
    private static func controlGroups() -> [Double?] {
        (contents("/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [Double?] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { return [] }
            if parts[1].isEmpty { return limits("/sys/fs/cgroup", parts[2], "memory.max") }
            return parts[1].split(separator: ",").contains("memory")
                ? limits("/sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes") : []
        }
    }

    private static func limits(_ root: String, _ group: String, _ file: String) -> [Double?] {
        var path = group
        var limits: [Double?] = []
        while true {
            let text = contents("\(root)\(path)/\(file)")?.trimmingCharacters(in: .whitespacesAndNewlines)
            // "max" of version 2 is no number, and no limit.
            limits.append(text.flatMap { Double($0) })
            guard path != "/", !path.isEmpty else { return limits }
            path = (path as NSString).deletingLastPathComponent
        }
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
