import Foundation
import GRDB
import Testing

@testable import INNCore
@testable import INNStore

/// Views that are kept beside a run, and beside a file of weights that belongs to none.
struct BookmarkStoreTests {
    private func bookmark(_ name: String, at time: Double, view: String = "{}") -> StoredBookmark {
        StoredBookmark(name: name, keptAt: time, step: 12, view: view)
    }

    @Test func theyAreListedNewestFirstReplacedByNameAndForgotten() throws {
        try withTemporaryFolder { folder in
            let store = BookmarkStore(network: "weights.safetensors", in: folder)
            #expect(try store.all().isEmpty && store.session() == nil)
            // Looking makes nothing.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            try store.keep(bookmark("a", at: 1))
            try store.keep(bookmark("b", at: 2, view: "[1]"))
            #expect(try store.all().map(\.name) == ["b", "a"])
            try store.keep(bookmark("a", at: 3, view: "[2]"))
            #expect(try store.all() == [bookmark("a", at: 3, view: "[2]"), bookmark("b", at: 2, view: "[1]")])
            try store.forget("a")
            try store.forget("nobody")
            #expect(try store.all().map(\.name) == ["b"])
        }
    }

    @Test func theSessionIsNoBookmark() throws {
        try withTemporaryFolder { folder in
            let store = BookmarkStore(network: "weights.safetensors", in: folder)
            try store.keepSession(bookmark("", at: 1, view: "[1]"))
            try store.keepSession(bookmark("", at: 2, view: "[2]"))
            #expect(try store.session() == bookmark("", at: 2, view: "[2]") && store.all().isEmpty)
        }
    }

    /// Also while somebody trains the run, whose own database stays as it is.
    @Test func aRunKeepsThemInAFileOfItsOwn() throws {
        try withRun { folder in
            let training = try RunStore(folder, version: "1")
            record(1, in: training)
            try training.flush()
            try BookmarkStore(folder).keep(bookmark("a", at: 1))
            record(2, in: training)
            try training.close()
            #expect(try RunHistory(folder).reports().count == 2)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(names.contains("bookmarks.sqlite"))
            #expect(try BookmarkStore(folder).all().map(\.name) == ["a"])
            // Somebody's own work: the folder holds more than training put there.
            #expect(folder.holdsForeign)
        }
    }

    @Test func aNewerOrDamagedFileIsRefusedInOneSentence() throws {
        try withTemporaryFolder { folder in
            let store = BookmarkStore(network: "w", in: folder)
            try store.keep(bookmark("a", at: 1))
            let file = folder.appending(path: ".bookmarks/w/bookmarks.sqlite")
            try DatabaseQueue(path: file.path).write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')")
            }
            for action in [{ _ = try store.all() }, { try store.keep(bookmark("b", at: 2)) }] as [() throws -> Void] {
                let error = #expect(throws: INNError.self) { try action() }
                #expect(error?.message.contains("newer version") == true)
            }
            try Data(repeating: 7, count: 4096).write(to: file)
            let error = #expect(throws: INNError.self) { try store.all() }
            #expect(error?.kind == .data)
        }
    }

    /// A trigger of a stranger would act with every bookmark that is kept.
    @Test(arguments: [
        "CREATE TRIGGER t AFTER INSERT ON bookmarks BEGIN DELETE FROM bookmarks; END",
        "CREATE VIEW v AS SELECT * FROM bookmarks",
        "ALTER TABLE bookmarks ADD COLUMN note TEXT",
    ])
    func aFileWithMoreInItThanOursIsRefused(change: String) throws {
        try withTemporaryFolder { folder in
            let store = BookmarkStore(network: "w", in: folder)
            try store.keep(bookmark("a", at: 1))
            let file = folder.appending(path: ".bookmarks/w/bookmarks.sqlite")
            try DatabaseQueue(path: file.path).write { try $0.execute(sql: change) }
            for action in [{ _ = try store.all() }, { try store.keep(bookmark("b", at: 2)) }] as [() throws -> Void] {
                let error = #expect(throws: INNError.self) { try action() }
                #expect(error?.message.contains("other tables") == true)
            }
        }
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system"))
    func whereNothingCanBeWrittenThatIsSaid() throws {
        try withTemporaryFolder { folder in
            let disk = try SmallDisk(at: folder.appending(path: "disk"), kilobytes: 64)
            defer { disk.unmount() }
            try disk.makeReadOnly()
            let store = BookmarkStore(network: "w", in: disk.url)
            #expect(try store.all().isEmpty)
            let error = #expect(throws: INNError.self) { try store.keep(bookmark("a", at: 1)) }
            #expect(error?.kind == .cannotCreate)
        }
    }
}
