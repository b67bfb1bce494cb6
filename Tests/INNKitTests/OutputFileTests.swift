import Foundation
import Testing

@testable import INNCore
@testable import INNStore

/// Where the program writes when a path is named that is no plain file.
@Suite struct OutputFiles {
    private func write(_ text: String, to url: URL) throws { try OutputFile.write(Data(text.utf8), to: url) }

    private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

    private func kind(_ url: URL) -> mode_t {
        var status = stat()
        return lstat(url.path, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    @Test func linksAreFollowed() throws {
        try withTemporaryFolder { folder in
            let (target, far) = (folder.appending(path: "target"), folder.appending(path: "far/new"))
            try FileManager.default.createDirectory(
                at: far.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("old".utf8).write(to: target)
            for (name, place) in [
                ("one", "target"), ("two", "one"), ("absolute", target.path), ("dangling", "far/new"),
                ("again", "dangling"), ("nowhere", "missing/new"), ("circle", "back"), ("back", "circle"),
            ] {
                #expect(symlink(place, folder.appending(path: name).path) == 0)
            }
            for (name, file) in [
                ("one", target), ("two", target), ("absolute", target), ("dangling", far), ("again", far),
            ] {
                try write("by \(name)", to: folder.appending(path: name))
                #expect(try text(file) == "by \(name)" && kind(folder.appending(path: name)) == S_IFLNK)
            }
            for name in ["nowhere", "circle", "far"] {
                let error = #expect(throws: INNError.self) { try write("x", to: folder.appending(path: name)) }
                #expect(error?.kind == .cannotCreate)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 10)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/far") == ["new"])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root makes devices")) func devicesStayDevices() throws {
        try withTemporaryFolder { folder in
            // What /dev/null and /dev/full are on Linux.
            let (null, full) = (folder.appending(path: "null"), folder.appending(path: "full"))
            try #require(mknod(null.path, S_IFCHR | 0o666, 1 << 8 | 3) == 0)
            try #require(mknod(full.path, S_IFCHR | 0o666, 1 << 8 | 7) == 0)
            #expect(symlink("null", folder.appending(path: "link").path) == 0)
            try write("gone", to: null)
            try write("gone", to: folder.appending(path: "link"))
            try SafetensorsWriter.export([SafetensorsEntry(name: "w", shape: [2], floats: [1, 2])], to: null)
            let error = #expect(throws: INNError.self) { try write("no room", to: full) }
            #expect(error?.kind == .inputOutput && error?.message.contains("the disk is full") == true)
            #expect(kind(null) == S_IFCHR && kind(full) == S_IFCHR && kind(folder.appending(path: "link")) == S_IFLNK)
        }
    }

    /// `(echo header; inn-tui … -o /dev/stdout) > file` must not lose the header.
    @Test(arguments: ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"])
    func descriptorsKeepTheirPlace(folderOfDescriptors: String) throws {
        try #require(FileManager.default.fileExists(atPath: folderOfDescriptors))
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            #expect(Foundation.write(descriptor, "header ", 7) == 7)
            try write("and more", to: URL(fileURLWithPath: "\(folderOfDescriptors)\(descriptor)"))
            #expect(symlink("\(folderOfDescriptors)\(descriptor)", folder.appending(path: "link").path) == 0)
            try write(", and more", to: folder.appending(path: "link"))
            #expect(try text(file) == "header and more, and more")
            let error = #expect(throws: INNError.self) {
                try write("x", to: URL(fileURLWithPath: "\(folderOfDescriptors)9999"))
            }
            #expect(error?.kind == .cannotCreate)
        }
    }

    @Test func permissionsStay() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "private")
            try Data("old".utf8).write(to: file)
            #expect(chmod(file.path, 0o600) == 0)
            try write("new", to: file)
            var status = stat()
            #expect(stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(try text(file) == "new")
        }
    }

    /// The file of weights that goes through a pipe is the one that goes to a disk.
    @Test func weightsGoThroughAPipe() throws {
        try withTemporaryFolder { folder in
            let entry = SafetensorsEntry(name: "w", shape: [3], floats: [1, 2, 3])
            let (pipe, file, alike) = (
                folder.appending(path: "pipe"), folder.appending(path: "file"), folder.appending(path: "alike")
            )
            #expect(mkfifo(pipe.path, 0o600) == 0)
            let unread = #expect(throws: INNError.self) { try SafetensorsWriter.export([entry], to: pipe) }
            #expect(unread?.message.contains("nobody reads") == true)
            let reader = open(pipe.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            try SafetensorsWriter.export([entry], metadata: ["a": "b"], to: pipe)
            try SafetensorsWriter.export([entry], metadata: ["a": "b"], to: file)
            try SafetensorsWriter.write([entry], metadata: ["a": "b"], to: alike)
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(reader, &bytes, bytes.count)
            let whole = try Data(contentsOf: alike)
            #expect(Data(bytes.prefix(max(0, count))) == whole)
            #expect(try Data(contentsOf: file) == whole && SafetensorsFile(file).verifyChecksum())
            // A reader that has enough is known by its system code, in a program that the signal does not end.
            signal(SIGPIPE, SIG_IGN)
            let output = try OutputFile(pipe.path)
            close(reader)
            let gone = #expect(throws: INNError.self) { try bytes.withUnsafeBytes { try output.write($0) } }
            #expect(gone?.systemCode == EPIPE && kind(pipe) == S_IFIFO)
        }
    }

    @Test func whatCouldNotBeWrittenIsSaidBeforeTheWork() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data("old".utf8).write(to: file)
            try OutputFile.requireWritable(file)
            try OutputFile.requireWritable(folder.appending(path: "new"))
            #expect(try text(file) == "old")
            #expect(throws: INNError.self) { try OutputFile.requireWritable(folder.appending(path: "missing/new")) }
            #expect(throws: INNError.self) { try OutputFile.requireWritable(folder) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
        }
    }
}
