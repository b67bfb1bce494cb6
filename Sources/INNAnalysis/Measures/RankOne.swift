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
        func length(_ row: Int) -> Double {
            (0..<columns).reduce(0) { $0 + matrix[row * columns + $1] * matrix[row * columns + $1] }
        }
        let first = (0..<rows).max { length($0) < length($1) } ?? 0
        self.init(
            matrix, rows: rows, columns: columns,
            from: rows > 0 ? Array(matrix[(first * columns)..<((first + 1) * columns)]) : [], steps: Self.mostSteps)
    }

    /// - Parameters:
    ///   - matrix: `[rows, columns]`.
    ///   - start: the profile with which power iteration begins, of any length.
    ///   - steps: after how many of its steps it ends at the latest.
    init(_ matrix: [Double], rows: Int, columns: Int, from start: [Double], steps: Int) {
        (self.rows, self.columns) = (rows, columns)
        var profile = start
        var amounts = [Double](repeating: 0, count: rows)
        for _ in 0..<steps {
            let norm = profile.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard norm > 0 else { break }
            for column in profile.indices { profile[column] /= norm }
            for row in 0..<rows {
                amounts[row] = (0..<columns).reduce(0) { $0 + matrix[row * columns + $1] * profile[$1] }
            }
            let last = profile
            for column in 0..<columns {
                profile[column] = (0..<rows).reduce(0) { $0 + matrix[$1 * columns + column] * amounts[$1] }
            }
            let size = profile.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let change = zip(profile, last).reduce(0) { $0 + abs($1.0 / max(size, 1e-300) - $1.1) }
            if change < 1e-12 {
                profile = last
                break
            }
        }
        let norm = profile.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if norm > 0 { profile = profile.map { $0 / norm } }
        self.profile = profile
        self.amounts = (0..<rows).map { row in
            (0..<columns).reduce(0) { $0 + matrix[row * columns + $1] * profile[$1] }
        }
    }

    /// What is left of the matrix without it, `[rows, columns]`.
    func rest(of matrix: [Double]) -> [Double] {
        matrix.indices.map { matrix[$0] - amounts[$0 / columns] * profile[$0 % columns] }
    }
}
