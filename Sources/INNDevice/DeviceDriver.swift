import CDevice
import INNCore

/// The CUDA driver, its compiler and its matrix products, found at run time, or what stands in for them in tests.
public struct DeviceDriver: @unchecked Sendable {
    let table: UnsafePointer<inn_driver>

    /// - Parameter table: an `inn_driver`.
    package init(table: UnsafeRawPointer) { self.table = table.assumingMemoryBound(to: inn_driver.self) }

    /// Looks for the libraries on this computer.
    ///
    /// - Throws: ``INNError`` of kind `unavailable` that names what is missing.
    public static func load() throws -> DeviceDriver {
        var missing = [CChar](repeating: 0, count: 256)
        guard let table = inn_load_driver(&missing, missing.count) else {
            let name = String(decoding: missing.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            throw INNError(
                .unavailable,
                """
                There is no CUDA device to use: \(name) was not found; install NVIDIA's driver and the CUDA runtime \
                libraries (NVRTC and cuBLAS), or name their folders in INN_CUDA_LIBRARIES, or train without --device.
                """)
        }
        return DeviceDriver(table: table)
    }
}
