import Foundation
import INNKit
import Testing

/// `--device` on a computer without a CUDA driver.
@Suite(.enabled(if: (try? DeviceDriver.load()) == nil, "this computer has a CUDA driver"))
struct DeviceCommandTests {
    @Test(arguments: ["cuda", "cuda:1"]) func withoutADriverNothingIsWritten(_ device: String) throws {
        let program = try Program()
        let result = try program.run("train", "sample", "--steps", "2", "--headless", "--device", device)
        #expect(result.status == 69)
        #expect(result.errors.hasPrefix("inn-tui: There is no CUDA device to use: "))
        #expect(result.errors.contains(" was not found; install NVIDIA's driver"))
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: "runs").path))
        for arguments in [
            ["bench", "--seconds", "1"], ["bench", "--peer-export", "peer"],
            ["reproduce", "sample", "--folder", "again"], ["reproduce", "sample", "--plan"],
        ] {
            let result = try program.run(arguments + ["--device", device])
            #expect(result.status == 69 && result.errors.split(separator: "\n").count == 1, "\(arguments)")
        }
        for name in ["peer", "again", "reproduce"] {
            #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: name).path))
        }
    }

    @Test func doctorSaysThatThereIsNone() throws {
        let output = try Program().run("doctor").output
        #expect(output.contains("training runs on the processor. There is no CUDA device to use"))
    }

    @Test func aWordThatNamesNoDeviceIsAUsageError() throws {
        let result = try Program().run("train", "sample", "--steps", "2", "--headless", "--device", "gpu")
        #expect(result.status == 64 && result.errors.contains("cpu, auto, cuda or cuda:N"))
    }
}
