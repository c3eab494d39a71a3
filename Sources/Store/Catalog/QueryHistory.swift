package import Types

/// A statement that ended, for QUERY_HISTORY.
package struct QueryRecord: Hashable, Sendable {
    package var queryID: String
    package var sessionID: Int64
    package var principal: Principal
    /// Names, `""` where the session has none.
    package var warehouse = ""
    package var database = ""
    package var schema = ""
    /// The statement's text, cut by the caller where it is huge.
    package var text: String
    /// E.g. `SELECT`, `CREATE_MODEL`.
    package var type: String
    package var tag = ""
    /// `SUCCESS` or `FAILED_WITH_ERROR`.
    package var status: String
    package var errorCode = ""
    package var errorMessage = ""
    package var rowsProduced: Int64 = 0
    /// Milliseconds since 1970.
    package var startedOn: Int64
    package var endedOn: Int64
    package var elapsedMicroseconds: Int64 = 0

    package init(
        queryID: String, sessionID: Int64, principal: Principal, text: String, type: String, status: String,
        startedOn: Int64, endedOn: Int64
    ) {
        self.queryID = queryID
        self.sessionID = sessionID
        self.principal = principal
        self.text = text
        self.type = type
        self.status = status
        self.startedOn = startedOn
        self.endedOn = endedOn
    }
}

extension CatalogTransaction {
    /// Writes statements down. Every transaction costs a disk flush: give many at once.
    package func insertQueries(_ records: [QueryRecord]) throws {
        for record in records {
            try run(
                """
                INSERT INTO query_history (query_id, session_id, user_name, role_name, warehouse_name, database_name,
                    schema_name, query_text, query_type, query_tag, status, error_code, error_message, rows_produced,
                    started_on, ended_on, elapsed_microseconds)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                ON CONFLICT (query_id) DO NOTHING
                """,
                [
                    .text(record.queryID), .int(record.sessionID), .text(record.principal.user.name),
                    .text(record.principal.role.name), .text(record.warehouse), .text(record.database),
                    .text(record.schema), .text(record.text), .text(record.type), .text(record.tag),
                    .text(record.status), .text(record.errorCode), .text(record.errorMessage),
                    .int(record.rowsProduced), .int(record.startedOn), .int(record.endedOn),
                    .int(record.elapsedMicroseconds),
                ])
        }
    }

    /// Forgets statements that started before the cutoff, in milliseconds since 1970.
    package func deleteQueries(olderThan cutoff: Int64) throws {
        try run("DELETE FROM query_history WHERE started_on < $1", [.int(cutoff)])
    }
}

extension CatalogReader {
    /// The statement of an id, nil where it is not kept.
    package func query(_ id: String) throws -> QueryRecord? {
        try one("SELECT * FROM query_history WHERE query_id = $1", [.text(id)]).map(QueryRecord.init)
    }

    /// The newest statements, newest first.
    ///
    /// - Parameters:
    ///   - user: only of this user; nil for all.
    ///   - since: only those that began at this moment or later, in milliseconds since 1970; nil for any.
    ///   - sessionID: only of this session; nil for all.
    package func queries(
        user: Identifier? = nil, since: Int64? = nil, sessionID: Int64? = nil, limit: Int
    ) throws -> [QueryRecord] {
        var sql = "SELECT * FROM query_history WHERE 1 = 1"
        var arguments: [CatalogValue] = []
        if let user {
            arguments.append(.text(user.name))
            sql += " AND user_name = $\(arguments.count)"
        }
        if let since {
            arguments.append(.int(since))
            sql += " AND started_on >= $\(arguments.count)"
        }
        if let sessionID {
            arguments.append(.int(sessionID))
            sql += " AND session_id = $\(arguments.count)"
        }
        arguments.append(.int(Int64(limit)))
        sql += " ORDER BY started_on DESC, query_id DESC LIMIT $\(arguments.count)"
        return try rows(sql, arguments).map(QueryRecord.init)
    }
}

extension QueryRecord {
    fileprivate init(_ row: CatalogRow) throws {
        self.init(
            queryID: try row.text("query_id"), sessionID: try row.int("session_id"),
            principal: Principal(user: try row.identifier("user_name"), role: try row.identifier("role_name")),
            text: try row.text("query_text"), type: try row.text("query_type"), status: try row.text("status"),
            startedOn: try row.int("started_on"), endedOn: try row.int("ended_on"))
        warehouse = try row.text("warehouse_name")
        database = try row.text("database_name")
        schema = try row.text("schema_name")
        tag = try row.text("query_tag")
        errorCode = try row.text("error_code")
        errorMessage = try row.text("error_message")
        rowsProduced = try row.int("rows_produced")
        elapsedMicroseconds = try row.int("elapsed_microseconds")
    }
}
