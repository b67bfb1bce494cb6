import CKernels

/// Σ a and −Σ a log a in nats of routing weights.
package struct WeightSums {
    package let sum: Double, entropy: Double

    package init(_ weights: UnsafeMutableBufferPointer<Float>) {
        self.init(UnsafeBufferPointer(weights))
    }

    package init(_ weights: UnsafeBufferPointer<Float>) {
        var sums: (Float, Float) = (0, 0)
        withUnsafeMutableBytes(of: &sums) { target in
            inn_weight_sums(
                Int32(weights.count), weights.baseAddress, target.assumingMemoryBound(to: Float.self).baseAddress)
        }
        (sum, entropy) = (Double(sums.0), Double(sums.1))
    }
}
