import CDevice
import Foundation
import INNCore

/// The kernels, compiled for one device, its precision and one network's sizes.
///
/// They are compiled on first use and kept in the user's cache under a hash of their text, the device and the compiler.
final class KernelLibrary {
    /// What kernels are compiled for.
    struct Sizes: Equatable {
        var stateSize: Int, taps: Int, neurons: Int, headDim: Int

        fileprivate var definitions: [String] {
            ["STATES=\(stateSize)", "TAPS=\(taps)", "NEURONS=\(neurons)", "HEAD=\(headDim)"]
        }
    }

    /// One kernel and its group's size.
    struct Kernel {
        let name: String
        let function: UnsafeMutableRawPointer?
        let group: Int
    }

    private let device: Device
    private var module: UnsafeMutableRawPointer?
    private var kernels: [String: Kernel] = [:]

    init(_ device: Device, _ sizes: Sizes) throws {
        self.device = device
        let (options, name) = Self.naming(device, sizes)
        // What the driver does not take, such as a damaged file, is compiled again.
        if let name, let kept = KernelCache.load(name), load(kept) == 0 { return }
        let code = try Self.compile(device.driver, options: options)
        try device.check(load(code), "The kernels cannot be loaded on \(device.name)")
        if let name { KernelCache.store(code, as: name) }
    }

    private func load(_ code: [UInt8]) -> Int32 {
        code.withUnsafeBytes { device.driver.pointee.cuModuleLoadData(&module, $0.baseAddress) }
    }

    deinit { if let module { _ = device.driver.pointee.cuModuleUnload(module) } }

    /// - Parameter group: work-items per group, as in the kernel's definition.
    func kernel(_ name: String, group: Int) throws -> Kernel {
        if let known = kernels[name] { return known }
        var function: UnsafeMutableRawPointer?
        try device.check(
            device.driver.pointee.cuModuleGetFunction(&function, module, name),
            "There is no kernel \(name) for \(device.name)")
        let kernel = Kernel(name: name, function: function, group: group)
        kernels[name] = kernel
        return kernel
    }

    /// The text of all kernels, prelude first.
    static let source: String = {
        let parts: [[UInt8]] = [
            PackageResources.cuda_prelude_cl, PackageResources.common_cl, PackageResources.rows_cl,
            PackageResources.sums_cl, PackageResources.memory_cl, PackageResources.scan_cl, PackageResources.routing_cl,
        ]
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }()

    private static func options(_ sizes: Sizes, _ device: Device) -> [String] {
        let others = [
            "STORED=\(device.precision.stored.name)", "MAX_STATES=STATES", "MAX_TAPS=TAPS", "MAX_NEURONS=NEURONS",
            "MAX_TILE=(NEURONS*(HEAD+1))",
        ]
        return ["--gpu-architecture=sm_\(device.architecture)", "--use_fast_math"]
            + (sizes.definitions + others).map { "--define-macro=\($0)" }
    }

    /// How the kernels are compiled, and under which name they are kept; nil for a compiler without a version, which is
    /// an emulated one.
    private static func naming(_ device: Device, _ sizes: Sizes) -> (options: [String], name: String?) {
        var version: (major: Int32, minor: Int32) = (0, 0)
        _ = device.driver.pointee.nvrtcVersion(&version.major, &version.minor)
        let options = options(sizes, device)
        guard version.major > 0 else { return (options, nil) }
        return (options, KernelCache.name(of: source, options, compiler: "\(version.major).\(version.minor)"))
    }

    /// Machine code of the kernels.
    private static func compile(_ driver: UnsafePointer<inn_driver>, options: [String]) throws -> [UInt8] {
        var program: UnsafeMutableRawPointer?
        guard driver.pointee.nvrtcCreateProgram(&program, source, "inn.cu", 0, nil, nil) == 0 else {
            throw INNError(
                .unavailable, "CUDA's run-time compiler does not start; install an NVRTC that fits the driver.")
        }
        defer { _ = driver.pointee.nvrtcDestroyProgram(&program) }
        let texts = options.map { strdup($0) }
        defer { texts.forEach { free($0) } }
        var pointers = texts.map { UnsafePointer<CChar>($0) }
        guard driver.pointee.nvrtcCompileProgram(program, Int32(pointers.count), &pointers) == 0 else {
            throw INNError(
                .unavailable, "CUDA's run-time compiler refuses the kernels (\(log(driver, program))).")
        }
        var size = 0
        var status = driver.pointee.nvrtcGetCUBINSize(program, &size)
        var code = [UInt8](repeating: 0, count: size)
        if status == 0 {
            status = code.withUnsafeMutableBytes {
                driver.pointee.nvrtcGetCUBIN(program, $0.baseAddress?.assumingMemoryBound(to: CChar.self))
            }
        }
        guard status == 0, size > 0 else {
            throw INNError(.unavailable, "CUDA's run-time compiler made no machine code for this device.")
        }
        return code
    }

    private static func log(_ driver: UnsafePointer<inn_driver>, _ program: UnsafeMutableRawPointer?) -> String {
        var size = 0
        _ = driver.pointee.nvrtcGetProgramLogSize(program, &size)
        var text = [CChar](repeating: 0, count: max(1, size))
        _ = driver.pointee.nvrtcGetProgramLog(program, &text)
        let whole = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return whole.split(separator: "\n").first { $0.contains("error") }.map(String.init) ?? whole.shortened
    }
}
