import CNative
import Types

/// How much memory the process may take on behalf of queries.
///
/// DuckDB's own `memory_limit` counts what its tables, sorts and joins hold, but not the texts and lists that functions
/// make: those are guarded where they are allocated, by what the whole process has resident
/// (`Sources/CNative/cn_memory_guard.c`). A refused allocation is a failed statement, and nothing else.
///
/// One per process, as DuckDB's library is. Thread-safe.
package enum MemoryLimit {
    /// Refuses what queries allocate beyond so many resident bytes of the process; 0 refuses nothing. Without effect where
    /// ``isEnforced`` is false.
    package static func set(residentBytes: Int) { cn_memory_guard_set_limit(max(0, residentBytes)) }

    /// Whether the opened library's allocations can be refused: on Linux with glibc.
    package static var isEnforced: Bool { cn_duckdb_is_guarded() }

    /// Gives back to the system what DuckDB and the heap keep for later; takes milliseconds.
    package static func giveBack() { cn_memory_guard_give_back() }

    /// Asks before a statement takes memory outside DuckDB.
    ///
    /// - Throws: `limitExceeded` where `bytes` more would be over the limit.
    package static func require(bytes: Int) throws {
        if !cn_memory_guard_has_room(max(0, bytes)) { try refuse() }
    }

    /// - Throws: `limitExceeded`, always.
    package static func refuse() throws {
        let (text, hint) = MemoryLimit.refusal
        throw RegistryError(.limitExceeded, text, hint: hint, detail: ["duckdb": outOfMemory])
    }

    /// The kind of error of DuckDB's, for ``RegistryError/isOutOfMemory``.
    static let outOfMemory = "Out of Memory"

    /// What a statement that was refused memory is told.
    static var refusal: (text: String, hint: String) {
        let limit = cn_memory_guard_limit()
        let bound = limit > 0 ? "the server may take (\(limit >> 20) MiB)" : "there is"
        return ("The statement needs more memory than \(bound).", advice)
    }

    /// What helps where memory is short.
    static let advice =
        "Let it work on less at once (fewer rows, shorter texts and arrays), or have the server's setting sql-memory raised."
}

extension RegistryError {
    /// Whether the statement failed for lack of memory.
    package var isOutOfMemory: Bool { detail["duckdb"] == MemoryLimit.outOfMemory }

    /// The name of the attached database that DuckDB closed because a checkpoint failed, nil for other errors.
    package var closedDatabase: String? { detail["closed"] }

    /// Whether this error of COMMIT came after the transaction was committed for good.
    package var isAfterCommit: Bool { detail["committed"] != nil }
}
