import CKernelTables
import CKernels

@testable import INNCore

/// Descriptions of the kernels that only the baselines use.
enum BaselineKernels {
    static func cases(_ width: Int) -> [KernelCase] {
        lstm(width) + panels(width) + softmax(width) + activations(width)
    }

    private static func lstm(_ width: Int) -> [KernelCase] {
        let w = Int32(width)
        return [
            KernelCase("lstm_gates_forward", "\(width)") { table, make in
                let gates = make.output(4 * width, scale: 2)
                let cell = make.output(width)
                let hidden = make.output(width)
                table.lstm_gates_forward(w, gates.pointer, make.normal(width), cell.pointer, hidden.pointer)
                return [gates, cell, hidden]
            },
            KernelCase("lstm_gates_backward", "\(width)") { table, make in
                let cellGradient = make.output(width)
                let gateGradients = make.output(4 * width)
                table.lstm_gates_backward(
                    w, make.positive(4 * width, upTo: 0.99), make.normal(width), make.normal(width), make.normal(width),
                    cellGradient.pointer,
                    gateGradients.pointer)
                return [cellGradient, gateGradients]
            },
        ]
    }

    /// From one row to more than a tile holds, transposed and not.
    private static func panels(_ columns: Int) -> [KernelCase] {
        let panel = Int(INN_PANEL)
        let inner = columns % 13 + 1
        let size = (columns + panel - 1) / panel * panel * inner
        return [1, 3, 4, 7].map { rows in
            KernelCase("panel_product", "\(rows)×\(inner)×\(columns)") { table, make in
                let product = make.output(rows * columns)
                let panels = make.output(size)
                let isTransposed = rows % 2 == 1
                table.pack_panels(
                    Int32(inner), Int32(columns), make.normal(inner * columns), isTransposed ? 1 : columns,
                    isTransposed ? inner : 1, panels.pointer)
                table.panel_product(
                    Int32(rows), Int32(inner), Int32(columns), make.normal(rows * (inner + 2)), inner + 2,
                    panels.pointer, product.pointer, columns, Int32(rows % 2))
                return [product, panels]
            }
        } + [
            KernelCase("pack_panels", "\(inner)×\(columns)") { table, make in
                let panels = make.output(size)
                table.pack_panels(
                    Int32(inner), Int32(columns), make.normal(inner * columns), columns, 1, panels.pointer)
                return [panels]
            }
        ]
    }

    /// Rows that see from one value to all of them.
    private static func softmax(_ width: Int) -> [KernelCase] {
        let rows = min(3, width)
        let first = width - rows
        let count = rows * width
        return [
            KernelCase("causal_softmax_forward", "\(rows)×\(width)") { table, make in
                let scores = make.output(count, scale: 3)
                table.causal_softmax_forward(Int32(rows), Int32(width), Int32(first), 0.3, scores.pointer)
                return [scores]
            },
            KernelCase("causal_softmax_backward", "\(rows)×\(width)") { table, make in
                let gradient = make.output(count)
                table.causal_softmax_backward(
                    Int32(rows), Int32(width), Int32(first), 0.3, make.positive(count, upTo: 0.2), gradient.pointer)
                return [gradient]
            },
        ]
    }

    private static func activations(_ count: Int) -> [KernelCase] {
        [
            KernelCase("gelu_forward", "\(count)") { table, make in
                let y = make.output(count)
                table.gelu_forward(count, make.normal(count, scale: 2), y.pointer)
                return [y]
            },
            KernelCase("gelu_backward", "\(count)") { table, make in
                let gradient = make.output(count)
                table.gelu_backward(count, make.normal(count, scale: 2), make.normal(count), gradient.pointer)
                return [gradient]
            },
            KernelCase("relu_forward", "\(count)") { table, make in
                let y = make.output(count)
                table.relu_forward(count, make.normal(count), y.pointer)
                return [y]
            },
            KernelCase("relu_backward", "\(count)") { table, make in
                let gradient = make.output(count)
                table.relu_backward(count, make.normal(count), make.normal(count), gradient.pointer)
                return [gradient]
            },
        ]
    }
}
