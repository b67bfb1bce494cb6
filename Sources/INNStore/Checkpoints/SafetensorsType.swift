import INNCore

/// The element type of a tensor in a safetensors file, under the format's own names.
public enum SafetensorsType: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case u8 = "U8"
    case i8 = "I8"
    case u16 = "U16"
    case i16 = "I16"
    case f16 = "F16"
    case bf16 = "BF16"
    case u32 = "U32"
    case i32 = "I32"
    case f32 = "F32"
    case u64 = "U64"
    case i64 = "I64"
    case f64 = "F64"

    /// Bytes per element.
    public var size: Int {
        switch self {
        case .bool, .u8, .i8: 1
        case .u16, .i16, .f16, .bf16: 2
        case .u32, .i32, .f32: 4
        case .u64, .i64, .f64: 8
        }
    }

    /// The value of an IEEE 754 half-precision bit pattern.
    ///
    /// Swift's `Float16` does not exist on Intel Macs.
    static func float(half: UInt16) -> Float {
        let sign: Float = half >> 15 == 1 ? -1 : 1
        let exponent = UInt32(half >> 10) & 0x1F
        let mantissa = UInt32(half) & 0x3FF
        switch exponent {
        case 0: return sign * Float(mantissa) * 0x1p-24
        case 31: return mantissa == 0 ? sign * .infinity : .nan
        default: return sign * Float(bitPattern: (exponent + 112) << 23 | mantissa << 13)
        }
    }
}
