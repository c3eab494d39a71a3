package import Foundation
import Logging
package import Store
import Synchronization
package import Types

/// A row for every statement, written in batches: acknowledging a SELECT does not wait for the disk.
///
/// Thread-safe. ``flush()`` blocks.
package final class QueryHistory: Sendable {
    private let catalog: CatalogStore
    private let waiting = Mutex<[QueryRecord]>([])
    /// Days that rows are kept.
    private static let keptDays: Int64 = 7

    package init(catalog: CatalogStore) {
        self.catalog = catalog
    }

    /// Takes a finished run. Requests that only describe are no statements of the user's.
    func append(_ run: QueryExecution, describeOnly: Bool) {
        guard !describeOnly else { return }
        let summary = run.summary
        let end = summary.endedAt ?? summary.startedAt
        var record = QueryRecord(
            queryID: run.id, sessionID: run.sessionID,
            principal: Principal(
                user: run.user, role: Identifier(resolved: summary.role.isEmpty ? "PUBLIC" : summary.role)),
            text: String(run.sql.prefix(100_000)), type: QueryHistory.kind(of: run.sql),
            status: summary.status.rawValue,
            startedOn: Int64(summary.startedAt.timeIntervalSince1970 * 1000),
            endedOn: Int64(end.timeIntervalSince1970 * 1000))
        record.warehouse = summary.warehouse ?? ""
        record.database = summary.database ?? ""
        record.schema = summary.schema ?? ""
        record.tag = run.queryTag ?? ""
        record.errorCode = summary.error?.code.name ?? ""
        record.errorMessage = summary.error.map { String($0.text.prefix(4000)) } ?? ""
        record.rowsProduced = Int64(summary.rowCount)
        record.elapsedMicroseconds = Int64(end.timeIntervalSince(summary.startedAt) * 1_000_000)
        waiting.withLock { $0.append(record) }
    }

    /// Writes what waits.
    package func flush() throws {
        let records = waiting.withLock { list in
            defer { list = [] }
            return list
        }
        guard !records.isEmpty else { return }
        do {
            try catalog.write { try $0.insertQueries(records) }
        } catch {
            waiting.withLock { $0 = records + $0 }
            throw error
        }
    }

    /// The newest statements, newest first; those that are not written yet are written first.
    func recent(user: Identifier?, sessionID: Int64?, limit: Int) throws -> [QueryRecord] {
        try flush()
        return try catalog.read { try $0.queries(user: user, sessionID: sessionID, limit: limit) }
    }

    /// Drops rows over their time.
    package func expire(now: Date) throws {
        let cutoff = Int64(now.timeIntervalSince1970 * 1000) - QueryHistory.keptDays * 86_400_000
        try catalog.write { try $0.deleteQueries(olderThan: cutoff) }
    }

    /// The first word or two of a statement: `SELECT`, `CREATE MODEL`.
    private static func kind(of sql: String) -> String {
        let words = sql.prefix(400).split(whereSeparator: { !$0.isLetter }).prefix(2).map { $0.uppercased() }
        guard let first = words.first else { return "UNKNOWN" }
        return ["CREATE", "ALTER", "DROP", "SHOW", "COPY"].contains(first) ? words.joined(separator: " ") : first
    }
}
