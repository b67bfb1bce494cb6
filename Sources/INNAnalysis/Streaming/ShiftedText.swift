import INNCore

/// What stood at a place of a stream, as far as the counts need it.
struct TextPlace {
    var symbol: Int32, next: Int32
    /// Its context in the ``ContextTable``.
    var slot: Int32
    /// Whether it lies in the half on which rules are learned.
    var learns: Bool
}

/// Remembers enough of every stream to pair firing with text a given distance back, around the end of the stream: a
/// circular shift in one pass. The memory is that of the longest shift, whatever the length of the text.
struct ShiftedText {
    let shifts: [Int]
    private let longest: Int, units: Int
    /// The last `longest` places of each stream, a ring, and the first `longest` flags.
    private var ring: [TextPlace]
    private var head: [UInt8]

    init(shifts: [Int], streams: Int, units: Int) {
        self.shifts = shifts
        self.units = units
        longest = shifts.max() ?? 0
        ring = [TextPlace](
            repeating: TextPlace(symbol: 0, next: 0, slot: 0, learns: false), count: streams * longest)
        head = [UInt8](repeating: 0, count: streams * longest * units)
    }

    /// Pairs the flags at `position` with the text before them, then remembers the place.
    mutating func add(
        stream: Int, position: Int, _ place: TextPlace, flags: UnsafePointer<UInt8>,
        pair: (Int, TextPlace, UnsafePointer<UInt8>) -> Void
    ) {
        guard longest > 0 else { return }
        let start = stream * longest
        for (index, shift) in shifts.enumerated() where position >= shift {
            pair(index, ring[start + (position - shift) % longest], flags)
        }
        if position < longest {
            for unit in 0..<units { head[(start + position) * units + unit] = flags[unit] }
        }
        ring[start + position % longest] = place
    }

    /// Pairs the first flags of a stream with its last text, which closes the circle.
    func finish(stream: Int, length: Int, pair: (Int, TextPlace, UnsafePointer<UInt8>) -> Void) {
        let start = stream * longest
        head.withUnsafeBufferPointer { head in
            for (index, shift) in shifts.enumerated() {
                for position in 0..<min(shift, length) {
                    let place = ring[start + (length - shift + position) % longest]
                    pair(index, place, head.baseAddress! + (start + position) * units)
                }
            }
        }
    }
}
