import CNative
import Types

/// Adds rows to a table, chunk by chunk: the fast way in.
///
/// Rows become visible with the connection's transaction, after ``close()``; an appender that is dropped before leaves
/// what it had flushed. Threads: the connection's rule.
package final class Appender: @unchecked Sendable {  // used by one thread at a time, with its connection
    private var handle: duck_appender?
    private let connection: Connection
    /// Types of the table's columns, in order: those of the chunks.
    package let types: [LogicalType]

    /// - Parameters:
    ///   - catalog: Database; nil is the current one.
    ///   - schema: Nil is `main`.
    /// - Throws: `notFound` for an unknown table.
    package init(_ connection: Connection, catalog: String? = nil, schema: String? = nil, table: String) throws {
        self.connection = connection
        let state = duck_appender_create_ext(connection.handle, catalog, schema, table, &handle)
        guard state == 0, let made = handle else {
            let failure = Appender.failure(of: handle)
            _ = duck_appender_destroy(&handle)
            throw failure
        }
        types = (0..<duck_appender_column_count(made)).map { LogicalType(owning: duck_appender_column_type(made, $0)) }
    }

    deinit {
        guard handle != nil else { return }
        _ = duck_appender_clear(handle)
        _ = duck_appender_destroy(&handle)
    }

    /// Adds the chunk's rows. The chunk's types must be ``types``.
    package func append(_ chunk: DataChunk) throws {
        guard duck_append_data_chunk(handle, chunk.handle) == 0 else { throw Appender.failure(of: handle) }
    }

    /// Writes what is buffered and ends. Constraint violations show here.
    package func close() throws {
        guard handle != nil else { return }
        guard duck_appender_close(handle) == 0 else { throw Appender.failure(of: handle) }
        _ = duck_appender_destroy(&handle)
        handle = nil
    }

    private static func failure(of handle: duck_appender?) -> RegistryError {
        var data = handle.flatMap { duck_appender_error_data($0) }
        guard data != nil else { return RegistryError(.internal, "The appender failed.") }
        defer { duck_destroy_error_data(&data) }
        let message = duck_error_data_message(data).map { String(cString: $0) } ?? "The appender failed."
        return Failure(message, type: duck_error_data_error_type(data)).registryError
    }
}
