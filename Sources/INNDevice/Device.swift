import CDevice
import INNCore

/// One CUDA device: its memory and its queue of work. Everything is in order and asynchronous but for copies to the
/// host, which wait.
///
/// Belongs to one thread at a time; ``activate()`` hands it to the calling one.
public final class Device {
    /// As the driver names it.
    public let name: String
    /// Compute capability, for example 90 for 9.0.
    public let architecture: Int
    /// Multiprocessors.
    public let multiprocessors: Int
    public let precision: Precision
    /// Bytes of its memory that this process holds.
    public internal(set) var allocatedBytes = 0
    let driver: UnsafePointer<inn_driver>
    private let ordinal: Int32
    private let context: UnsafeMutableRawPointer?
    private(set) var productHandle: UnsafeMutableRawPointer?

    /// - Throws: ``INNError`` of kind `unavailable` when there is no such device or it cannot be used.
    public init(_ driver: DeviceDriver, ordinal: Int = 0, precision: Precision = .fp32) throws {
        let table = driver.table
        self.driver = table
        self.ordinal = Int32(ordinal)
        self.precision = precision
        var count: Int32 = 0
        var device: Int32 = 0
        let start = table.pointee.cuInit(0)
        guard start == 0 || start == Self.noDevice else {
            throw Self.failure(table, start, "The CUDA driver does not start; see what nvidia-smi says")
        }
        guard start == 0, table.pointee.cuDeviceGetCount(&count) == 0, count > 0 else {
            throw INNError(
                .unavailable,
                "The CUDA driver finds no device; see what nvidia-smi says, or train without --device.")
        }
        try Self.requireVersions(table)
        guard ordinal < Int(count), table.pointee.cuDeviceGet(&device, Int32(ordinal)) == 0 else {
            throw INNError(
                .unavailable,
                "There is no CUDA device \(ordinal); the \(count == 1 ? "only" : "last") one is \(count - 1)."
            )
        }
        var text = [CChar](repeating: 0, count: 256)
        _ = table.pointee.cuDeviceGetName(&text, 255, device)
        name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        func attribute(_ number: Int32) -> Int {
            var value: Int32 = 0
            _ = table.pointee.cuDeviceGetAttribute(&value, number, device)
            return Int(value)
        }
        architecture = 10 * attribute(75) + attribute(76)
        multiprocessors = attribute(16)
        try Self.require(precision, name, architecture)
        var context: UnsafeMutableRawPointer?
        let status = table.pointee.cuDevicePrimaryCtxRetain(&context, device)
        guard status == 0 else {
            throw Self.failure(table, status, "The device \(name) cannot be used")
        }
        self.context = context
        try activate()
        try check(table.pointee.cublasCreate_v2(&productHandle), "cuBLAS does not start on \(name)")
        if let mode = precision.mathMode {
            try check(
                table.pointee.cublasSetMathMode(productHandle, mode),
                "cuBLAS on \(name) does not add up products of \(precision.rawValue) in 32 bits")
        }
    }

    deinit {
        _ = driver.pointee.cuCtxSetCurrent(context)
        if let productHandle { _ = driver.pointee.cublasDestroy_v2(productHandle) }
        _ = driver.pointee.cuDevicePrimaryCtxRelease_v2(ordinal)
    }

    /// CUDA_ERROR_NO_DEVICE.
    private static let noDevice: Int32 = 100
    /// The oldest version of CUDA whose entry points are used as they are here, and how versions are counted.
    private static let oldestVersion: Int32 = 12, perVersion: Int32 = 1000

    /// A driver runs what compilers of its own version of CUDA make, and of earlier ones.
    private static func requireVersions(_ table: UnsafePointer<inn_driver>) throws {
        var version: Int32 = 0
        var compiler: (major: Int32, minor: Int32) = (0, 0)
        guard table.pointee.cuDriverGetVersion(&version) == 0,
            table.pointee.nvrtcVersion(&compiler.major, &compiler.minor) == 0
        else { return }
        let name = "The NVIDIA driver is for CUDA \(version / perVersion).\(version % perVersion / 10)"
        guard version / perVersion >= oldestVersion else {
            throw INNError(
                .unavailable, "\(name), and \(oldestVersion).0 or later is needed; install a newer driver.")
        }
        guard compiler.major <= version / perVersion else {
            throw INNError(
                .unavailable,
                """
                \(name) and the run-time compiler (NVRTC) of CUDA \(compiler.major).\(compiler.minor); install a newer \
                driver, or NVRTC and cuBLAS of CUDA \(version / perVersion), whose folders INN_CUDA_LIBRARIES may name.
                """)
        }
    }

    /// - Throws: ``INNError`` of kind `unavailable` when a device of this compute capability does not know a precision.
    private static func require(_ precision: Precision, _ name: String, _ architecture: Int) throws {
        guard architecture < precision.leastArchitecture else { return }
        func version(_ number: Int) -> String { "\(number / 10).\(number % 10)" }
        throw INNError(
            .unavailable,
            """
            \(name) has compute capability \(version(architecture)), and --precision \(precision.rawValue) needs \
            \(version(precision.leastArchitecture)); train with --precision fp32.
            """)
    }

    /// To be called by a thread before it uses the device.
    public func activate() throws { try check(driver.pointee.cuCtxSetCurrent(context), "\(name) cannot be used") }

    /// How many devices there are.
    public func count() throws -> Int {
        var count: Int32 = 0
        try check(driver.pointee.cuDeviceGetCount(&count), "The devices cannot be counted")
        return Int(count)
    }

    /// Bytes free and in all.
    public func memory() throws -> (free: Int, total: Int) {
        var free = 0
        var total = 0
        try check(driver.pointee.cuMemGetInfo_v2(&free, &total), "\(name) does not say how much memory it has")
        return (free, total)
    }

    /// Waits until everything that was asked for is done.
    public func synchronize() throws { try check(driver.pointee.cuCtxSynchronize(), "The work on \(name) failed") }

    func check(_ status: Int32, _ problem: @autoclosure () -> String) throws {
        guard status != 0 else { return }
        throw Self.failure(driver, status, problem())
    }

    private static func failure(_ driver: UnsafePointer<inn_driver>, _ status: Int32, _ problem: String) -> INNError {
        var text: UnsafePointer<CChar>?
        _ = driver.pointee.cuGetErrorString(status, &text)
        return INNError(.unavailable, "\(problem): \(text.map { String(cString: $0) } ?? "error \(status)").")
    }

    // MARK: Work

    /// What a kernel is given, in its order.
    enum Argument {
        /// nil is a missing buffer.
        case buffer(Address?), int(Int), float(Float), count(Int), key(UInt64)

        fileprivate var bits: UInt64 {
            switch self {
            case .buffer(let address): address?.bits ?? 0
            case .int(let value): UInt64(UInt32(bitPattern: Int32(value)))
            case .float(let value): UInt64(value.bitPattern)
            case .count(let value): UInt64(value)
            case .key(let value): value
            }
        }
    }

    /// Queues a kernel over so many groups of work-items.
    func launch(_ kernel: KernelLibrary.Kernel, grid: (Int, Int), _ arguments: [Argument]) throws {
        guard grid.0 > 0, grid.1 > 0 else { return }
        let status = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: arguments.count) { slots in
            withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: arguments.count) { pointers in
                for (index, argument) in arguments.enumerated() {
                    slots.initializeElement(at: index, to: argument.bits)
                    pointers.initializeElement(at: index, to: UnsafeMutableRawPointer(slots.baseAddress! + index))
                }
                return driver.pointee.cuLaunchKernel(
                    kernel.function, UInt32(grid.0), UInt32(grid.1), 1, UInt32(kernel.group), 1, 1, 0, nil,
                    pointers.baseAddress, nil)
            }
        }
        try check(status, "The kernel \(kernel.name) cannot be run on \(name)")
    }
}
