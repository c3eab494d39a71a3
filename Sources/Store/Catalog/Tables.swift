import Types

/// A warehouse's own facts.
package struct WarehouseRecord: Hashable, Sendable {
    /// E.g. `X-Small`.
    package var size: String
    package var isSuspended: Bool
    /// When it was resumed last, in milliseconds since 1970; nil where it never was.
    package var resumedOn: Int64?
    /// A JSON object of the properties that are only kept and shown.
    package var options: String

    package init(
        size: String = "X-Small", isSuspended: Bool = false, resumedOn: Int64? = nil, options: String = "{}"
    ) {
        self.size = size
        self.isSuspended = isSuspended
        self.resumedOn = resumedOn
        self.options = options
    }
}

extension CatalogReader {
    /// The view's SQL text (`""` for a table) and the JSON about the columns; nil where there is no such row.
    package func tableFacts(_ id: Int64) throws -> (definition: String, columns: String)? {
        try one("SELECT definition, columns FROM table_object WHERE id = $1", [.int(id)]).map {
            (try $0.text("definition"), try $0.text("columns"))
        }
    }

    /// The JSON options of a file format, `{}` where there is no such row.
    package func fileFormatOptions(_ id: Int64) throws -> String {
        try one("SELECT options FROM file_format WHERE id = $1", [.int(id)])?.text("options") ?? "{}"
    }

    package func warehouse(_ id: Int64) throws -> WarehouseRecord? {
        try one("SELECT size, suspended, resumed_on, options FROM warehouse WHERE id = $1", [.int(id)]).map {
            WarehouseRecord(
                size: try $0.text("size"), isSuspended: try $0.bool("suspended"),
                resumedOn: $0.optionalInt("resumed_on"), options: try $0.text("options"))
        }
    }
}

extension CatalogTransaction {
    package func insertTable(_ id: Int64, definition: String, columns: String) throws {
        try run(
            "INSERT INTO table_object (id, definition, columns) VALUES ($1, $2, $3)",
            [.int(id), .text(definition), .text(columns)])
    }

    package func setTableFacts(_ id: Int64, definition: String, columns: String) throws {
        try run(
            "UPDATE table_object SET definition = $1, columns = $2 WHERE id = $3",
            [.text(definition), .text(columns), .int(id)])
    }

    package func insertWarehouse(_ id: Int64, _ record: WarehouseRecord) throws {
        try run(
            "INSERT INTO warehouse (id, size, suspended, resumed_on, options) VALUES ($1, $2, $3, $4, $5)",
            [
                .int(id), .text(record.size), .bool(record.isSuspended), .optional(record.resumedOn),
                .text(record.options),
            ])
    }

    package func setWarehouse(_ id: Int64, _ record: WarehouseRecord) throws {
        try run(
            "UPDATE warehouse SET size = $1, suspended = $2, resumed_on = $3, options = $4 WHERE id = $5",
            [
                .text(record.size), .bool(record.isSuspended), .optional(record.resumedOn), .text(record.options),
                .int(id),
            ])
    }
}
