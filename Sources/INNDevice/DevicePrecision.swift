extension Device {
    /// In what a device computes matrix products and stores activations. Weights, moments and sums are in 32 bits.
    public enum Precision: String, Codable, Sendable, CaseIterable {
        /// 32-bit products, the reference.
        case fp32
        /// Factors rounded to 10 bits of mantissa on the way into the tensor cores.
        case tf32
        /// Activations, their gradients and the factors of products stored in 16 bits: 7 of mantissa, and as many of
        /// exponent as in 32, so that no loss needs scaling.
        case bf16

        /// cuBLAS' cublasComputeType_t.
        var computeType: Int32 {
            switch self {
            case .fp32, .bf16: 68
            case .tf32: 77
            }
        }

        /// cuBLAS' cublasMath_t where the default is not meant. Products with 16-bit results may else be added up in
        /// 16 bits where they are cut into parts.
        var mathMode: Int32? { self == .bf16 ? 16 : nil }

        /// What activations are stored as between kernels.
        var stored: Element { self == .bf16 ? .bfloat : .float }

        /// The least compute capability that knows it, as 80 for 8.0.
        var leastArchitecture: Int { self == .bf16 ? 80 : 0 }

        /// What it is about, in a few words.
        public var summary: String { self == .bf16 ? "bf16 products and activations" : "\(rawValue) products" }
    }
}
