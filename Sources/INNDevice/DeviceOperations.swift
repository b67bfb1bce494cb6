import INNCore

/// What the parts of a network on a device have in common: its sizes, its kernels and sums over rows.
final class DeviceOperations {
    /// Neurons, streams, characters per stream, and widths, as in docs/MODEL.md.
    struct Sizes {
        var neurons: Int, batch: Int, steps: Int
        var width: Int, inner: Int, stateSize: Int, taps: Int, rank: Int, heads: Int, vocabulary: Int

        /// Rows of one neuron, and of all.
        var rows: Int { batch * steps }
        var allRows: Int { neurons * rows }
        /// A tile is a neuron and a stream.
        var tiles: Int { neurons * batch }
        /// Width of (dt, b, c).
        var projected: Int { rank + 2 * stateSize }
        /// Recurrent state of a tile.
        var statePerTile: Int { (stateSize + taps - 1) * inner }
        /// States that the scan keeps of every tile.
        var boundaries: Int { (steps + 15) / 16 * stateSize * inner }
    }

    let device: Device
    let sizes: Sizes
    let parameters: DeviceParameters
    private let library: KernelLibrary
    private let partial: DeviceBuffer

    /// Rows that one group sums, and the most of them that are not divided further.
    private static let chunk = 256

    init(_ parameters: DeviceParameters, _ sizes: Sizes) throws {
        (self.parameters, self.sizes) = (parameters, sizes)
        device = parameters.device
        library = try KernelLibrary(
            device,
            .init(
                stateSize: sizes.stateSize, taps: sizes.taps, neurons: sizes.neurons,
                headDim: sizes.width / sizes.heads))
        partial = try device.allocate(Self.partialCount(sizes))
    }

    /// Floats of the buffer for partial sums: the widest rows that are summed in chunks.
    static func partialCount(_ sizes: Sizes) -> Int {
        let widest = max(
            2 * sizes.inner * (sizes.stateSize + 1), sizes.inner * (sizes.taps + 1), 3 * sizes.width,
            sizes.heads * sizes.neurons * sizes.neurons, sizes.vocabulary)
        return ((sizes.allRows + chunk - 1) / chunk + sizes.neurons) * widest
    }

    // MARK: Launches

    /// One work-item per element, in groups of 256.
    func flat(_ name: String, _ count: Int, _ arguments: [Device.Argument]) throws {
        try device.launch(try library.kernel(name, group: 256), grid: ((count + 255) / 256, 1), arguments)
    }

    /// One group of 32 per row.
    func perRow(_ name: String, _ rows: Int, _ arguments: [Device.Argument]) throws {
        try device.launch(try library.kernel(name, group: 32), grid: (rows, 1), arguments)
    }

    func grouped(_ name: String, group: Int, grid: (Int, Int), _ arguments: [Device.Argument]) throws {
        try device.launch(try library.kernel(name, group: group), grid: grid, arguments)
    }

    /// Brings what products take of the weights up to date.
    func copyWeights() throws {
        guard let copies = parameters.copies else { return }
        try flat(
            "copy_weights", copies.count,
            [.count(copies.count), .buffer(parameters.values.address), .buffer(copies.address)])
    }

    // MARK: Sums

    /// Sums of columns over the rows of every segment, `[segments, columns]`.
    ///
    /// - Parameters:
    ///   - segmentStride: values from one segment's rows to the next's.
    ///   - rowStride: values from one row to the next.
    func addColumns(
        _ source: Device.Address, segments: Int, segmentStride: Int, rows: Int, columns: Int, rowStride: Int,
        to target: Device.Address, adds: Bool = true
    ) throws {
        func sum(
            _ source: Device.Address, _ segmentStride: Int, rows: Int, rowsPerChunk: Int, rowStride: Int,
            to target: Device.Address, adds: Bool
        ) throws {
            let chunks = (rows + rowsPerChunk - 1) / rowsPerChunk
            try grouped(
                source.element == .float ? "column_sums" : "stored_column_sums", group: 256,
                grid: ((columns + 31) / 32, segments * chunks),
                [
                    .int(rows), .int(columns), .int(rowsPerChunk), .int(chunks), .int(rowStride), .int(adds ? 1 : 0),
                    .count(segmentStride), .buffer(source), .buffer(target),
                ])
        }
        guard rows > Self.chunk else {
            return try sum(
                source, segmentStride, rows: rows, rowsPerChunk: rows, rowStride: rowStride, to: target, adds: adds)
        }
        let chunks = (rows + Self.chunk - 1) / Self.chunk
        precondition(segments * chunks * columns <= partial.count, "no room for partial sums")
        try sum(
            source, segmentStride, rows: rows, rowsPerChunk: Self.chunk, rowStride: rowStride, to: partial.address,
            adds: false)
        try sum(
            partial.address, chunks * columns, rows: chunks, rowsPerChunk: chunks, rowStride: columns, to: target,
            adds: adds)
    }

    /// The layer norm of all rows of all neurons, or of `rows`.
    func norm(_ norm: DeviceNorm, _ x: Device.Address, into y: Device.Address) throws {
        try perRow(
            "norm_forward", norm.rows,
            [
                .int(sizes.width), .buffer(x), .buffer(norm.weight.values), .buffer(norm.bias.values), .buffer(y),
                .buffer(norm.mean.address), .buffer(norm.deviation.address),
            ])
    }

    /// Adds a norm's gradient to dx and to its weight and bias.
    ///
    /// - Parameter gate: what gates ask of the normed rows, d(logit) per row and the gates' weights; joins dy.
    func normBackward(
        _ norm: DeviceNorm, _ x: Device.Address, dy: Device.Address,
        gate: (gradient: Device.Address, weight: Device.Address, isShared: Bool)? = nil, to dx: Device.Address
    ) throws {
        let width = sizes.width
        try perRow(
            "norm_backward", norm.rows,
            [
                .int(width), .int(sizes.rows), .int(gate?.isShared == false ? width : 0), .buffer(x),
                .buffer(norm.weight.values), .buffer(norm.mean.address), .buffer(norm.deviation.address), .buffer(dy),
                .buffer(gate?.gradient), .buffer(gate?.weight), .buffer(dx),
            ])
        let groups = (norm.rows + Self.chunk - 1) / Self.chunk
        precondition(groups * 2 * width <= partial.count, "no room for partial sums")
        try grouped(
            "norm_weights_backward", group: 64, grid: ((width + 63) / 64, groups),
            [
                .int(width), .int(Self.chunk), .int(norm.rows), .buffer(x), .buffer(norm.mean.address),
                .buffer(norm.deviation.address), .buffer(dy), .buffer(partial.address),
            ])
        for (part, place) in [norm.weight, norm.bias].enumerated() {
            try grouped(
                "column_sums", group: 256, grid: ((width + 31) / 32, 1),
                [
                    .int(groups), .int(width), .int(groups), .int(1), .int(2 * width), .int(1), .count(0),
                    .buffer(partial.address + part * width), .buffer(place.gradient),
                ])
        }
    }
}

/// A layer norm's weights, and what its backward pass needs of the forward pass.
struct DeviceNorm {
    let weight: DeviceParameters.Place, bias: DeviceParameters.Place
    let mean: DeviceBuffer, deviation: DeviceBuffer
    let rows: Int

    init(_ weight: Parameter, _ bias: Parameter, rows: Int, _ parameters: DeviceParameters) throws {
        self.weight = parameters.place(weight)
        self.bias = parameters.place(bias)
        self.rows = rows
        mean = try parameters.device.allocate(rows)
        deviation = try parameters.device.allocate(rows)
    }
}

/// How dropout is done at one place of the network in one pass.
struct DeviceDropout {
    var key: UInt64 = 0
    var probability: Float = 0

    /// Arguments of the kernels: key, threshold and scale.
    var arguments: [Device.Argument] {
        let threshold = UInt32(Double(probability) * 4_294_967_296)
        return [
            .key(key), .int(Int(Int32(bitPattern: threshold))), .float(probability > 0 ? 1 / (1 - probability) : 1),
        ]
    }
}
