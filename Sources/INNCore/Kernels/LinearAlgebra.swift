#if os(macOS)
import Accelerate
#else
import COpenBLAS
#endif

/// Matrix products by the system's BLAS, one thread each: the thread team above decides what runs in parallel.
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
    }

    /// c = op(a)·op(b) + beta·c, with op(a) of shape `[rows, inner]` and op(b) of shape `[inner, columns]`.
    public static func multiply(
        _ sizes: Sizes, _ a: Matrix, _ b: Matrix, into c: UnsafeMutablePointer<Float>, stride: Int, beta: Float = 0
    ) {
        if sizes.rows == 1, !a.transposed, sizes.inner > 0 {
            let (m, n) = b.transposed ? (sizes.columns, sizes.inner) : (sizes.inner, sizes.columns)
            cblas_sgemv(
                CblasRowMajor, b.transposed ? CblasNoTrans : CblasTrans, blasInt(m), blasInt(n),
                1, b.data, blasInt(b.stride), a.data, 1, beta, c, 1)
            return
        }
        cblas_sgemm(
            CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans,
            blasInt(sizes.rows), blasInt(sizes.columns), blasInt(sizes.inner), 1, a.data, blasInt(a.stride), b.data,
            blasInt(b.stride), beta, c, blasInt(stride))
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

    /// The BLAS library and the processor kernel it chose, for `doctor` and `bench`.
    public static var libraryDescription: String {
        #if os(macOS)
        return "Accelerate"
        #else
        return "OpenBLAS (\(String(cString: openblas_get_corename())))"
        #endif
    }
}
