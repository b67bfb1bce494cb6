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
    public private(set) var allocatedBytes = 0
    let driver: UnsafePointer<inn_driver>
    private let ordinal: Int32
    private let context: UnsafeMutableRawPointer?
    private var productHandle: UnsafeMutableRawPointer?

    /// How matrix products are computed; everything else is in 32 bits, and so are all sums and weights.
    public enum Precision: String, Codable, Sendable, CaseIterable {
        /// 32-bit products, the reference.
        case fp32
        /// Factors rounded to 10 bits of mantissa on the way into the tensor cores.
        case tf32

        /// cuBLAS' cublasComputeType_t.
        var computeType: Int32 {
            switch self {
            case .fp32: 68
            case .tf32: 77
            }
        }
    }

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
        var context: UnsafeMutableRawPointer?
        let status = table.pointee.cuDevicePrimaryCtxRetain(&context, device)
        guard status == 0 else {
            throw Self.failure(table, status, "The device \(name) cannot be used")
        }
        self.context = context
        try activate()
        try check(table.pointee.cublasCreate_v2(&productHandle), "cuBLAS does not start on \(name)")
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

    // MARK: Memory

    /// An address in the device's memory.
    typealias Address = UInt64

    /// Makes room for so many floats, with undefined contents.
    func allocate(_ count: Int) throws -> DeviceBuffer {
        var address: Address = 0
        let bytes = max(1, count) * MemoryLayout<Float>.stride
        let status = driver.pointee.cuMemAlloc_v2(&address, bytes)
        guard status == 0 else {
            let free = (try? memory().free) ?? 0
            throw INNError(
                .unavailable,
                """
                The memory of \(name) is too small: \(bytes >> 20) MB more are needed and \(free >> 20) MB are free; \
                make the batch, the sequence or the network smaller.
                """)
        }
        allocatedBytes += bytes
        return DeviceBuffer(address: address, count: count, device: self)
    }

    func allocateZeros(_ count: Int) throws -> DeviceBuffer {
        let buffer = try allocate(count)
        try clear(buffer.address, count)
        return buffer
    }

    fileprivate func free(_ address: Address, _ count: Int) {
        _ = driver.pointee.cuMemFree_v2(address)
        allocatedBytes -= max(1, count) * MemoryLayout<Float>.stride
    }

    func clear(_ address: Address, _ count: Int) throws {
        try check(driver.pointee.cuMemsetD32_v2(address, 0, count), "Clearing memory of \(name) failed")
    }

    func upload<Value>(_ source: UnsafePointer<Value>, count: Int, to address: Address) throws {
        try check(
            driver.pointee.cuMemcpyHtoD_v2(address, source, count * MemoryLayout<Value>.stride),
            "Copying to \(name) failed")
    }

    func download<Value>(_ address: Address, count: Int, into target: UnsafeMutablePointer<Value>) throws {
        try check(
            driver.pointee.cuMemcpyDtoH_v2(target, address, count * MemoryLayout<Value>.stride),
            "The work on \(name) failed")
    }

    // MARK: Work

    /// What a kernel is given, in its order.
    enum Argument {
        /// nil is a missing buffer.
        case buffer(Address?), int(Int), float(Float), count(Int), key(UInt64)

        fileprivate var bits: UInt64 {
            switch self {
            case .buffer(let address): address ?? 0
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

    /// A matrix in the device's memory, row by row.
    struct Matrix {
        var address: Address
        /// Floats from one row to the next.
        var stride: Int
        /// Whether the transpose is meant of what lies there.
        var transposed = false
        /// Floats from one matrix of a batch to the next.
        var batchStride = 0
    }

    /// rows × inner times inner × columns, so many times.
    struct ProductSize {
        var rows: Int, columns: Int, inner: Int
        var batch = 1
    }

    /// c = a b, or c += a b.
    func multiply(_ size: ProductSize, _ a: Matrix, _ b: Matrix, into c: Matrix, adds: Bool = false) throws {
        var one: Float = 1
        var scale: Float = adds ? 1 : 0
        // cuBLAS counts columns first: its c is our c transposed, and so are the factors, in reverse.
        try check(
            driver.pointee.cublasGemmStridedBatchedEx(
                productHandle, b.transposed ? 1 : 0, a.transposed ? 1 : 0, Int32(size.columns), Int32(size.rows),
                Int32(size.inner), &one, b.address, 0, Int32(b.stride), Int64(b.batchStride), a.address, 0,
                Int32(a.stride), Int64(a.batchStride), &scale, c.address, 0, Int32(c.stride), Int64(c.batchStride),
                Int32(size.batch), precision.computeType, -1),
            "A matrix product of \(size.rows) × \(size.inner) × \(size.columns) failed on \(name)")
    }
}

/// Memory of a device, given back when nobody holds it any more.
final class DeviceBuffer {
    let address: Device.Address
    let count: Int
    private let device: Device

    fileprivate init(address: Device.Address, count: Int, device: Device) {
        (self.address, self.count, self.device) = (address, count, device)
    }

    deinit { device.free(address, count) }
}
