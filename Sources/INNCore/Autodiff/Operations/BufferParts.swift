/// Cuts one buffer into parts, each beginning at a multiple of 64 bytes after the first.
///
/// A layout is declared once, as a sequence of claims, see ``BufferLayout``.
struct BufferParts {
    private let base: UnsafeMutablePointer<Float>
    private let capacity: Int
    /// Floats claimed so far.
    private(set) var count = 0

    private static let alignment = 16

    /// - Parameter capacity: floats in the buffer; claims beyond it end debug builds.
    init(_ base: UnsafeMutablePointer<Float>, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }

    mutating func claim(_ floats: Int) -> UnsafeMutablePointer<Float> {
        let start = count
        count += (floats + Self.alignment - 1) / Self.alignment * Self.alignment
        Self.check(
            floats >= 0 && count <= capacity, "a buffer of \(capacity) floats is laid out with at least \(count)")
        return base + start
    }

    /// Ends a debug build with a sentence. `assert` would not: the numeric targets are optimised in debug builds too,
    /// and lose it there.
    @inline(__always)
    static func check(_ condition: Bool, _ message: @autoclosure () -> String) {
        #if INN_BOUNDS_CHECKS
        if !condition { fatalError(message()) }
        #endif
    }
}

/// A layout of one buffer. Its initialiser is the only description: made over a buffer it gives the pointers, made over
/// nothing (``count(_:)``) it gives the size that the buffer must have.
protocol BufferLayout {
    associatedtype Sizes

    init(_ parts: inout BufferParts, _ sizes: Sizes)
}

extension BufferLayout {
    /// Lays a buffer, or a slice of one, out.
    init(_ slice: BufferParts, _ sizes: Sizes) {
        var parts = slice
        self.init(&parts, sizes)
    }

    /// Floats that the layout needs.
    static func count(_ sizes: Sizes) -> Int {
        // Nothing is read or written through it.
        var parts = BufferParts(UnsafeMutablePointer(bitPattern: 64)!, capacity: .max)
        _ = Self(&parts, sizes)
        return parts.count
    }
}

extension Workspace.Buffer {
    /// The whole buffer, to be laid out.
    var parts: BufferParts { BufferParts(pointer, capacity: capacity) }

    /// One of several slices of `count` floats that follow each other.
    func slice(_ index: Int, of count: Int) -> BufferParts {
        BufferParts.check(
            index >= 0 && (index + 1) * count <= capacity,
            "slice \(index) of \(count) floats lies outside a buffer of \(capacity)")
        return BufferParts(pointer + index * count, capacity: count)
    }
}

/// Scratch memory of one layout for every thread of a team.
struct WorkerScratch<Layout: BufferLayout> {
    fileprivate let buffer: Workspace.Buffer
    fileprivate let sizes: Layout.Sizes
    fileprivate let perWorker: Int

    subscript(worker: Int) -> Layout { Layout(buffer.slice(worker, of: perWorker), sizes) }
}

extension Tape {
    /// Lends scratch memory to every thread of the team while `body` runs.
    func withScratch<Layout: BufferLayout>(
        _ layout: Layout.Type, _ sizes: Layout.Sizes, _ body: (WorkerScratch<Layout>) -> Void
    ) {
        let perWorker = Layout.count(sizes)
        let buffer = workspace.take(perWorker * team.threadCount)
        body(WorkerScratch(buffer: buffer, sizes: sizes, perWorker: perWorker))
        workspace.give(buffer)
    }
}
