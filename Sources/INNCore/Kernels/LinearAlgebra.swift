import CKernels

#if os(macOS)
import Accelerate
#else
import COpenBLAS
#endif

/// Matrix products, one thread each: the thread team above decides what runs in parallel. Small ones are made by
/// CKernels, large ones and those of a single row by the system's BLAS.
public enum LinearAlgebra {
    /// A row-major matrix somewhere in memory.
    public struct Matrix {
        let data: UnsafePointer<Float>
        /// Floats from one row to the next.
        let stride: Int
        let transposed: Bool

        public init(_ data: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
            self.data = data
            self.stride = stride
            self.transposed = transposed
        }
    }

    /// The sizes of a product: `[rows, inner]` times `[inner, columns]`.
    public struct Sizes {
        let rows: Int, columns: Int, inner: Int

        public init(rows: Int, columns: Int, inner: Int) {
            (self.rows, self.columns, self.inner) = (rows, columns, inner)
        }

        /// Whether the product is one for CKernels, which reads the factors where they lie: measured faster than BLAS,
        /// which lays both of them out first, while they fit the second-level cache. Never depends on threads or on
        /// time, so that bits do not. Values of a transposed factor a page apart fall into one set of the first-level
        /// cache. Accelerate multiplies in units of the processor that nothing else reaches.
        func areSmall(_ a: Matrix) -> Bool {
            #if os(macOS)
            return false
            #else
            return rows * columns * inner <= 1 << 27 && !(a.transposed && a.stride % 1024 == 0)
            #endif
        }
    }

    /// c = op(a)·op(b), added to c if it accumulates, with op(a) of shape `[rows, inner]` and op(b) of shape
    /// `[inner, columns]`.
    public static func multiply(
        _ sizes: Sizes, _ a: Matrix, _ b: Matrix, into c: UnsafeMutablePointer<Float>, stride: Int,
        accumulates: Bool = false
    ) {
        if sizes.rows == 1, !a.transposed, sizes.inner > 0 {
            let (m, n) = b.transposed ? (sizes.columns, sizes.inner) : (sizes.inner, sizes.columns)
            cblas_sgemv(
                CblasRowMajor, b.transposed ? CblasNoTrans : CblasTrans, blasInt(m), blasInt(n),
                1, b.data, blasInt(b.stride), a.data, 1, accumulates ? 1 : 0, c, 1)
        } else if sizes.areSmall(a) {
            var operands = inn_product_operands(
                rows: Int32(sizes.rows), inner: Int32(sizes.inner), columns: Int32(sizes.columns), a: a.data,
                aStride: a.stride, aIsTransposed: a.transposed ? 1 : 0, b: b.data, bStride: b.stride,
                bIsTransposed: b.transposed ? 1 : 0, c: c, cStride: stride, accumulates: accumulates ? 1 : 0)
            inn_product(&operands)
        } else {
            multiplyLarge(sizes, a, b, into: c, stride: stride, accumulates: accumulates)
        }
    }

    /// What ``multiply(_:_:_:into:stride:accumulates:)`` does with large matrices: BLAS.
    static func multiplyLarge(
        _ sizes: Sizes, _ a: Matrix, _ b: Matrix, into c: UnsafeMutablePointer<Float>, stride: Int, accumulates: Bool
    ) {
        cblas_sgemm(
            CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans,
            blasInt(sizes.rows), blasInt(sizes.columns), blasInt(sizes.inner), 1, a.data, blasInt(a.stride), b.data,
            blasInt(b.stride), accumulates ? 1 : 0, c, blasInt(stride))
    }

    private static func blasInt(_ value: Int) -> Int32 { Int32(value) }

    /// Makes BLAS single-threaded; called by every ``ThreadTeam``, acts once.
    package static func prepare() { _ = isPrepared }

    private static let isPrepared: Bool = {
        #if !os(macOS)
        openblas_set_num_threads(1)
        #endif
        return true
    }()

    /// What multiplies beside the kernels of the instruction set, for records of a run. Runs of before 28 November 2026
    /// name the library alone, which then made all products.
    public static var description: String {
        #if os(macOS)
        return libraryDescription
        #else
        return "\(libraryDescription) \(ownProductsNote)"
        #endif
    }

    /// What the description of a machine says where the program makes small products itself.
    package static let ownProductsNote = "for large products"

    /// The BLAS library and the processor kernel it chose, for `doctor`.
    public static var libraryDescription: String {
        #if os(macOS)
        return "Accelerate"
        #else
        return "OpenBLAS (\(String(cString: openblas_get_corename())))"
        #endif
    }
}
