import Foundation
import Store
import Testing
import Types

@testable import Engine

@Suite("Query history")
struct QueryHistoryTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")

    private func catalog() throws -> CatalogStore {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try CatalogStore(file: directory.appending(path: "catalog.sqlite"), clock: .wall)
    }

    private func finished(_ sql: String, _ number: Int) -> QueryExecution {
        let now = Date()
        let run = QueryExecution(
            id: "query-\(number)", sessionID: 1, user: Identifier(resolved: "ALICE"), userID: 1, sql: sql,
            queryTag: nil, startedAt: now)
        _ = run.finish(.failure(RegistryError(.cancelled, "cancelled")), at: now)
        return run
    }

    @Test("What can be written is written, in order, and nothing waits any more")
    func written() throws {
        let catalog = try catalog()
        defer { try? FileManager.default.removeItem(at: directory) }
        let history = QueryHistory(catalog: catalog)
        for number in 0..<50 { history.append(finished("SELECT \(number)", number), describeOnly: false) }
        history.append(finished("SELECT 1", 50), describeOnly: true)
        #expect(history.waitingRows == 50)
        let rows = try history.recent(user: nil, sessionID: 1, limit: 100)
        #expect(Set(rows.map(\.text)) == Set((0..<50).map { "SELECT \($0)" }) && rows[0].errorCode == "cancelled")
        #expect(history.waitingRows == 0 && history.lostRows == 0)
        try catalog.close()
    }

    @Test("While the catalog can't be written the newest rows wait, and the others are counted")
    func outage() throws {
        let catalog = try catalog()
        defer { try? FileManager.default.removeItem(at: directory) }
        try catalog.close()
        let rows = QueryHistory(catalog: catalog, mostRows: 20)
        for number in 0..<1000 {
            rows.append(finished("SELECT \(number)", number), describeOnly: false)
            if number % 7 == 0 { #expect(throws: RegistryError.self) { try rows.flush() } }
            #expect(rows.waitingRows <= 20)
        }
        #expect(rows.waitingRows >= 18 && rows.lostRows + rows.waitingRows == 1000)

        let long = QueryHistory(catalog: catalog, mostBytes: 10_000)
        for number in 0..<100 {
            long.append(finished(String(repeating: "x", count: 990), number), describeOnly: false)
        }
        #expect((1...10).contains(long.waitingRows) && long.lostRows + long.waitingRows == 100)
        long.append(finished(String(repeating: "x", count: 20_000), 100), describeOnly: false)
        #expect(long.waitingRows == 0 && long.lostRows == 101)
    }

    @Test(
        "The kind of a statement is its first words",
        arguments: [
            ("SELECT 1", "SELECT"), ("  create or replace model m", "CREATE OR"), ("show models", "SHOW MODELS"),
            ("(select 1)", "SELECT"), ("", "UNKNOWN"), ("42", "UNKNOWN"), ("é", "UNKNOWN"), ("drop", "DROP"),
            ("Insert\ninto t", "INSERT"),
        ])
    func kinds(_ sql: String, _ kind: String) {
        #expect(QueryHistory.kind(of: sql) == kind)
    }
}
