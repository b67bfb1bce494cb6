import Foundation
import INNKit
import Testing

/// A text in another script, from `data` to `eval`.
@Suite struct AlphabetCommandTests {
    private static let russian = (0..<60).map {
        "Глава \($0)\n" + String(repeating: "река камень утро лампа ", count: 8)
    }
    .joined()

    @Test func aRussianTextIsTrainedInItsOwnCharacters() throws {
        let program = try Program()
        let text = try program.file("книга.txt", Array(Self.russian.utf8))
        let data = try program.run("data", text)
        #expect(data.status == 65 && data.errorLines.count == 1 && data.errors.contains("--alphabet unicode"))
        #expect(try program.run("data", text, "--force").output.contains("dropped    8"))
        let described = try program.run("data", text, "--alphabet", "unicode")
        #expect(described.output.contains("dropped    0 %: 0 of"), "\(described.output)")
        let options = ["--preset", "tiny", "--sequence-length", "32", "--batch-size", "4", "--headless"]
        let trained = try program.run(
            ["train", text, "--alphabet", "unicode", "--lowercase", "--steps", "4", "--name", "ru"] + options)
        #expect(trained.status == 0, "\(trained.errors)")
        // Its alphabet is known from then on.
        let resumed = try program.run("train", "--resume", "ru", "--steps", "6", "--headless")
        #expect(resumed.status == 0 && resumed.errors.isEmpty, "\(resumed.errors)")
        let written = try program.run("generate", "ru", "--prompt", "РЕКА", "--characters", "20")
        #expect(written.status == 0 && written.errors.isEmpty && written.output.hasPrefix("река"))
        #expect(written.output.unicodeScalars.count == 4 + 20 + 1)
        let otherwise = try program.run("generate", "ru", "--alphabet", "bytes")
        #expect(otherwise.status == 64 && otherwise.errors.contains("the alphabet unicode; leave out --alphabet"))
        let measured = try program.run("eval", "ru")
        #expect(measured.status == 0 && measured.output.contains("BPC"), "\(measured.errors)")
        let other = try program.file(
            "english.txt", Array(String(repeating: "the old man and the sea ", count: 60).utf8))
        let refused = try program.run("eval", "ru", other)
        #expect(refused.status == 65 && refused.errors.contains("the network's alphabet"), "\(refused.errors)")
        // It stands in what other programs get, and comes back with it.
        let exported = try program.run("export", "ru", "--output", "ru.safetensors")
        #expect(exported.status == 0)
        #expect(try program.run("eval", "ru.safetensors", text).status == 0)
    }
}
