import Foundation
import INNCore
import Synchronization

/// Exclusive ownership of a run for training: its folder held open and locked, and the `lock` file in it.
///
/// The operating system releases both when the process ends, however it ends. The lock on the folder itself holds when
/// somebody deletes the file, and goes along when somebody renames the folder. The file stays and names the last owner;
/// it is what other versions and file systems that cannot lock folders go by.
public final class RunLock: CheckpointFolder.Keeper {
    /// Who trains a run.
    public struct Owner: Codable, Sendable, Equatable {
        public var pid: Int32
        public var host: String
    }

    private struct State {
        var folder: HeldFolder?
        var file: Int32
        /// Where the folder was when somebody last asked.
        var lastURL: URL
    }

    private static let fileName = "lock"
    private let runName: String
    private let state: Mutex<State>

    package init(_ run: RunFolder) throws {
        runName = run.name
        let folder = try HeldFolder(run.url)
        try Self.acquire(folder.descriptor, run.lockURL, runName: run.name)
        let file = try Self.open(in: folder.descriptor, run.lockURL)
        state = Mutex(State(folder: folder, file: file, lastURL: run.url))
        do {
            try Self.acquire(file, run.lockURL, runName: run.name)
            try Self.writeOwner(file, run.lockURL)
        } catch {
            release()
            throw error
        }
    }

    deinit { release() }

    /// Releases the run; does nothing the second time.
    public func release() {
        state.withLock { state in
            guard let folder = state.folder else { return }
            if case .at(let url) = folder.whereabouts { state.lastURL = url }
            // A child process that is just being started holds a copy until it executes, and closing ours would not end
            // the lock. The file last: who waits for it finds the folder free, too.
            for descriptor in [folder.descriptor, state.file] { flock(descriptor, LOCK_UN) }
            close(state.file)
            state.folder = nil
        }
    }

    /// Where the run's folder is now, also after it was renamed; where it last was once it is deleted or released.
    public var folderURL: URL {
        state.withLock { state in
            if case .at(let url)? = state.folder?.whereabouts { state.lastURL = url }
            return state.lastURL
        }
    }

    /// The run where it is now.
    public var folder: RunFolder { RunFolder(at: folderURL) }

    /// Makes sure that what is written next goes into this run and no other.
    ///
    /// A `lock` file that was deleted is made again.
    ///
    /// - Throws: ``INNError`` of kind `noInput` when the folder was deleted, `inputOutput` when it cannot be reached,
    ///   `temporary` when another process took the run.
    public func requireHeld() throws {
        try state.withLock { state in
            guard let folder = state.folder else { throw Self.deleted(state.lastURL) }
            let url: URL
            switch folder.whereabouts {
            case .at(let place): url = place
            case .deleted: throw Self.deleted(state.lastURL)
            case .unreachable(let code):
                throw INNError(
                    .inputOutput,
                    """
                    The folder '\(state.lastURL.path)' of the run cannot be reached because \
                    \(SystemError.phrase(code)); bring its disk back, and go on with --resume from the last checkpoint.
                    """
                )
            }
            state.lastURL = url
            let path = url.appending(path: Self.fileName)
            guard FileIdentity(path: path.path) != FileIdentity(descriptor: state.file) else { return }
            let file = try Self.open(in: folder.descriptor, path)
            do {
                try Self.acquire(file, path, runName: runName)
                try Self.writeOwner(file, path)
            } catch {
                close(file)
                throw error
            }
            close(state.file)
            state.file = file
        }
    }

    private static func deleted(_ url: URL) -> INNError {
        INNError(
            .noInput,
            """
            The folder '\(url.path)' of the run was deleted while it was being trained, or moved to another disk; \
            nothing more is written. Go on with --resume where it is now, or train again under another --name.
            """
        )
    }

    /// Who holds the lock at this moment; nil when nobody does.
    public static func owner(of folder: RunFolder) -> Owner? {
        let file = Foundation.open(folder.lockURL.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        defer { if file >= 0 { close(file) } }
        let descriptor = Foundation.open(folder.url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard [file, descriptor].contains(where: isTaken) else { return nil }
        return (file >= 0 ? readOwner(file) : nil) ?? Owner(pid: 0, host: "")
    }

    private static func isTaken(_ descriptor: Int32) -> Bool {
        guard descriptor >= 0 else { return false }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// Not through a link: the file is emptied, and in a folder from a stranger the link may lead to anything.
    private static func open(in folder: Int32, _ url: URL) throws -> Int32 {
        let descriptor = openat(folder, fileName, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw SystemError.creating(url.path, errno) }
        return descriptor
    }

    private static func acquire(_ descriptor: Int32, _ url: URL, runName: String) throws {
        // A listing probes with a shared lock for some microseconds; that must not look like an owner.
        for attempt in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            switch errno {
            case EWOULDBLOCK, EINTR: if attempt < 19 { usleep(5_000) }
            // Some network file systems lock files only, which then has to do.
            case EBADF, EINVAL, ENOTSUP, EOPNOTSUPP, ENOLCK: if isFolder(descriptor) { return } else { fallthrough }
            default: throw SystemError.creating(url.path, errno)
            }
        }
        let file = Foundation.open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        defer { if file >= 0 { close(file) } }
        let owner = readOwner(file).map { "process \($0.pid) on host \($0.host.shortened)" } ?? "another process"
        throw INNError(
            .temporary,
            "The run '\(runName)' is being trained by \(owner); stop that first, or train under another --name.")
    }

    private static func isFolder(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func readOwner(_ descriptor: Int32) -> Owner? {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return try? JSONDecoder().decode(Owner.self, from: Data(bytes[..<count]))
    }

    private static func writeOwner(_ descriptor: Int32, _ url: URL) throws {
        let owner = Owner(pid: getpid(), host: ProcessInfo.processInfo.hostName)
        let bytes = try Array(JSONEncoder().encode(owner))
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw SystemError.writing(url.path, errno)
        }
    }
}
