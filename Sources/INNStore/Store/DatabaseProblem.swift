import Foundation
import GRDB
import INNCore

/// Turns what SQLite reports into the project's errors.
enum DatabaseProblem {
    static func error(_ error: any Error, _ url: URL) -> INNError {
        if let error = error as? INNError { return error }
        let path = url.path
        guard let error = error as? DatabaseError else {
            return INNError(
                .inputOutput,
                """
                The run database '\(path)' cannot be used (\(String(describing: error).shortened)); check the disk \
                and try again.
                """
            )
        }
        return switch error.resultCode.primaryResultCode {
        case .SQLITE_FULL: SystemError.writing(path, ENOSPC)
        case .SQLITE_IOERR where isFull(url): SystemError.writing(path, ENOSPC)
        case .SQLITE_IOERR where isAtSizeLimit(url): SystemError.writing(path, EFBIG)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            INNError(
                .temporary, "The run database '\(path)' is held by another process; try again when that has finished.")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            INNError(
                .cannotCreate,
                "The run database '\(path)' cannot be opened for this; check the permissions of its folder.")
        case .SQLITE_IOERR:
            INNError(
                .inputOutput, "Reading or writing '\(path)' failed (\(phrase(error))); check the disk and try again.")
        default:
            INNError(.data, "The run database '\(path)' is damaged (\(phrase(error))); restore it from a backup.")
        }
    }

    /// Whether the disk has no space left; SQLite calls that an input/output error where it shares memory through a
    /// file.
    private static func isFull(_ url: URL) -> Bool {
        var status = statvfs()
        return statvfs(url.deletingLastPathComponent().path, &status) == 0 && status.f_bavail == 0
    }

    /// Whether a file of the database has come close to the limit on the size of files (`ulimit -f`), which SQLite
    /// calls an input/output error as well.
    private static func isAtSizeLimit(_ url: URL) -> Bool {
        // SQLite writes pages of 4 KiB and lets the memory that processes share through a file grow by 32 KiB.
        let largestWrite = 64 << 10
        var limit = rlimit()
        #if canImport(Glibc)
        let got = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
        let got = getrlimit(RLIMIT_FSIZE, &limit)
        #endif
        guard got == 0 else { return false }
        return ["", "-wal", "-shm"].contains { suffix in
            var status = stat()
            return stat(url.path + suffix, &status) == 0
                && UInt64(status.st_size) + UInt64(largestWrite) > UInt64(limit.rlim_cur)
        }
    }

    /// Runs `body` and turns its errors.
    static func translating<Result>(_ url: URL, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw Self.error(error, url)
        }
    }

    private static func phrase(_ error: DatabaseError) -> String {
        (error.message ?? "code \(error.resultCode.rawValue)").shortened
    }
}
