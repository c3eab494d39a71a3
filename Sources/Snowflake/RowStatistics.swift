import Engine
import Types

extension SnowflakeDoor {
    /// The `stats` of an INSERT, UPDATE, DELETE or MERGE: what its only row tells.
    ///
    /// Source: `QueryResultStats` of the Python connector.
    static func writeStatistics(of result: StatementResult, to writer: inout AnswerWriter) throws {
        guard [.insert, .update, .delete, .merge].contains(result.type), let row = result.rows.chunks.first
        else { return }
        let cells = try SyntaxNode(parsing: row.bytes).elements
        writer.open("stats")
        for (column, cell) in zip(result.columns, cells) {
            guard let count = cell.text.flatMap(Int.init), let name = statistics[column.name] else { continue }
            writer.write(name, count)
        }
        writer.close()
    }

    private static let statistics = [
        "number of rows inserted": "numRowsInserted", "number of rows updated": "numRowsUpdated",
        "number of rows deleted": "numRowsDeleted",
    ]
}
