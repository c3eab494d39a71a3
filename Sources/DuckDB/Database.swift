import CNative
import Types

/// An open DuckDB instance: a file, or memory. More databases are attached to it by SQL.
///
/// Any thread may use it. It closes when the last connection, statement and result that came from it is gone.
package final class Database: Sendable {
    /// Closed once, in deinit; DuckDB allows `connect` from any thread.
    private nonisolated(unsafe) let handle: duck_database

    /// Opens or creates the file at `path`; nil is a database in memory.
    ///
    /// - Parameter configuration: DuckDB's options by name, e.g. `["threads": "2", "memory_limit": "1GB"]`.
    /// - Throws: `invalidArgument` for an option DuckDB refuses, `unavailable` when the file can't be opened.
    package init(library: Library, path: String? = nil, configuration: [String: String] = [:]) throws {
        var config: duck_config?
        guard duck_create_config(&config) == 0 else {
            throw RegistryError(.unavailable, "DuckDB can't make a configuration: out of memory.")
        }
        defer { duck_destroy_config(&config) }
        for (name, value) in configuration.sorted(by: { $0.key < $1.key }) {
            guard duck_set_config(config, name, value) == 0 else {
                throw RegistryError(.invalidArgument, "DuckDB has no option '\(name)' that takes this value.")
            }
        }
        var opened: duck_database?
        var failure: UnsafeMutablePointer<CChar>?
        let state = duck_open_ext(path, &opened, config, &failure)
        defer { if let failure { duck_free(failure) } }
        guard state == 0, let opened else {
            let error = Failure(failure.map { String(cString: $0) } ?? "IO Error: The file can't be opened")
                .registryError
            guard error.code == .invalidValue else { throw error }
            throw RegistryError(.invalidArgument, error.message, hint: error.hint, detail: error.detail)
        }
        handle = opened
    }

    deinit {
        var closing: duck_database? = handle
        duck_close(&closing)
    }

    /// A new connection: its own transaction, settings of the session and temporary objects.
    package func connect() throws -> Connection {
        var connection: duck_connection?
        guard duck_connect(handle, &connection) == 0, let connection else {
            throw RegistryError(.unavailable, "DuckDB can't open another connection.")
        }
        return Connection(connection, database: self)
    }
}
