import Foundation
import Testing
import Types

@testable import Store

/// A directory of a test's own, removed with it.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "roost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func catalog() throws -> CatalogStore {
        try CatalogStore(file: url.appending(path: "catalog.sqlite"), clock: TimeSource { 1000 })
    }
}

let nobody = Principal(user: Identifier(resolved: "ALICE"), role: Identifier(resolved: "DEV"))

struct CatalogStoreTests {
    @Test func writesAreFullyDurable() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        #expect(try catalog.pragma("synchronous") == 2)
        #expect(try catalog.pragma("journal_mode") == "wal")
        #expect(try catalog.pragma("foreign_keys") == 1)
    }

    @Test func bindsParametersByNumber() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        let row = try #require(
            try catalog.read { try $0.one("SELECT $1 AS a, $2 AS b, $1 AS c, $3 AS d", [1, "x", .blob([0, 255])]) })
        #expect(row.values == [1, "x", 1, .blob([0, 255])])
        #expect(try row.int("c") == 1)
        #expect(throws: RegistryError.self) { try row.int("b") }
    }

    @Test func aCopyNamesTheContentsOfEverythingThatHasFiles() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        let blob = try scratch.artifacts().ingest(Array("a run's file".utf8))
        let id = String(repeating: "1", count: 32)
        try catalog.write { tx in
            try tx.insertRun(id, in: 0, name: "run", user: "ALICE", startedOn: 0, now: 0)
            try tx.putTrackedFile(.run(id), path: "notes.txt", blob: blob, now: 0)
        }
        let copy = scratch.url.appending(path: "copy.sqlite")
        try catalog.backUp(to: copy)
        #expect(try CatalogFile.blobs(in: copy).map(\.digest) == [blob.digest])
    }

    @Test func rollsBackWhenTheClosureThrows() throws {
        struct Stop: Error {}
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        #expect(throws: Stop.self) {
            try catalog.write { tx in
                try tx.run("INSERT INTO setting (name, value) VALUES ($1, $2)", ["a", "b"])
                throw Stop()
            }
        }
        #expect(try catalog.read { try $0.rows("SELECT * FROM setting") }.isEmpty)
    }

    @Test func namesTheReasonOfARefusal() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        func code(_ sql: String, _ arguments: [CatalogValue]) -> RegistryError.Code? {
            do {
                try catalog.write { tx in _ = try tx.run(sql, arguments) }
                return nil
            } catch { return (error as? RegistryError)?.code }
        }
        let insert = "INSERT INTO setting (name, value) VALUES ($1, $2)"
        #expect(code(insert, ["a", "b"]) == nil)
        #expect(code(insert, ["a", "b"]) == .alreadyExists)
        #expect(code(insert, ["b", nil]) == .constraintViolation)
        #expect(code(insert, ["b", .blob([1])]) == .constraintViolation)
        #expect(code("INSERT INTO role (id) VALUES ($1)", [99]) == .constraintViolation)
        #expect(code("INSERT INTO nowhere (id) VALUES ($1)", [99]) == .internal)
    }

    @Test func keepsWhatWasWrittenAfterReopening() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        try catalog.write { _ = try $0.run("INSERT INTO setting (name, value) VALUES ($1, $2)", ["a", "b"]) }
        try catalog.close()
        let again = try scratch.catalog()
        #expect(try again.read { try $0.one("SELECT value FROM setting") }?["value"] == "b")
    }

    @Test func copiesTheCatalogBeforeItIsMigrated() throws {
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "catalog.sqlite")
        let catalog = try scratch.catalog()
        try catalog.write { _ = try $0.run("INSERT INTO setting (name, value) VALUES ($1, $2)", ["a", "b"]) }
        try catalog.close()
        let added = Migration(name: "extra", statements: ["CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT"])
        let newer = try CatalogStore(file: file, clock: TimeSource { 2 }, migrations: Migration.all + [added])
        #expect(try newer.read { try $0.rows("SELECT * FROM extra") }.isEmpty)
        try newer.close()
        let copy = scratch.url.appending(path: "catalog.sqlite.before-\(Migration.all.count + 1)")
        let old = try CatalogStore(file: copy, clock: TimeSource { 3 })
        #expect(try old.read { try $0.one("SELECT value FROM setting") }?["value"] == "b")
        let refused = #expect(throws: RegistryError.self) {
            _ = try CatalogStore(file: file, clock: TimeSource { 4 })
        }
        #expect(refused?.code == .unsupported)
        #expect(refused?.message.contains("newer") == true)
    }

    @Test func aFailedMigrationLeavesNothing() throws {
        let scratch = try Scratch()
        let file = scratch.url.appending(path: "catalog.sqlite")
        try scratch.catalog().close()
        let broken = Migration(
            name: "broken", statements: ["CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT", "CREATE NONSENSE"])
        #expect(throws: RegistryError.self) {
            _ = try CatalogStore(file: file, clock: TimeSource { 2 }, migrations: Migration.all + [broken])
        }
        let again = try scratch.catalog()
        #expect(try again.read { try $0.rows("SELECT name FROM sqlite_master WHERE name = 'half'") }.isEmpty)
    }

    @Test(arguments: [("$1 $2 $1", true), ("$2 $1", false), ("$1 $3", false), ("no $ at all", true)])
    func knowsWhenParametersAscend(sql: String, good: Bool) {
        #expect(CatalogStatement.hasAscendingParameters(sql) == good)
    }
}
