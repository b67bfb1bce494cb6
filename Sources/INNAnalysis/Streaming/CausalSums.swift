import INNCore

/// What changes of a network cost, added up by category of the character predicted and by block of text: memory that
/// does not grow with the text.
package struct CausalSums: Sendable {
    package let variants: Int, cells: Int, blocks: Int
    /// Characters that stay together in the intervals.
    package let blockLength: Int
    /// Characters per block and cell, and per block.
    package private(set) var counts: [Double]
    package private(set) var characters: [Double]
    /// Rise of surprisal in bits, `[variants, blocks, cells]`, and `[variants, blocks]` over all characters.
    package private(set) var costs: [Double]
    package private(set) var totals: [Double]
    /// KL in bits, `[variants, blocks]`.
    package private(set) var divergences: [Double]
    private let plan: ReadingPlan
    private let symbols: Int
    private let windowsPerBlock: Int, blocksPerStream: Int
    /// The places in words of what is predicted, `[streams, windows·steps]`, see ``WordPlace``.
    private let places: [UInt8]
    private var counted = -1

    /// About how many blocks a text is cut into, and the memory that the sums may take.
    private static let mostBlocks = 512, mostBytes = 128 << 20

    /// - Parameters:
    ///   - plan: how the text is read.
    ///   - targets: what is predicted, each stream contiguous in time, `[streams, windows·steps]`.
    package init(variants: Int, plan: ReadingPlan, classes: SymbolClasses, targets: [Int32]) {
        precondition(targets.count == plan.characters, "as many targets as characters are read")
        let cells = 2 * classes.names.count + WordPlace.allCases.count
        let most = Self.mostBlocks(cells: cells, variants: variants)
        let all = plan.streams * plan.windows
        windowsPerBlock = min(plan.windows, (all + most - 1) / most)
        blocksPerStream = (plan.windows + windowsPerBlock - 1) / windowsPerBlock
        blocks = plan.streams * blocksPerStream
        blockLength = windowsPerBlock * plan.steps
        symbols = classes.names.count
        (self.variants, self.cells, self.plan) = (variants, cells, plan)
        counts = [Double](repeating: 0, count: blocks * cells)
        characters = [Double](repeating: 0, count: blocks)
        costs = [Double](repeating: 0, count: variants * blocks * cells)
        totals = [Double](repeating: 0, count: variants * blocks)
        divergences = totals
        places = (0..<plan.streams).flatMap { stream in
            WordPlace.bits(of: Array(targets[(stream * plan.length)..<((stream + 1) * plan.length)]), classes)
        }
    }

    /// How many blocks of so many sums fit into the memory for them.
    static func mostBlocks(cells: Int, variants: Int) -> Int {
        max(32, min(mostBlocks, mostBytes / (8 * cells * max(1, variants))))
    }

    /// Adds what one change did in one window, one value per character, `[streams, steps]`.
    ///
    /// - Parameters:
    ///   - tokens: the characters read; `targets`: those that followed.
    package mutating func add(
        variant: Int, window: Int, tokens: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>,
        surprisal: UnsafeBufferPointer<Float>, divergence: UnsafeBufferPointer<Float>
    ) {
        precondition(tokens.count == plan.streams * plan.steps, "a window that does not fit the plan")
        let isNew = window > counted
        counted = max(counted, window)
        for row in tokens.indices {
            let stream = row / plan.steps
            let block = stream * blocksPerStream + window / windowsPerBlock
            let place = places[stream * plan.length + window * plan.steps + row % plan.steps]
            let cost = Double(surprisal[row])
            totals[variant * blocks + block] += cost
            divergences[variant * blocks + block] += Double(divergence[row])
            let start = (variant * blocks + block) * cells
            if isNew { characters[block] += 1 }
            func add(_ cell: Int) {
                costs[start + cell] += cost
                if isNew { counts[block * cells + cell] += 1 }
            }
            add(Int(targets[row]))
            add(symbols + Int(tokens[row]))
            var bits = place
            while bits != 0 {
                add(2 * symbols + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }

    /// Σ over blocks of a variant's costs by cell, and of the characters.
    package func cost(_ variant: Int, blocks draw: some Sequence<Int>) -> [Double] {
        var sum = [Double](repeating: 0, count: cells)
        costs.withUnsafeBufferPointer { costs in
            for block in draw {
                let start = (variant * blocks + block) * cells
                for cell in 0..<cells { sum[cell] += costs[start + cell] }
            }
        }
        return sum
    }

    package func count(blocks draw: some Sequence<Int>) -> [Double] {
        var sum = [Double](repeating: 0, count: cells)
        for block in draw { for cell in 0..<cells { sum[cell] += counts[block * cells + cell] } }
        return sum
    }

    /// Mean over all characters with its interval, of a variant's costs or divergences, `[variants, blocks]`.
    package func interval(_ values: [Double], _ variant: Int, seed: UInt64) -> Interval {
        BlockBootstrap(blocks: blocks, resamples: 1000, seed: seed).interval(
            sums: Array(values[(variant * blocks)..<((variant + 1) * blocks)]), counts: characters)
    }
}
