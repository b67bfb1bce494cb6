import CKernelTables
import CKernels

@testable import INNCore

extension Kernels {
    /// Rows and columns around every tile and vector, all four ways in which factors can lie, an inner dimension of
    /// none, of one value and of more than are added up at once.
    static let products: [KernelCase] = {
        let sizes = [
            (1, 1, 1), (2, 33, 5), (5, 16, 17), (7, 8, 16), (12, 32, 33), (13, 31, 8), (16, 4, 40), (23, 64, 3),
            (24, 1, 9), (30, 17, 64), (37, 48, 20), (40, 3, 300), (64, 256, 7), (70, 20, 257), (3, 40, 0), (18, 2, 0),
        ]
        return sizes.flatMap { rows, columns, inner in
            [(false, false), (false, true), (true, false), (true, true)].map { aTurned, bTurned in
                product(rows, columns, inner, aTurned, bTurned)
            }
        }
    }()

    private static func product(
        _ rows: Int, _ columns: Int, _ inner: Int, _ aTurned: Bool, _ bTurned: Bool
    ) -> KernelCase {
        let name = "\(rows)×\(inner)\(aTurned ? "ᵀ" : "") · \(inner)×\(columns)\(bTurned ? "ᵀ" : "")"
        return KernelCase("product", name) { table, make in
            let stride = columns + 2
            let product = make.output(rows * stride)
            let aStride = (aTurned ? rows : inner) + 1
            let bStride = (bTurned ? inner : columns) + (columns == 256 ? 0 : 3)
            // Rows of a factor end with its last value, so that nothing beyond it may be read.
            let a = make.normal((aTurned ? inner : rows) * aStride)
            let b = make.normal((bTurned ? columns : inner) * bStride)
            var operands = inn_product_operands(
                rows: Int32(rows), inner: Int32(inner), columns: Int32(columns), a: a, aStride: aStride,
                aIsTransposed: aTurned ? 1 : 0, b: b, bStride: bStride, bIsTransposed: bTurned ? 1 : 0,
                c: product.pointer, cStride: stride, accumulates: (rows + inner) % 2 == 0 ? 1 : 0)
            table.product(&operands)
            return [product]
        }
    }
}
