import Foundation
import INNCore

/// Turns `errno` into the project's errors, so that every file operation fails with the same kind of sentence.
enum SystemError {
    /// What the operating system says, as a phrase without capital or full stop.
    static func phrase(_ code: Int32) -> String {
        switch code {
        case ENOSPC, EDQUOT: "the disk is full"
        case EFBIG: "it grows beyond the limit on the size of files"
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
        return INNError(
            kind, "The file '\(path)' cannot be read because \(phrase(code)); check the path and its permissions.")
    }

    /// A folder is there and cannot be looked into.
    static func readingFolder(_ path: String, _ code: Int32) -> INNError {
        let kind: INNError.Kind = code == EIO ? .inputOutput : .noInput
        let reason = code == ENOENT ? "it is a link to a place that does not exist" : phrase(code)
        return INNError(
            kind,
            """
            The folder '\(path)' cannot be read because \(reason); make it readable, or mount the disk that it \
            lies on, and try again.
            """
        )
    }

    /// A pipe, a device or a socket, which may never answer.
    static func oddFile(_ path: String) -> INNError {
        INNError(
            .noInput,
            "The file '\(path)' cannot be read because it is no regular file; save its content to one and name that.")
    }

    /// The thing at `path` could not be created at all: nothing was written.
    static func creating(_ path: String, _ code: Int32) -> INNError {
        if code == ENOSPC || code == EDQUOT { return writing(path, code) }
        if code == ENOENT {
            let text = "'\(path)' cannot be created because its folder does not exist; make that, or choose another."
            return INNError(.cannotCreate, text, systemCode: code)
        }
        return INNError(
            .cannotCreate,
            "'\(path)' cannot be created because \(phrase(code)); choose a folder that you can write to.",
            systemCode: code)
    }

    /// Writing failed halfway; what was there before is untouched.
    static func writing(_ path: String, _ code: Int32) -> INNError {
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "free some space and try again"
            case EFBIG: "raise the limit (ulimit -f) and try again"
            default: "check the disk and try again"
            }
        // The reason that people meet first: a screen of 80 columns shows no more.
        let text =
            code == ENOSPC || code == EDQUOT
            ? "Writing failed because the disk is full: '\(path)'; \(advice)."
            : "Writing '\(path)' failed because \(phrase(code)); \(advice)."
        return INNError(.inputOutput, text, systemCode: code)
    }
}
