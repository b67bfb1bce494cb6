import Foundation

/// What changes whenever a file is written.
package struct FileVersion: Equatable, Sendable {
    package let size: Int
    /// When its content last changed, since 1970.
    package let seconds, nanoseconds: Int

    package init(_ status: stat) {
        #if canImport(Darwin)
        let modified = status.st_mtimespec
        #else
        let modified = status.st_mtim
        #endif
        (size, seconds, nanoseconds) = (Int(status.st_size), Int(modified.tv_sec), Int(modified.tv_nsec))
    }

    /// nil when there is no such file.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}
