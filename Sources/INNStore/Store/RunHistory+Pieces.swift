import GRDB
import INNCore

/// Long recordings read in pieces, each in a transaction of its own: memory stays bounded, and a reader that is slow,
/// such as a pager behind a pipe, keeps no writer from tidying up.
extension RunHistory {
    private static let pieceLength = 1024

    /// Calls `body` with the metrics, ascending.
    ///
    /// - Parameter stride: of the reports without a validation only every n-th comes, and the last.
    /// - Throws: what `body` throws; ``INNError`` of kind `temporary` when a resume takes reports back meanwhile.
    public func forEachPieceOfReports(every stride: Int = 1, _ body: ([TrainingReport]) throws -> Void) throws {
        var number = 0
        var leftOut: TrainingReport?
        try forEachPiece(
            after: -1,
            { step, limit, db in
                try self.reports("WHERE step > ? ORDER BY step LIMIT ?", [step, limit], db).map { ($0.step, $0) }
            },
            { reports in
                let kept = reports.filter { report in
                    let isKept = number % stride == 0 || report.validBPC != nil
                    number += 1
                    leftOut = isKept ? nil : report
                    return isKept
                }
                if !kept.isEmpty { try body(kept) }
            })
        if let leftOut { try body([leftOut]) }
    }

    /// Calls `body` with what happened, in order; see ``forEachPieceOfReports(every:_:)``.
    public func forEachPieceOfMarks(_ body: ([EventMark]) throws -> Void) throws {
        try forEachPiece(after: 0, { try self.marks(after: $0, limit: $1, $2).map { ($0.id, $0.value) } }, body)
    }

    /// Calls `body` with the generated texts, in order; see ``forEachPieceOfReports(every:_:)``.
    public func forEachPieceOfSamples(_ body: ([TextSample]) throws -> Void) throws {
        try forEachPiece(after: 0, { try self.samples(after: $0, limit: $1, $2).map { ($0.id, $0.value) } }, body)
    }

    /// - Parameter next: reads rows after a key, at most so many.
    private func forEachPiece<Value>(
        after start: Int, _ next: (_ key: Int, _ limit: Int, Database) throws -> [(key: Int, value: Value)],
        _ body: ([Value]) throws -> Void
    ) throws {
        var key = start
        var generation: Int?
        while true {
            let (piece, now) = try read { db in (try next(key, Self.pieceLength, db), try self.generation(db)) }
            guard generation ?? now == now else {
                throw INNError(
                    .temporary, "The run went back to an earlier checkpoint while '\(url.path)' was read; try again.")
            }
            generation = now
            if !piece.isEmpty { try body(piece.map(\.value)) }
            guard piece.count == Self.pieceLength, let last = piece.last else { return }
            key = last.key
        }
    }
}
