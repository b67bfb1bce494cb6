import Foundation
import INNKit
import INNScreens
import Synchronization
import Testing

@testable import INNLab

/// The text that `R` and `--read` give to a network: by the rules of a corpus, and without anybody having to wait.
@Suite struct GivenTexts {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "given-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = folder.appending(path: name)
        try Data(bytes).write(to: url)
        return url.path
    }

    private func text(_ path: String, _ alphabet: Alphabet) throws -> String {
        alphabet.decode(try GivenText(path, alphabet: alphabet).ids)
    }

    @Test func theRulesAreThoseOfACorpus() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let plain = try file("plain.txt", Array("Two foxes, 7 hens.".utf8))
        #expect(try text(plain, .text8) == "two foxes seven hens ")
        #expect(try text(" \(plain) ", .bytes) == "Two foxes, 7 hens.")
        // As the gzip and the tar of a shell make them.
        for (name, command) in [("a.gz", "gzip -c plain.txt > a.gz"), ("a.tar.gz", "tar czf a.tar.gz plain.txt")] {
            try Self.run(command, in: folder)
            #expect(try text(folder.appending(path: name).path, .text8) == "two foxes seven hens ", "\(name)")
        }
        try Self.run("cp plain.txt b.txt; tar cf two.tar plain.txt b.txt; mkfifo pipe; : > empty", in: folder)
        for (name, words) in [
            ("two.tar", "several files"), ("pipe", "not a regular file"), ("empty", "is empty"),
            (".", "is a directory"), ("nowhere", "does not exist"),
        ] {
            let error = #expect(throws: INNError.self) {
                try GivenText(folder.appending(path: name).path, alphabet: .text8)
            }
            #expect(error?.message.contains(words) == true, "\(name): \(error?.message ?? "")")
        }
        #expect(throws: INNError.self) { try GivenText("/dev/stdin", alphabet: .text8) }
        // Half of it or more is not in the network's alphabet; there is no option there that would force it.
        let foreign = try file("foreign", Array(String(repeating: "река камень, a lamp. ", count: 20).utf8))
        let error = #expect(throws: INNError.self) { try GivenText(foreign, alphabet: .text8) }
        #expect(error?.message.contains("not in the network's alphabet") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("--force") == false)
        #expect(try GivenText(foreign, alphabet: .bytes).ids.count > 400)
    }

    /// A network of bytes reads the bytes that it would have learnt from, valid or not; one of letters refuses them.
    @Test func bytesAreReadAsTheyAre() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes: [UInt8] = [0x63, 0xE9, 0x00, 0xFF, 0x0A]
        let path = try file("latin1", bytes)
        #expect(try GivenText(path, alphabet: .bytes).ids == bytes.map(Int32.init))
        let error = #expect(throws: INNError.self) { try GivenText(path, alphabet: .text8) }
        #expect(error?.message.contains("not valid UTF-8") == true)
    }

    @Test func ofALongTextTheBeginningIsRead() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try file("long", [UInt8](repeating: 0x61, count: 5 << 20))
        #expect(try GivenText(path, alphabet: .text8).ids.count == 4 << 20)
        try Self.run("gzip -f long", in: folder)
        #expect(try GivenText(path + ".gz", alphabet: .bytes).ids.count == 4 << 20)
    }

    /// A disk that never answers: the reading is not waited for, neither by another text nor at the end.
    @Test(.timeLimit(.minutes(2))) func aTextThatNeverComesHoldsNobodyUp() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try file("fox", Array("the quick brown fox".utf8))
        let asked = Monitor<[String]>()
        let news = Monitor<Bool>()
        let queue = ActionQueue { news.open() }
        let model = try OpenedModel(nil, in: folder, best: false)
        let network = UncheckedNetwork(value: model.network)
        let generator = GeneratorThread(
            queue: queue, probes: ModelProbes(ProbeSubject(model, dataDirectory: folder.path), queue: queue),
            readText: { place, alphabet, take in
                asked.send(place)
                if place == path { GivenText.read(place, alphabet, take) }
            },
            makeSession: {
                GeneratorSession(network.value, alphabet: .text8, prompt: "so ", sampling: SamplingChoice())
            })
        generator.send(.read(path: "never"))
        generator.send(.step(1))
        generator.send(.read(path: path))
        // A key that follows is for the text that was asked for.
        generator.send(.step(4))
        var frame: GenerationFrame?
        while frame?.position != 5 {
            news.wait { isOpen -> Void? in
                defer { isOpen = false }
                return isOpen ? () : nil
            }
            for case .generation(let next) in queue.drain() { frame = next }
        }
        #expect(frame?.text.map { frame!.symbols[$0.symbol] }.joined() == "the␣q")
        generator.send(.read(path: "never"))
        generator.finish()
        #expect(asked.takeWaiting().prefix(2) == ["never", path])
    }

    private struct UncheckedNetwork: @unchecked Sendable {
        let value: any LanguageModel
    }

    private static func run(_ command: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(command)")
    }
}
