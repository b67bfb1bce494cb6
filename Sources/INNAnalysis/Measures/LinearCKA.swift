import INNCore

/// Debiased linear centred kernel alignment between the trajectories of neurons (Kornblith et al. 2019; the unbiased
/// HSIC is that of Song et al. 2012, in the form that needs no kernel matrix).
enum LinearCKA {
    /// - Parameters:
    ///   - states: `[neurons][samples, width]`.
    /// - Returns: `[neurons, neurons]`, 1 on the diagonal; about 0 for unrelated trajectories, never above 1 but for
    ///   rounding. NaN with fewer than four samples.
    static func matrix(states: [[Float]], samples: Int, width: Int) -> [Float] {
        let count = states.count
        guard samples > 3 else { return [Float](repeating: .nan, count: count * count) }
        let centred = states.map { centre($0, samples, width) }
        let norms = centred.map { squaredNorms($0, samples, width) }
        var similarity = [Float](repeating: 1, count: count * count)
        func product(_ i: Int, _ j: Int) -> Double {
            debiased(squaredCross(centred[i], centred[j], samples, width), norms[i], norms[j], samples)
        }
        let own = (0..<count).map { product($0, $0) }
        for i in 0..<count {
            for j in 0..<i {
                let scale = (own[i] * own[j]).squareRoot()
                let value = scale > 0 ? Float(product(i, j) / scale) : .nan
                similarity[i * count + j] = value
                similarity[j * count + i] = value
            }
        }
        return similarity
    }

    private static func centre(_ rows: [Float], _ samples: Int, _ width: Int) -> [Float] {
        var mean = [Double](repeating: 0, count: width)
        for index in rows.indices { mean[index % width] += Double(rows[index]) }
        let means = mean.map { Float($0 / Double(samples)) }
        return rows.indices.map { rows[$0] - means[$0 % width] }
    }

    private static func squaredNorms(_ rows: [Float], _ samples: Int, _ width: Int) -> [Double] {
        (0..<samples).map { row in
            rows[(row * width)..<((row + 1) * width)].reduce(0.0) { $0 + Double($1) * Double($1) }
        }
    }

    /// ‖XᵀY‖² in the Frobenius norm.
    private static func squaredCross(_ x: [Float], _ y: [Float], _ samples: Int, _ width: Int) -> Double {
        var cross = [Float](repeating: 0, count: width * width)
        x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                cross.withUnsafeMutableBufferPointer { cross in
                    for row in 0..<samples {
                        for a in 0..<width {
                            let value = x[row * width + a]
                            for b in 0..<width { cross[a * width + b] += value * y[row * width + b] }
                        }
                    }
                }
            }
        }
        return cross.reduce(0.0) { $0 + Double($1) * Double($1) }
    }

    private static func debiased(_ cross: Double, _ x: [Double], _ y: [Double], _ samples: Int) -> Double {
        let n = Double(samples)
        let sumX = x.reduce(0, +)
        let sumY = y.reduce(0, +)
        let rows = zip(x, y).reduce(0.0) { $0 + $1.0 * $1.1 }
        return cross - n / (n - 2) * rows + sumX * sumY / ((n - 1) * (n - 2))
    }
}
