import CDevice
import INNCore

/// Memory of a device, given back when nobody holds it any more.
final class DeviceBuffer {
    let address: Device.Address
    /// Values that it holds.
    let count: Int
    private let device: Device

    fileprivate init(address: Device.Address, count: Int, device: Device) {
        (self.address, self.count, self.device) = (address, count, device)
    }

    deinit { device.free(address, count) }
}

extension Device {
    /// What a value in a device's memory is.
    enum Element {
        case float
        /// The upper half of a float.
        case bfloat

        var bytes: Int {
            switch self {
            case .float: 4
            case .bfloat: 2
            }
        }

        /// cuBLAS' cudaDataType_t.
        var dataType: Int32 {
            switch self {
            case .float: 0
            case .bfloat: 14
            }
        }

        /// As the kernels' source names it.
        var name: String {
            switch self {
            case .float: "float"
            case .bfloat: "bfloat"
            }
        }
    }

    /// An address in the device's memory, and what lies there.
    struct Address {
        let bits: UInt64
        let element: Element

        /// So many values further on.
        static func + (address: Address, values: Int) -> Address {
            Address(bits: address.bits + UInt64(values * address.element.bytes), element: address.element)
        }
    }

    private static func bytes(_ count: Int, _ element: Element) -> Int { max(1, count) * element.bytes }

    /// Makes room for so many values, with undefined contents.
    func allocate(_ count: Int, _ element: Element = .float) throws -> DeviceBuffer {
        var address: UInt64 = 0
        let bytes = Self.bytes(count, element)
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
        return DeviceBuffer(address: Address(bits: address, element: element), count: count, device: self)
    }

    /// Room for activations, or their gradients.
    func allocateStored(_ count: Int) throws -> DeviceBuffer { try allocate(count, precision.stored) }

    func allocateZeros(_ count: Int) throws -> DeviceBuffer {
        let buffer = try allocate(count)
        try clear(buffer.address, count)
        return buffer
    }

    fileprivate func free(_ address: Address, _ count: Int) {
        _ = driver.pointee.cuMemFree_v2(address.bits)
        allocatedBytes -= Self.bytes(count, address.element)
    }

    /// Makes floats 0.
    func clear(_ address: Address, _ count: Int) throws {
        precondition(address.element == .float, "only floats are cleared")
        try check(driver.pointee.cuMemsetD32_v2(address.bits, 0, count), "Clearing memory of \(name) failed")
    }

    func upload<Value>(_ source: UnsafePointer<Value>, count: Int, to address: Address) throws {
        try check(
            driver.pointee.cuMemcpyHtoD_v2(address.bits, source, count * MemoryLayout<Value>.stride),
            "Copying to \(name) failed")
    }

    func download<Value>(_ address: Address, count: Int, into target: UnsafeMutablePointer<Value>) throws {
        try check(
            driver.pointee.cuMemcpyDtoH_v2(target, address.bits, count * MemoryLayout<Value>.stride),
            "The work on \(name) failed")
    }
}
