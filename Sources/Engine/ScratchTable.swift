import DuckDB
import Logging
import Types

/// A table of one statement: rows that the engine made for a query to read, dropped when the statement is over.
struct ScratchTable: Sendable {
    /// Its name in DuckDB's `temp` catalog.
    let name: String

    var target: TableTarget { .table(catalog: "temp", schema: "main", name: name) }

    /// As SQL names it.
    var sql: String { "temp.main.\(Identifier(resolved: name).quoted)" }
}

extension StatementContext {
    /// Reserves a scratch table's name and sees that it is dropped after the statement.
    func newScratch() -> ScratchTable {
        let table = ScratchTable(name: "scratch_" + session.newTemporaryName())
        let connection = self.connection
        let logger = engine.logger
        afterwards {
            do {
                try connection.execute("DROP TABLE IF EXISTS \(table.sql)")
            } catch {
                logger.warning("a scratch table could not be dropped", metadata: ["error": "\(error)"])
            }
        }
        return table
    }

    /// A scratch table with the rows of a query of the engine's own making, or one that was planned.
    func scratch(sql: String) throws -> ScratchTable {
        let table = newScratch()
        try connection.execute("CREATE TEMP TABLE \(table.sql) AS \(sql)")
        return table
    }

    /// A scratch table with cells of text, cast to the columns' types.
    func scratch(_ content: TextTable) throws -> ScratchTable {
        let table = newScratch()
        let columns = content.columns.map { "\(Identifier(resolved: $0.name).quoted) \($0.type.duckName)" }
        try connection.execute("CREATE TEMP TABLE \(table.sql) (\(columns.joined(separator: ", ")))")
        guard !content.rows.isEmpty else { return table }
        let names = content.columns.indices.map { "c\($0)" }
        let casts = content.columns.indices.map { index in
            switch content.columns[index].type {
            // Their text is JSON, which DuckDB reads only as such.
            case .object, .array: "CAST(CAST(c\(index) AS JSON) AS \(content.columns[index].type.duckName))"
            default: "CAST(c\(index) AS \(content.columns[index].type.duckName))"
            }
        }
        let source = try content.rows.count > 100 ? appended(content.rows, names).sql : literals(content.rows, names)
        try connection.execute("INSERT INTO \(table.sql) SELECT \(casts.joined(separator: ", ")) FROM \(source)")
        return table
    }
}

extension StatementContext {
    /// A few rows of texts as SQL.
    private func literals(_ rows: [[String?]], _ names: [String]) -> String {
        let texts = rows.map { row in
            "(" + row.map { $0.map(BindingLiteral.quote) ?? "NULL" }.joined(separator: ", ") + ")"
        }
        return "(VALUES \(texts.joined(separator: ", "))) v(\(names.joined(separator: ", ")))"
    }

    /// A scratch table with rows of texts: faster than SQL for many.
    private func appended(_ rows: [[String?]], _ names: [String]) throws -> ScratchTable {
        let table = newScratch()
        try connection.execute(
            "CREATE TEMP TABLE \(table.sql) (\(names.map { "\($0) VARCHAR" }.joined(separator: ", ")))")
        let appender = try Appender(connection, catalog: "temp", schema: "main", table: table.name)
        for start in stride(from: 0, to: rows.count, by: DataChunk.capacity) {
            let part = rows[start..<min(start + DataChunk.capacity, rows.count)]
            let chunk = try DataChunk(types: names.map { _ in .varchar })
            for column in names.indices {
                let vector = chunk.vector(column)
                for (offset, row) in part.enumerated() {
                    if let text = row[column] { vector.setString(offset, text) } else { vector.setNull(offset) }
                }
            }
            chunk.rowCount = part.count
            try appender.append(chunk)
        }
        try appender.close()
        return table
    }
}

/// Rows of text cells with typed columns: what SHOW gives and information schema views hold.
struct TextTable: Sendable {
    let columns: [ResultColumn]
    /// Cells in a form that DuckDB casts to the column's type; nil for NULL.
    let rows: [[String?]]
}

extension Connection {
    /// The single text that a query gives; empty for no row or NULL.
    func text(_ sql: String) throws -> String { try query(sql).firstText }

    /// The texts in a query's first column, NULL left out.
    func texts(_ sql: String) throws -> [String] {
        let result = try query(sql)
        var texts: [String] = []
        while let chunk = try result.nextChunk() {
            let vector = chunk.vector(0)
            for row in 0..<chunk.rowCount where vector.validity[row] { texts.append(vector.strings.text(row)) }
        }
        return texts
    }

    /// The whole numbers in a query's first column, of type BIGINT, without NULLs.
    func numbers(_ sql: String) throws -> [Int] {
        let result = try query(sql)
        var numbers: [Int] = []
        while let chunk = try result.nextChunk() {
            let values = chunk.vector(0).values(as: Int64.self)
            numbers += (0..<chunk.rowCount).map { Int(values[$0]) }
        }
        return numbers
    }

    /// The single whole number that a query of type BIGINT gives, nil for no row or NULL.
    func number(_ sql: String) throws -> Int? {
        let result = try query(sql)
        guard let chunk = try result.nextChunk(), chunk.rowCount > 0, chunk.vector(0).validity[0] else { return nil }
        return Int(chunk.vector(0).values(as: Int64.self)[0])
    }
}
