import DuckDB
import Types

/// DuckDB's parser, and its way back from a tree to text: prepared once for a connection.
///
/// The text is a bound value: whatever stands in it, it is never run. Threads: the connection's rule.
final class SyntaxTrees: Sendable {
    private let toTree: PreparedStatement
    private let toText: PreparedStatement

    init(_ connection: Connection) throws {
        toTree = try connection.prepare("SELECT json_serialize_sql(CAST($1 AS VARCHAR))")
        toText = try connection.prepare("SELECT json_deserialize_sql(CAST($1 AS JSON))")
    }

    /// The tree of a text's statements as JSON, or an object that says what is wrong with it.
    func serialise(_ sql: String) throws -> String { try toTree.execute([.text(sql)]).firstText }

    /// The text of a tree.
    func deserialise(_ tree: String) throws -> String { try toText.execute([.text(tree)]).firstText }
}

extension QueryResult {
    /// The single text that a query gives; empty for no row or NULL.
    var firstText: String {
        get throws {
            guard let chunk = try nextChunk(), chunk.rowCount > 0, chunk.vector(0).validity[0] else { return "" }
            return chunk.vector(0).strings.text(0)
        }
    }
}
