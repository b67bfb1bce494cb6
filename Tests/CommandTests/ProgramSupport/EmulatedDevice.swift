import Foundation
import INNKit
import Testing

/// A folder with what the program takes for NVIDIA's libraries (Tests/Support/CEmulatedDevice).
struct EmulatedDevice {
    let folder: URL

    /// Made in the folder of a program, and removed with it.
    init(_ program: Program) throws {
        folder = program.folder.appendingPathComponent("cuda")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let library = URL(fileURLWithPath: Program.executable).deletingLastPathComponent()
            .appendingPathComponent("libinn-emulated-cuda.so")
        for name in ["libcuda.so.1", "libnvrtc.so", "libcublas.so"] {
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent(name), withDestinationURL: library)
        }
    }

    /// - Parameter settings: see `emulated_device.h`.
    func environment(_ settings: String = "") -> [String: String?] {
        ["INN_CUDA_LIBRARIES": folder.path, "INN_EMULATED_DEVICE": settings]
    }

    /// Options of a training that takes an emulated device a second.
    static let small = [
        "--preset", "tiny", "--neurons", "2", "--width", "8", "--heads", "2", "--state-size", "4", "--batch-size", "2",
        "--sequence-length", "16", "--validation-characters", "64", "--headless",
    ]
}

extension Program {
    static var isLinux: Bool {
        #if os(Linux)
        true
        #else
        false
        #endif
    }

    /// Whether this computer has no driver of its own, which would be found behind the folders that are named.
    static let hasNoDriver = (try? DeviceDriver.load()) == nil
}
