import CDevice

extension Device {
    /// A matrix in the device's memory, row by row.
    struct Matrix {
        var address: Address
        /// Values from one row to the next.
        var stride: Int
        /// Whether the transpose is meant of what lies there.
        var transposed = false
        /// Values from one matrix of a batch to the next.
        var batchStride = 0
    }

    /// rows × inner times inner × columns, so many times.
    struct ProductSize {
        var rows: Int, columns: Int, inner: Int
        var batch = 1
    }

    /// c = a b, or c += a b. Factors are of one kind; sums are in 32 bits, whatever the result is stored as.
    func multiply(_ size: ProductSize, _ a: Matrix, _ b: Matrix, into c: Matrix, adds: Bool = false) throws {
        precondition(a.address.element == b.address.element, "factors of two kinds")
        var one: Float = 1
        var scale: Float = adds ? 1 : 0
        // cuBLAS counts columns first: its c is our c transposed, and so are the factors, in reverse.
        try check(
            driver.pointee.cublasGemmStridedBatchedEx(
                productHandle, b.transposed ? 1 : 0, a.transposed ? 1 : 0, Int32(size.columns), Int32(size.rows),
                Int32(size.inner), &one, b.address.bits, b.address.element.dataType, Int32(b.stride),
                Int64(b.batchStride), a.address.bits, a.address.element.dataType, Int32(a.stride),
                Int64(a.batchStride), &scale, c.address.bits, c.address.element.dataType, Int32(c.stride),
                Int64(c.batchStride), Int32(size.batch), precision.computeType, -1),
            "A matrix product of \(size.rows) × \(size.inner) × \(size.columns) failed on \(name)")
    }
}
