import Foundation
import GRDB
import Testing

@testable import INNCore
@testable import INNStore

/// What `run.sqlite` keeps of the processes that train together.
@Suite struct StoredRankTests {
    /// What the ranks did is read with the last report, by whoever follows the run as well.
    @Test func ranksAreThoseOfTheLastReport() throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            func told(_ step: Int) throws -> [RankReport?] {
                var told = report(step)
                told.ranks = Self.ranks(communication: Double(step) / 100)
                store.receive(.report(told))
                try store.flush()
                return try RunHistory(folder).reports().map(\.ranks)
            }
            let (first, second) = (Self.ranks(communication: 0.1), Self.ranks(communication: 0.2))
            #expect(try told(10) == [first])
            var cursor = HistoryCursor()
            let history = try RunHistory(folder)
            #expect(try history.changes(since: &cursor).reports.last?.ranks == first)
            #expect(try told(20) == [nil, second])
            #expect(try history.changes(since: &cursor).reports.map(\.ranks) == [second])
            #expect(try history.latestReport()?.ranks == second)
            // Went on in one process.
            store.receive(.report(report(30)))
            try store.flush()
            #expect(try history.reports().map(\.ranks) == [nil, nil, nil])
            _ = try told(40)
            try store.resume(from: 20)
            #expect(try history.reports().map(\.ranks) == [nil, nil])
            try store.close()
        }
    }

    private static func ranks(communication: Double) -> RankReport {
        RankReport(
            hosts: ["a", "b"], charsPerSecond: [1e4, 9e3], communication: communication, communicationSeconds: 0.01)
    }

    @Test(arguments: [
        "{", #"{"hosts":[],"charsPerSecond":[],"communication":0,"communicationSeconds":0}"#,
        #"{"hosts":["a"],"charsPerSecond":[1,2],"communication":0,"communicationSeconds":0}"#,
        #"{"hosts":["a"],"charsPerSecond":[-1],"communication":0,"communicationSeconds":0}"#,
        #"{"hosts":["a"],"charsPerSecond":[1],"communication":7,"communicationSeconds":0}"#,
    ]) func ranksThatCannotBeAreDamage(_ text: String) throws {
        try withRun { folder in
            let store = try RunStore(folder, version: "1")
            store.receive(.report(report(1)))
            try store.flush()
            try store.database.write { try $0.execute(sql: "INSERT INTO ranks VALUES (1, ?)", arguments: [text]) }
            #expect(throws: INNError.self) { try RunHistory(folder).reports() }
            try store.close()
        }
    }
}
