import Foundation

/// Turns `errno` into the project's errors, so that every file operation fails with the same kind of sentence.
enum SystemError {
    /// What the operating system says, as a phrase without capital or full stop.
    static func phrase(_ code: Int32) -> String {
        switch code {
        case ENOSPC, EDQUOT: "the disk is full"
        case EACCES, EPERM: "permission is denied"
        case EROFS: "the file system is read-only"
        case ENOENT: "it does not exist"
        case ENOTDIR: "a part of its path is not a folder"
        case EISDIR: "it is a folder"
        case ELOOP: "it is a symbolic link"
        case ENAMETOOLONG: "its name is too long"
        case EMFILE, ENFILE: "too many files are open"
        default: String(cString: strerror(code)).lowercased()
        }
    }

    static func reading(_ path: String, _ code: Int32) -> INNError {
        // That is what opening a socket says.
        if code == ENXIO { return oddFile(path) }
        let kind: INNError.Kind = code == EIO ? .inputOutput : .noInput
        return INNError(kind, "The file '\(path)' cannot be read because \(phrase(code)); check the path and its permissions.")
    }

    /// A pipe, a device or a socket, which may never answer.
    static func oddFile(_ path: String) -> INNError {
        INNError(.noInput, "The file '\(path)' cannot be read because it is no regular file; save its content to one and name that.")
    }

    /// The thing at `path` could not be created at all: nothing was written.
    static func creating(_ path: String, _ code: Int32) -> INNError {
        if code == ENOSPC || code == EDQUOT { return writing(path, code) }
        return INNError(.cannotCreate, "'\(path)' cannot be created because \(phrase(code)); choose a folder that you can write to.")
    }

    /// Writing failed halfway; what was there before is untouched.
    static func writing(_ path: String, _ code: Int32) -> INNError {
        let advice = code == ENOSPC || code == EDQUOT ? "free some space and try again" : "check the disk and try again"
        return INNError(.inputOutput, "Writing '\(path)' failed because \(phrase(code)); \(advice).")
    }
}
