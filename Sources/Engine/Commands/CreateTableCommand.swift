import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Types

/// CREATE TABLE.
///
/// A permanent table is first made under a name of its own, then its row in the catalog is written, then it gets its
/// name: what a crash cuts off is put right at the next start.
extension StatementContext {
    func createTable(_ create: CreateTable) throws -> StatementResult {
        let name = try resolve(create.name, kind: "table")
        let mode = try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists)
        if create.lifetime == .temporary { return try createTemporaryTable(create, name, mode) }
        let schema = try engine.registry.findSchema(name.namespace, as: principal).reference
        try engine.registry.require(.createTable, on: schema, as: principal)
        if mode != .orReplace, try exists(name) {
            guard mode == .ifNotExists else { throw RegistryError.exists("Table", name.description) }
            return status("\(name.name) already exists, statement succeeded.")
        }
        let catalog = Identifier(
            resolved: try engine.databases.catalogName(
                of: try engine.registry.findDatabase(name.database, as: principal).id))
        try refuseTwin(of: name.name, among: try tableNames(in: catalog, name.schema), kind: "Table")
        let draft = Identifier(resolved: "roost_draft_\(run.id)")
        let place = "\(catalog.quoted).\(name.schema.quoted)"
        let content = try tableContent(create)
        return try engine.databases.write(to: catalog.name) {
            try connection.execute("CREATE TABLE \(place).\(draft.quoted) \(content.sql)")
            let id: Int64
            do {
                if let rows = content.rows { try connection.execute("INSERT INTO \(place).\(draft.quoted) \(rows)") }
                let columns = try content.columns ?? described("\(place).\(draft.quoted)")
                let created = try engine.registry.createTable(
                    .table, name, columns: try StoredColumn.encode(columns), mode: mode, comment: create.comment ?? "",
                    as: principal)
                guard created.isNew else { throw RegistryError.exists("Table", name.description) }
                id = created.id
            } catch {
                try connection.execute("DROP TABLE IF EXISTS \(place).\(draft.quoted)")
                throw error
            }
            // The catalog has the new table from here on: this must not be cut short.
            try undisturbed {
                try connection.execute(UserDatabases.marking("\(place).\(draft.quoted)", id: id))
                try inOneTransaction {
                    try connection.execute("DROP TABLE IF EXISTS \(place).\(name.name.quoted)")
                    try connection.execute("ALTER TABLE \(place).\(draft.quoted) RENAME TO \(name.name.quoted)")
                }
            }
            return status("Table \(name.name) successfully created.")
        }
    }

    private func createTemporaryTable(_ create: CreateTable, _ name: ObjectName, _ mode: CreateMode) throws
        -> StatementResult
    {
        let schema = try engine.registry.findSchema(name.namespace, as: principal).reference
        try engine.registry.require(.createTemporaryObject, on: schema, as: principal)
        let old = session.temporary(name)
        if old != nil, mode != .orReplace {
            guard mode == .ifNotExists else { throw RegistryError.exists("Table", name.description) }
            return status("\(name.name) already exists, statement succeeded.")
        }
        let content = try tableContent(create)
        let physical = session.newTemporaryName()
        let sql = "temp.main.\(Identifier(resolved: physical).quoted)"
        try connection.execute("CREATE TEMP TABLE \(sql) \(content.sql)")
        if let rows = content.rows { try connection.execute("INSERT INTO \(sql) \(rows)") }
        let columns = try shown(try content.columns ?? described(sql))
        session.setTemporary(name, .table(physical: physical, columns: columns, createdAt: engine.now()))
        if case .table(let previous, _, _)? = old {
            try connection.execute("DROP TABLE temp.main.\(Identifier(resolved: previous).quoted)")
        }
        return status("Table \(name.name) successfully created.")
    }

    /// What follows the name in DuckDB's CREATE TABLE, the columns as declared (nil where a query gives them), and a
    /// query for the rows, where the table is not made of one.
    private typealias Content = (sql: String, columns: [StoredColumn]?, rows: String?)

    private func tableContent(_ create: CreateTable) throws -> Content {
        switch create.content {
        case .columns(let definitions, let constraints):
            guard !definitions.isEmpty else { throw RegistryError(.syntax, "A table needs at least one column.") }
            try checkDistinct(definitions.map(\.name))
            return (
                "(\(try definitions.map(columnSQL).joined(separator: ", ")))",
                try definitions.map { try storedColumn($0, constraints) }, nil
            )
        case .query(let definitions, let text):
            let planned = try plan(text)
            let given = try columns(of: planned)
            guard !definitions.isEmpty else {
                try checkDistinct(given.map { Identifier(resolved: $0.name) })
                return ("AS \(try widened(planned))", nil, nil)
            }
            try checkDistinct(definitions.map(\.name))
            guard given.count == definitions.count else {
                throw RegistryError(
                    .invalidArgument,
                    "The table declares \(definitions.count) columns, but its query gives \(given.count).")
            }
            let types = try connection.prepare(planned.sql).columns.map(\.type)
            let casts = definitions.enumerated().map { index, definition in
                let name = "c\(index)"
                let value = definition.type.map { ColumnFit.fitted(name, of: types[index], to: $0) } ?? name
                return definition.duckType.map { "CAST(\(value) AS \($0)) AS \(definition.name.quoted)" }
                    ?? "\(value) AS \(definition.name.quoted)"
            }
            let names = definitions.indices.map { "c\($0)" }.joined(separator: ", ")
            let stored = try zip(definitions, given).map { definition, given in
                definition.type == nil
                    ? StoredColumn(name: definition.name.name, type: given.type.sqlName)
                    : try storedColumn(definition, [])
            }
            return (
                "AS SELECT \(casts.joined(separator: ", ")) FROM (\(planned.sql)) q(\(names))",
                definitions.contains { $0.type != nil } ? stored : nil, nil
            )
        case .like(let reference): return try copied(reference, withRows: false)
        case .clone(let reference): return try copied(reference, withRows: true)
        }
    }

    /// A table with another one's definitions: types, defaults, NOT NULL and keys; of a view, the columns.
    private func copied(_ reference: ObjectReference, withRows: Bool) throws -> Content {
        let name = try resolve(reference, kind: "table")
        let planned = try plan(
            try SQLText(parsing: "SELECT * FROM \(name)\(withRows ? "" : " WHERE FALSE")"), runsModels: withRows)
        let place: (catalog: String, schema: String, table: String)
        let columns: [StoredColumn]
        switch session.temporary(name) {
        case .table(let physical, let shown, _)?:
            place = ("temp", "main", physical)
            columns = shown.map { StoredColumn(name: $0.name, type: $0.type.sqlName) }
        case .view?: return ("AS \(planned.sql)", nil, nil)
        case nil:
            let stored = try storedTable(name, for: .selectFromTable, as: principal)
            guard stored.view == nil else { return ("AS \(planned.sql)", nil, nil) }
            place = (stored.catalog, name.schema.name, name.name.name)
            columns = stored.columns
        }
        let definitions = try connection.texts(
            """
            SELECT '"' || replace(column_name, '"', '""') || '" ' || data_type
                || CASE WHEN is_nullable THEN '' ELSE ' NOT NULL' END
                || coalesce(' DEFAULT (' || column_default || ')', '')
            FROM duckdb_columns()
            WHERE database_name = \(BindingLiteral.quote(place.catalog))
                AND schema_name = \(BindingLiteral.quote(place.schema)) AND table_name = \(BindingLiteral.quote(place.table))
            ORDER BY column_index
            """)
        return ("(\(definitions.joined(separator: ", ")))", columns, withRows ? planned.sql : nil)
    }

    /// A query whose integer columns are 64 bits wide, as those of declared columns are.
    private func widened(_ planned: PlannedQuery) throws -> String {
        let columns = try connection.prepare(planned.sql).columns
        let narrow: Set<LogicalType> = [.tinyint, .smallint, .integer, .utinyint, .usmallint, .uinteger]
        guard columns.contains(where: { narrow.contains($0.type) }) else { return planned.sql }
        let names = columns.indices.map { "c\($0)" }
        let items = columns.enumerated().map { index, column in
            let value = narrow.contains(column.type) ? "CAST(c\(index) AS BIGINT)" : "c\(index)"
            return "\(value) AS \(Identifier(resolved: column.name).quoted)"
        }
        return "SELECT \(items.joined(separator: ", ")) FROM (\(planned.sql)) q(\(names.joined(separator: ", ")))"
    }

    func checkDistinct(_ names: [Identifier]) throws {
        var seen: [String: Identifier] = [:]
        for name in names {
            guard name.name.lowercased() != "rowid" else {
                // UPDATE and DELETE know rows by DuckDB's column of this name.
                throw RegistryError(
                    .invalidArgument, "The column name '\(name)' is reserved.", hint: "Choose another name.")
            }
            if let other = seen[name.name.lowercased()] {
                throw RegistryError(
                    .invalidArgument,
                    other == name
                        ? "The column '\(name)' is declared twice."
                        : "The columns '\(other)' and '\(name)' differ only in case, which tables do not tell apart.")
            }
            seen[name.name.lowercased()] = name
        }
    }

    /// A column of DuckDB's. Keys are facts of the catalog only: Snowflake keeps them without enforcing them.
    func columnSQL(_ column: ColumnDefinition) throws -> String {
        guard let type = column.duckType else {
            throw RegistryError(.syntax, "The column '\(column.name)' has no type.")
        }
        var sql = "\(column.name.quoted) \(type)"
        if column.notNull || column.primaryKey { sql += " NOT NULL" }
        if let value = column.defaultValue { sql += " DEFAULT (\(try expressionSQL(value)))" }
        if column.identity != nil {
            throw RegistryError(.unsupported, "IDENTITY and AUTOINCREMENT columns are not supported.")
        }
        return sql
    }

    /// A constant expression of the user's, checked like any query.
    func expressionSQL(_ text: SQLText) throws -> String {
        try requireNoCalls(text)
        let planned = try plan(try SQLText(parts: [.sql("SELECT ("), .text(text), .sql(") AS V")]))
        guard planned.node["from_table"]?.name("type") == "EMPTY", !planned.node.holdsQuery else {
            throw RegistryError(.invalidArgument, "A default value must not read tables.", position: text.position)
        }
        // A constant is computed now; what must be computed for each row (CURRENT_TIMESTAMP) stays an expression.
        let select = planned.sql.hasPrefix("SELECT ") ? planned.sql.dropFirst("SELECT ".count) : planned.sql[...]
        let end =
            select.range(of: " AS V", options: [.backwards, .caseInsensitive])?.lowerBound
            ?? select.range(of: " AS \"V\"", options: .backwards)?.lowerBound
        guard let end else { throw RegistryError(.internal, "A default value has no expression.") }
        return String(select[..<end])
    }

    func storedColumn(_ column: ColumnDefinition, _ constraints: [TableConstraint]) throws -> StoredColumn {
        var isPrimary = column.primaryKey
        var isUnique = column.unique
        for constraint in constraints {
            switch constraint {
            case .primaryKey(let names): isPrimary = isPrimary || names.contains(column.name)
            case .unique(let names): isUnique = isUnique || names.contains(column.name)
            case .foreignKey: continue
            }
        }
        return StoredColumn(
            name: column.name.name, type: (column.type ?? .string).sqlName, isNullable: !column.notNull && !isPrimary,
            defaultText: column.defaultValue?.text, isPrimaryKey: isPrimary, isUnique: isUnique, comment: column.comment
        )
    }

    /// The columns of a table as DuckDB has them.
    func described(_ sql: String) throws -> [StoredColumn] {
        try connection.prepare("SELECT * FROM \(sql)").columns.map { column in
            let shown = ResultColumn(column)
            return StoredColumn(name: shown.name, type: shown.type.sqlName)
        }
    }

    /// Columns with their declared types, as results show them.
    func shown(_ columns: [StoredColumn]) throws -> [ResultColumn] {
        try columns.map { column in
            guard let type = SQLType(parsing: column.type) else {
                throw RegistryError(.internal, "The column '\(column.name)' has an unknown type.")
            }
            return ResultColumn(column.name, type)
        }
    }

    private func exists(_ name: ObjectName) throws -> Bool {
        try existing { try engine.registry.table(name, as: principal) } != nil
    }

    private func tableNames(in catalog: Identifier, _ schema: Identifier) throws -> [Identifier] {
        try connection.texts(
            """
            SELECT table_name FROM duckdb_tables()
            WHERE database_name = \(BindingLiteral.quote(catalog.name)) AND schema_name = \(BindingLiteral.quote(schema.name))
            """
        ).map { Identifier(resolved: $0) }
    }
}
