import Foundation
import INNKit
import INNLab
import INNScreens
import Testing

/// What goes from the trainer's thread to the screens and to standard output.
struct OutputTests {
    @Test func aClosedQueueIsEmptyAndStaysSo() {
        let queue = ActionQueue {}
        queue.send(.playStopped)
        #expect(queue.drain().count == 1)
        queue.send(.playStopped)
        queue.close()
        queue.send(.playStopped)
        queue.receive(.mark(EventMark(step: 1, kind: .started)))
        #expect(queue.drain().isEmpty)
    }

    /// Nobody reads yet, and a pipe holds 64 KiB.
    @Test func aSlowReaderHoldsNobodyUpAndLosesNoLine() throws {
        let pipe = Pipe()
        let output = OutputQueue(pipe.fileHandleForWriting.fileDescriptor)
        let lines = (0..<20_000).map { "line \($0)\n" }
        for line in lines { output.write(line) }
        let reader = Transcript(descriptor: fcntl(pipe.fileHandleForReading.fileDescriptor, F_DUPFD_CLOEXEC, 3))
        output.flush()
        try pipe.fileHandleForWriting.close()
        #expect(reader.whole() == lines.joined())
    }

    @Test func ofProgressLinesThatWaitTheNewestIsWritten() throws {
        let pipe = Pipe()
        let output = OutputQueue(pipe.fileHandleForWriting.fileDescriptor)
        // More than a pipe holds: the writer is stuck in it, or with it in the first lines, until somebody reads.
        output.write(String(repeating: "x", count: 200_000) + "\n")
        for step in 0..<1000 { output.write("step \(step)\n", isPassing: true) }
        output.write("end\n")
        let reader = Transcript(descriptor: fcntl(pipe.fileHandleForReading.fileDescriptor, F_DUPFD_CLOEXEC, 3))
        output.flush()
        try pipe.fileHandleForWriting.close()
        let lines = reader.whole().split(separator: "\n").dropFirst()
        #expect(
            lines.suffix(2) == ["step 999", "end"] && lines.count <= 3,
            "at most one more had left before the writer was stuck")
    }

    /// A reader that went away is no failure; anything else is one, and is kept for the end.
    @Test func whatCannotBeWrittenIsAnErrorAtTheEnd() throws {
        let readable = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(readable) }
        let output = OutputQueue(readable)
        output.write("lost\n")
        output.flush()
        let error = #expect(throws: INNError.self) { try output.requireWritten() }
        #expect(error?.kind == .inputOutput)
        let pipe = Pipe()
        signal(SIGPIPE, SIG_IGN)
        let unread = OutputQueue(pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForReading.close()
        unread.write("nobody reads\n")
        unread.flush()
        try unread.requireWritten()
    }

    @Test(arguments: [
        (61.0, "1:01 min"), (3661, "1:01:01 h"), (6e19, "a very long time"), (.infinity, "a very long time"),
        (.nan, "a very long time"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(durationPhrase(seconds) == text)
    }
}
