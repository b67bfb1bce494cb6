/// The part of a matrix that is one profile, more or less of it, for every row: its best approximation of rank one.
struct RankOne {
    let rows: Int, columns: Int
    /// Unit vector over columns, and how much of it each row has.
    let profile: [Double]
    let amounts: [Double]

    private static let mostSteps = 300

    /// Found by power iteration from the row that is longest; at equal singular values it ends at one of them.
    ///
    /// - Parameter matrix: `[rows, columns]`.
    init(_ matrix: [Double], rows: Int, columns: Int) {
        let all = (0..<rows).map { Array(matrix[($0 * columns)..<(($0 + 1) * columns)]) }
        let longest = all.max { Self.length($0) < Self.length($1) } ?? []
        self.init(matrix, rows: rows, columns: columns, from: longest, steps: Self.mostSteps)
    }

    /// - Parameters:
    ///   - matrix: `[rows, columns]`.
    ///   - start: the profile with which power iteration begins, of any length.
    ///   - steps: after how many of its steps it ends at the latest.
    init(_ matrix: [Double], rows: Int, columns: Int, from start: [Double], steps: Int) {
        (self.rows, self.columns) = (rows, columns)
        func amounts(_ profile: [Double]) -> [Double] {
            (0..<rows).map { row in profile.indices.reduce(0) { $0 + matrix[row * columns + $1] * profile[$1] } }
        }
        var profile = Self.unit(start)
        for _ in 0..<steps {
            let last = profile
            let amounts = amounts(last)
            profile = Self.unit(
                last.indices.map { column in
                    (0..<rows).reduce(0) { $0 + matrix[$1 * columns + column] * amounts[$1] }
                })
            // Further steps would not move it.
            if zip(profile, last).allSatisfy({ abs($0 - $1) < 1e-13 }) { break }
        }
        self.profile = profile
        self.amounts = amounts(profile)
    }

    private static func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// The same direction with length 1; nothing stays nothing.
    private static func unit(_ vector: [Double]) -> [Double] {
        let length = length(vector)
        return length > 0 ? vector.map { $0 / length } : vector
    }

    /// What is left of the matrix without it, `[rows, columns]`.
    func rest(of matrix: [Double]) -> [Double] {
        matrix.indices.map { matrix[$0] - amounts[$0 / columns] * profile[$0 % columns] }
    }
}
