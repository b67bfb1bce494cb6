import CKernelTables
import CKernels

@testable import INNCore

/// Descriptions of all kernels, with sizes around every vector length.
enum Kernels {
    static let widths = [1, 5, 7, 8, 15, 16, 17, 31, 33, 64]

    static let cases: [KernelCase] = {
        var cases = attentions + blockAttentions + products
        for width in widths {
            cases += rowKernels(rows: 3, width: width)
            cases += pointwiseKernels(width)
            cases += BaselineKernels.cases(width)
            cases += memoryKernels(steps: 9, channels: width)
        }
        for (steps, stateSize) in [(1, 1), (2, 3), (8, 4), (9, 16), (17, 1), (25, 64)] {
            cases += scans(steps: steps, channels: 7, stateSize: stateSize)
        }
        for (steps, stateSize) in [(1, 1), (1, 16), (16, 5), (17, 16), (24, 8)] {
            cases += scans(steps: steps, channels: 19, stateSize: stateSize)
        }
        // A memory that rests throughout a window runs forward over no steps.
        cases += scans(steps: 0, channels: 19, stateSize: 16).prefix(1)
        for (steps, taps) in [(1, 4), (2, 4), (9, 1), (3, 3), (5, 16)] {
            cases += convolutions(steps: steps, channels: 19, taps: taps)
        }
        return cases
    }()

    // MARK: Rows

    static func rowKernels(rows: Int, width: Int) -> [KernelCase] {
        let size = "\(rows)×\(width)"
        let r = Int32(rows)
        let w = Int32(width)
        let count = rows * width
        return [
            KernelCase("layer_norm_forward", size) { table, make in
                let y = make.output(count)
                let mean = make.output(rows)
                let deviation = make.output(rows)
                table.layer_norm_forward(
                    r, w, make.normal(count, offset: 3), make.normal(width), make.normal(width), 1e-5, y.pointer,
                    mean.pointer, deviation.pointer)
                return [y, mean, deviation]
            },
            KernelCase("layer_norm_backward", size) { table, make in
                let dx = make.output(count)
                let dWeight = make.output(width)
                let dBias = make.output(width)
                table.layer_norm_backward(
                    r, w, make.normal(count), make.normal(width), make.normal(rows, scale: 0.1),
                    make.positive(rows, upTo: 2), make.normal(count),
                    dx.pointer, dWeight.pointer, dBias.pointer)
                return [dx, dWeight, dBias]
            },
            KernelCase("add_column_sums", size) { table, make in
                let out = make.output(width)
                table.add_column_sums(r, w, make.normal(rows * (width + 3)), w + 3, out.pointer)
                return [out]
            },
            KernelCase("add_bias", size) { table, make in
                let x = make.output(count)
                table.add_bias(r, w, x.pointer, make.normal(width))
                return [x]
            },
            KernelCase("gate_forward", size) { table, make in
                let gate = make.output(rows)
                table.gate_forward(r, w, make.normal(count), make.normal(width), 0.3, gate.pointer)
                return [gate]
            },
            KernelCase("gate_forward", "\(width)×5") { table, make in
                let gate = make.output(width)
                table.gate_forward(w, 5, make.normal(width * 5), make.normal(5), -2, gate.pointer)
                return [gate]
            },
            KernelCase("gate_backward", size) { table, make in
                let dv = make.output(count)
                let dWeight = make.output(width)
                let dBias = make.output(1)
                table.gate_backward(
                    r, w, make.normal(count), make.normal(width), make.positive(rows, upTo: 0.99), make.normal(rows),
                    dv.pointer, dWeight.pointer,
                    dBias.pointer)
                return [dv, dWeight, dBias]
            },
            KernelCase("softmax_cross_entropy", "\(size) gradient") { table, make in
                let out = make.output(count)
                let loss = make.output(1)
                loss.pointer[0] = Float(
                    table.softmax_cross_entropy(
                        r, w, make.normal(count, scale: 5), make.targets(rows, below: width), 0.25, out.pointer))
                return [out, loss]
            },
            KernelCase("softmax_cross_entropy", "\(size) probabilities") { table, make in
                let out = make.output(count)
                _ = table.softmax_cross_entropy(r, w, make.normal(count, scale: 5), nil, 0, out.pointer)
                return [out]
            },
        ]
    }

    // MARK: Pointwise

    static func pointwiseKernels(_ count: Int) -> [KernelCase] {
        let size = "\(count)"
        return [
            KernelCase("dropout_add", "\(size) at 0.3") { table, make in
                let out = make.output(count)
                table.dropout_add(count, out.pointer, make.normal(count), 0.3, 99, 1 << 40)
                return [out]
            },
            KernelCase("dropout_add", "\(size) at 0") { table, make in
                let out = make.output(count)
                table.dropout_add(count, out.pointer, make.normal(count), 0, 99, 7)
                return [out]
            },
            KernelCase("add", size) { table, make in
                let out = make.output(count)
                table.add(count, out.pointer, make.normal(count))
                return [out]
            },
            KernelCase("add_scaled", size) { table, make in
                let out = make.output(count)
                table.add_scaled(count, out.pointer, make.normal(count), -0.7)
                return [out]
            },
            KernelCase("sum_squares", size) { table, make in
                let out = make.output(1)
                out.pointer[0] = Float(table.sum_squares(count, make.normal(count)))
                return [out]
            },
            KernelCase("adamw", size) { table, make in
                let values = make.output(count)
                let first = make.output(count, scale: 0.1)
                let second = make.output(count)
                for index in 0..<count { second.pointer[index] = abs(second.pointer[index]) }
                var settings = inn_adamw_settings(
                    learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, correction1: 0.19,
                    correction2: 0.02,
                    gradientScale: 0.5)
                table.adamw(count, values.pointer, make.normal(count), first.pointer, second.pointer, &settings)
                return [values, first, second]
            },
            KernelCase("exp", size) { table, make in
                let y = make.output(count)
                table.exp(count, make.normal(count, scale: 20), y.pointer)
                return [y]
            },
        ]
    }

    // MARK: Memory

    static func memoryKernels(steps: Int, channels: Int) -> [KernelCase] {
        let size = "\(steps)×\(channels)"
        let rows = Int32(steps)
        let width = Int32(channels)
        let count = steps * channels
        let stride = Int32(channels + 5)
        return [
            KernelCase("softplus_forward", size) { table, make in
                let x = make.output(count, scale: 4)
                table.softplus_forward(rows, width, x.pointer, make.normal(channels), 2.5)
                return [x]
            },
            KernelCase("softplus_backward", size) { table, make in
                let gradient = make.output(count)
                let dBias = make.output(channels)
                let delta = make.positive(count, upTo: 3)
                for index in 0..<count { delta[index] = min(delta[index], 2.5) }
                table.softplus_backward(rows, width, delta, 2.5, gradient.pointer, dBias.pointer)
                return [gradient, dBias]
            },
            KernelCase("weight_sums", size) { table, make in
                let weights = make.positive(count, upTo: 1)
                let sums = make.output(2)
                table.weight_sums(Int32(count), weights, sums.pointer)
                return [sums]
            },
            KernelCase("silu_gate_forward", size) { table, make in
                let out = make.output(count)
                table.silu_gate_forward(
                    rows, width, make.normal(count), make.normal(steps * Int(stride), scale: 4), stride, out.pointer)
                return [out]
            },
            KernelCase("silu_gate_backward", size) { table, make in
                let dy = make.output(count)
                let dz = make.output(steps * Int(stride))
                table.silu_gate_backward(
                    rows, width, make.normal(count), make.normal(steps * Int(stride), scale: 4), stride,
                    make.normal(count), dy.pointer, dz.pointer,
                    stride)
                return [dy, dz]
            },
            KernelCase("silu_gate_backward", "\(size) in place") { table, make in
                let dy = make.output(count)
                let dz = make.output(count)
                table.silu_gate_backward(
                    rows, width, make.normal(count), make.normal(count), width, dy.pointer, dy.pointer, dz.pointer,
                    width)
                return [dy, dz]
            },
        ] + convolutions(steps: steps, channels: channels, taps: 4)
            + scans(steps: steps, channels: channels, stateSize: 3)
    }

    static func convolutions(steps: Int, channels: Int, taps: Int) -> [KernelCase] {
        let stride = channels + 2
        let t = Int32(steps)
        let e = Int32(channels)
        let k = Int32(taps)
        return [true, false].flatMap { hasHistory -> [KernelCase] in
            let name = "\(steps)×\(channels), \(taps) taps\(hasHistory ? ", history" : "")"
            return [
                KernelCase("conv_silu_forward", name) { table, make in
                    let conv = make.output(steps * channels)
                    let y = make.output(steps * channels)
                    table.conv_silu_forward(
                        t, e, k, make.normal(steps * stride), Int32(stride),
                        hasHistory ? make.normal((taps - 1) * channels) : nil,
                        make.normal(channels * taps), make.normal(channels), conv.pointer, y.pointer)
                    return [conv, y]
                },
                KernelCase("conv_silu_backward", name) { table, make in
                    let dConv = make.output(steps * channels)
                    let dx = make.output(steps * stride)
                    let dWeight = make.output(channels * taps)
                    let dBias = make.output(channels)
                    table.conv_silu_backward(
                        t, e, k, make.normal(steps * stride), Int32(stride),
                        hasHistory ? make.normal((taps - 1) * channels) : nil,
                        make.normal(channels * taps), make.normal(channels), make.normal(steps * channels),
                        dConv.pointer, dx.pointer, Int32(stride),
                        dWeight.pointer, dBias.pointer)
                    return [dConv, dx, dWeight, dBias]
                },
            ]
        }
    }

    static func scans(steps: Int, channels: Int, stateSize: Int) -> [KernelCase] {
        let stride = channels + 3
        let bcStride = 2 * stateSize + 1
        let states = stateSize * channels
        let boundaries = (steps + Int(INN_SCAN_CHUNK) - 1) / Int(INN_SCAN_CHUNK) * states
        @Sendable func input(_ make: KernelInputs) -> inn_scan_input {
            let rates = make.positive(states, upTo: 3)
            let bc = make.normal(steps * bcStride)
            for index in 0..<states { rates[index] = -rates[index] }
            return inn_scan_input(
                steps: Int32(steps), channels: Int32(channels), stateSize: Int32(stateSize),
                x: make.normal(steps * stride), xStride: Int32(stride),
                delta: make.positive(steps * stride, upTo: 2.5), deltaStride: Int32(stride), a: rates, b: bc,
                c: bc + stateSize,
                bcStride: Int32(bcStride), skip: make.normal(channels))
        }
        @Sendable func forward(
            _ table: inn_kernel_table, _ make: KernelInputs, _ scan: inout inn_scan_input
        ) -> [Floats] {
            let state = make.output(states)
            let kept = make.output(boundaries)
            let y = make.output(steps * stride)
            var output = inn_scan_output(
                state: state.pointer, boundaries: kept.pointer, y: y.pointer, yStride: Int32(stride))
            table.scan_forward(&scan, &output)
            return [state, kept, y]
        }
        let name = "\(steps)×\(channels), state \(stateSize)"
        return [
            KernelCase("scan_forward", name) { table, make in
                var scan = input(make)
                return forward(table, make, &scan)
            },
            KernelCase("scan_backward", name) { table, make in
                var scan = input(make)
                let kept = forward(inn_kernel_table_named("reference")!.pointee, make, &scan)[1]
                let dx = make.output(steps * stride)
                let dDelta = make.output(steps * stride)
                let dbc = make.output(steps * bcStride)
                let dRates = make.output(states)
                let dSkip = make.output(channels)
                var gradient = inn_scan_gradient(
                    boundaries: kept.pointer, dy: make.normal(steps * stride), dyStride: Int32(stride), dx: dx.pointer,
                    dxStride: Int32(stride),
                    ddelta: dDelta.pointer, ddeltaStride: Int32(stride), db: dbc.pointer, dc: dbc.pointer + stateSize,
                    dbcStride: Int32(bcStride),
                    da: dRates.pointer, dskip: dSkip.pointer,
                    scratch: make.scratch(inn_scan_scratch_floats(Int32(channels), Int32(stateSize))))
                table.scan_backward(&scan, &gradient)
                return [dx, dDelta, dbc, dRates, dSkip]
            },
        ]
    }
}
