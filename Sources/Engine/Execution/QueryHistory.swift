package import Foundation
package import Logging
package import Store
import Synchronization
import Types

/// A row for every statement, written in batches: acknowledging a SELECT does not wait for the disk.
///
/// While the catalog can't be written, rows wait in memory, up to a bound; then the oldest are given up, and counted.
/// Thread-safe. ``flush()`` blocks.
package final class QueryHistory: Sendable {
    private struct State {
        /// Oldest first.
        var waiting: [QueryRecord] = []
        var waitingBytes = 0
        var lost = 0
        /// Whether the loss is logged; until rows are written again.
        var lossIsLogged = false
    }

    private let catalog: CatalogStore
    private let logger: Logger?
    private let mostRows: Int
    private let mostBytes: Int
    private let state = Mutex(State())
    /// Days that rows are kept.
    private static let keptDays: Int64 = 7

    /// - Parameters:
    ///   - logger: told once of an outage's losses; nil for nobody.
    ///   - mostRows: most rows that wait. Default 50,000.
    ///   - mostBytes: most bytes of text in rows that wait. Default 128 MiB.
    package init(
        catalog: CatalogStore, logger: Logger? = nil, mostRows: Int = 50_000, mostBytes: Int = 128 << 20
    ) {
        self.catalog = catalog
        self.logger = logger
        self.mostRows = mostRows
        self.mostBytes = mostBytes
    }

    /// Rows that were given up since the start.
    package var lostRows: Int { state.withLock { $0.lost } }

    /// Rows that are not written yet.
    package var waitingRows: Int { state.withLock { $0.waiting.count } }

    /// Takes a finished run. Requests that only describe are no statements of the user's.
    func append(_ run: QueryExecution, describeOnly: Bool) {
        guard !describeOnly else { return }
        let summary = run.summary
        let end = summary.endedAt ?? summary.startedAt
        var record = QueryRecord(
            queryID: run.id, sessionID: run.sessionID,
            principal: Principal(
                user: run.user, role: Identifier(resolved: summary.role.isEmpty ? "PUBLIC" : summary.role)),
            text: run.sql, type: QueryHistory.kind(of: run.sql),
            status: summary.status.rawValue,
            startedOn: Int64(summary.startedAt.timeIntervalSince1970 * 1000),
            endedOn: Int64(end.timeIntervalSince1970 * 1000))
        record.warehouse = summary.warehouse ?? ""
        record.database = summary.database ?? ""
        record.schema = summary.schema ?? ""
        record.tag = run.queryTag ?? ""
        record.errorCode = summary.error?.code.name ?? ""
        record.errorMessage = summary.error.map { String($0.text.unicodeScalars.prefix(4000)) } ?? ""
        record.rowsProduced = Int64(summary.rowCount)
        record.elapsedMicroseconds = Int64(end.timeIntervalSince(summary.startedAt) * 1_000_000)
        keep([record], before: false)
    }

    /// Lets rows wait, after those that do or before them, and gives up the oldest that are too many.
    private func keep(_ records: [QueryRecord], before: Bool) {
        let lost = state.withLock { state -> Int? in
            state.waiting.insert(contentsOf: records, at: before ? 0 : state.waiting.count)
            state.waitingBytes += records.reduce(0) { $0 + QueryHistory.size(of: $1) }
            var excess = 0
            while state.waiting.count - excess > mostRows || state.waitingBytes > mostBytes {
                state.waitingBytes -= QueryHistory.size(of: state.waiting[excess])
                excess += 1
            }
            guard excess > 0 else { return nil }
            // Some more go with them: to move all others for every single row would cost too much.
            let spare = min(state.waiting.count / 10, state.waiting.count - excess)
            for record in state.waiting[excess..<(excess + spare)] {
                state.waitingBytes -= QueryHistory.size(of: record)
            }
            state.waiting.removeFirst(excess + spare)
            state.lost += excess + spare
            guard !state.lossIsLogged else { return nil }
            state.lossIsLogged = true
            return state.lost
        }
        if let lost {
            logger?.error(
                "the query history gives up its oldest rows: they can't be written to the catalog",
                metadata: ["rows": "\(lost)"])
        }
    }

    private static func size(of record: QueryRecord) -> Int {
        record.text.utf8.count + record.errorMessage.utf8.count + record.tag.utf8.count
    }

    /// Writes what waits.
    package func flush() throws {
        let records = state.withLock { state in
            defer { (state.waiting, state.waitingBytes) = ([], 0) }
            return state.waiting
        }
        guard !records.isEmpty else { return }
        do {
            try catalog.write { try $0.insertQueries(records) }
        } catch {
            keep(records, before: true)
            throw error
        }
        state.withLock { $0.lossIsLogged = false }
    }

    /// The newest statements, newest first; those that are not written yet are written first.
    ///
    /// - Parameter since: only those that began at this moment or later; nil for any.
    func recent(user: Identifier?, since: Int64? = nil, sessionID: Int64?, limit: Int) throws -> [QueryRecord] {
        try flush()
        return try catalog.read { try $0.queries(user: user, since: since, sessionID: sessionID, limit: limit) }
    }

    /// The statement of an id, nil where it is not kept or still runs.
    func statement(_ id: String) throws -> QueryRecord? {
        try flush()
        return try catalog.read { try $0.query(id) }
    }

    /// Drops rows over their time.
    package func expire(now: Date) throws {
        let cutoff = Int64(now.timeIntervalSince1970 * 1000) - QueryHistory.keptDays * 86_400_000
        try catalog.write { try $0.deleteQueries(olderThan: cutoff) }
    }

    /// The first word or two of a statement: `SELECT`, `CREATE MODEL`.
    static func kind(of sql: String) -> String {
        let words = sql.utf8.prefix(400).split(maxSplits: 2) { !(0x61...0x7A).contains($0 | 0x20) }.prefix(2).map {
            String(decoding: $0, as: UTF8.self).uppercased()
        }
        guard let first = words.first else { return "UNKNOWN" }
        return ["CREATE", "ALTER", "DROP", "SHOW", "COPY"].contains(first) ? words.joined(separator: " ") : first
    }
}
