import DuckDB
import Logging
import Synchronization

/// A transaction that lets a query read a table twice and find the same rows in the same order.
enum ReadSnapshot {
    /// The statement writes, or has its own transaction.
    case forbidden
    /// A query may open one.
    case allowed
    case open
}

extension StatementContext {
    /// Says that this statement only reads, so that it may open a snapshot.
    func allowReadSnapshot() {
        guard !request.describeOnly else { return }
        readSnapshot.withLock { if case .forbidden = $0 { $0 = .allowed } }
    }

    /// Makes sure that tables can't change under the statement; false where that can't be had.
    func openReadSnapshot() throws -> Bool {
        if session.inTransaction { return true }
        switch readSnapshot.withLock({ $0 }) {
        case .forbidden: return false
        case .open: return true
        case .allowed:
            try connection.execute("BEGIN TRANSACTION")
            readSnapshot.withLock { $0 = .open }
            return true
        }
    }

    /// Ends the snapshot when the statement is over. Nothing but the statement's own scratch tables was written in it.
    func closeReadSnapshot() {
        guard case .open = readSnapshot.withLock({ $0 }) else { return }
        readSnapshot.withLock { $0 = .forbidden }
        do {
            try connection.execute("COMMIT")
        } catch {
            // A failed query took the transaction with it; its end is all that matters.
            engine.logger.debug("a read snapshot was given up", metadata: ["error": "\(error)"])
            rollBack()
        }
    }
}
