import INNCore

/// A device as a command names it: `cuda`, or `cuda:1` for the second one.
public struct DeviceChoice: Sendable, Equatable {
    public var ordinal: Int
    public var precision: Device.Precision

    public init(ordinal: Int = 0, precision: Device.Precision = .tf32) {
        (self.ordinal, self.precision) = (ordinal, precision)
    }

    /// - Parameters:
    ///   - name: `cpu` and `auto` mean the processor, which nobody leaves without asking.
    ///   - precision: nil for `tf32` on a device; the processor knows `fp32` alone.
    /// - Returns: nil for the processor.
    /// - Throws: ``INNError`` of kind `usage` for any other word.
    public static func named(_ name: String, precision: Device.Precision?) throws -> DeviceChoice? {
        if ["cpu", "auto"].contains(name) {
            guard precision == nil || precision == .fp32 else {
                throw INNError(
                    .usage,
                    """
                    --precision \(precision?.rawValue ?? "") is for a device, the processor computes in 32 bits; add \
                    --device cuda.
                    """)
            }
            return nil
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts[0] == "cuda", parts.count <= 2, let ordinal = parts.count == 2 ? Int(parts[1]) : 0,
            (0...255).contains(ordinal)
        else { throw INNError(.usage, "--device is “\(name.shortened)”, but must be cpu, auto, cuda or cuda:N.") }
        return DeviceChoice(ordinal: ordinal, precision: precision ?? .tf32)
    }

    /// What the first device of this computer is, or that there is none.
    public static var summary: String {
        do {
            let device = try DeviceChoice().open()
            let memory = try device.memory()
            let others = try device.count() - 1
            return """
                \(device.name), \(memory.free >> 20) of \(memory.total >> 20) MB free, for --device cuda\
                \(others > 0 ? " (and \(others) more, from cuda:1 on)" : ""); \
                \(try ceilings(device).joined(separator: ", "))
                """
        } catch {
            let reason = (error as? INNError)?.message ?? "\(error)"
            return "training runs on the processor. \(reason)"
        }
    }

    /// What the first device does in products of every kind that is quicker than the reference, and in copies.
    private static func ceilings(_ device: Device) throws -> [String] {
        let own = try device.ceiling()
        let half = try? DeviceChoice(precision: .bf16).open().ceiling()
        return ["\(own.products) in large products of \(device.precision.rawValue)"]
            + (half.map { ["\($0.products) of \(Device.Precision.bf16.rawValue)"] } ?? []) + ["\(own.copies) in copies"]
    }

    /// - Throws: ``INNError`` of kind `unavailable` that says what is missing.
    public func open() throws -> Device { try Device(.load(), ordinal: ordinal, precision: precision) }
}
