import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Types

/// CREATE, ALTER, DROP and TRUNCATE of tables and views.
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
        let columns = try connection.prepare("SELECT * FROM \(sql)").columns.map { ResultColumn($0) }
        session.setTemporary(name, .table(physical: physical, columns: columns, createdAt: engine.now()))
        if case .table(let previous, _, _)? = old {
            try connection.execute("DROP TABLE temp.main.\(Identifier(resolved: previous).quoted)")
        }
        return status("Table \(name.name) successfully created.")
    }

    /// What follows the name in DuckDB's CREATE TABLE, and the columns as declared (nil where a query gives them).
    private func tableContent(_ create: CreateTable) throws -> (sql: String, columns: [StoredColumn]?) {
        switch create.content {
        case .columns(let definitions, let constraints):
            guard !definitions.isEmpty else { throw RegistryError(.syntax, "A table needs at least one column.") }
            try checkDistinct(definitions.map(\.name))
            return (
                "(\(try definitions.map(columnSQL).joined(separator: ", ")))",
                try definitions.map { try storedColumn($0, constraints) }
            )
        case .query(let definitions, let text):
            let planned = try plan(text)
            let given = try columns(of: planned)
            guard !definitions.isEmpty else {
                try checkDistinct(given.map { Identifier(resolved: $0.name) })
                return ("AS \(try widened(planned))", nil)
            }
            try checkDistinct(definitions.map(\.name))
            guard given.count == definitions.count else {
                throw RegistryError(
                    .invalidArgument,
                    "The table declares \(definitions.count) columns, but its query gives \(given.count).")
            }
            let casts = definitions.enumerated().map { index, definition in
                definition.duckType.map { "CAST(c\(index) AS \($0)) AS \(definition.name.quoted)" }
                    ?? "c\(index) AS \(definition.name.quoted)"
            }
            let names = definitions.indices.map { "c\($0)" }.joined(separator: ", ")
            let allTyped = definitions.allSatisfy { $0.type != nil }
            return (
                "AS SELECT \(casts.joined(separator: ", ")) FROM (\(planned.sql)) q(\(names))",
                allTyped ? try definitions.map { try storedColumn($0, []) } : nil
            )
        case .like(let reference):
            return (
                "AS \(try plan(try SQLText(parsing: "SELECT * FROM \(try partialName(reference)) WHERE FALSE")).sql)",
                nil
            )
        case .clone(let reference):
            return ("AS \(try plan(try SQLText(parsing: "SELECT * FROM \(try partialName(reference))")).sql)", nil)
        }
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

    private func checkDistinct(_ names: [Identifier]) throws {
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
    private func columnSQL(_ column: ColumnDefinition) throws -> String {
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
        guard planned.node["from_table"]?.name("type") == "EMPTY" else {
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

    private func storedColumn(_ column: ColumnDefinition, _ constraints: [TableConstraint]) throws -> StoredColumn {
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
    private func described(_ sql: String) throws -> [StoredColumn] {
        try connection.prepare("SELECT * FROM \(sql)").columns.map { column in
            let shown = ResultColumn(column)
            return StoredColumn(name: shown.name, type: shown.type.sqlName)
        }
    }

    private func exists(_ name: ObjectName) throws -> Bool {
        do {
            _ = try engine.registry.table(name, as: principal)
            return true
        } catch let error as RegistryError where error.code == .notFound {
            return false
        }
    }

    private func tableNames(in catalog: Identifier, _ schema: Identifier) throws -> [Identifier] {
        try connection.texts(
            """
            SELECT table_name FROM duckdb_tables()
            WHERE database_name = \(BindingLiteral.quote(catalog.name)) AND schema_name = \(BindingLiteral.quote(schema.name))
            """
        ).map { Identifier(resolved: $0) }
    }

    // MARK: Views

    func createView(_ create: CreateView) throws -> StatementResult {
        let name = try resolve(create.name, kind: "view")
        let mode = try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists)
        try requireClosed(create.query)
        let given = try columns(of: try plan(create.query, home: name.namespace))
        guard create.columns.isEmpty || create.columns.count == given.count else {
            throw RegistryError(
                .invalidArgument,
                "The view declares \(create.columns.count) columns, but its query gives \(given.count).")
        }
        let names = create.columns.isEmpty ? given.map { Identifier(resolved: $0.name) } : create.columns
        try checkDistinct(names)
        let text = create.query.text
        if create.isTemporary {
            let schema = try engine.registry.findSchema(name.namespace, as: principal).reference
            try engine.registry.require(.createTemporaryObject, on: schema, as: principal)
            if session.temporary(name) != nil, mode == .plain { throw RegistryError.exists("View", name.description) }
            session.setTemporary(name, .view(text: text, columns: names, createdAt: engine.now()))
            return status("View \(name.name) successfully created.")
        }
        let columns = zip(names, given).map { StoredColumn(name: $0.name, type: $1.type.sqlName) }
        let created = try engine.registry.createTable(
            .view, name, definition: text, columns: try StoredColumn.encode(columns), mode: mode,
            comment: create.comment ?? "", as: principal)
        return createdStatus("View", name.name.description, created)
    }

    /// A view is the same for all who read it: bound values and variables would be those of the reader's session.
    private func requireClosed(_ query: SQLText) throws {
        for token in query.tokens {
            let isOpen =
                switch token.kind {
                case .question: true
                // $1 is a column of a staged file.
                case .dollarName: Int(token.text.dropFirst()) == nil
                default: false
                }
            guard !isOpen else {
                throw RegistryError(
                    .unsupported, "A view can't hold bound values or session variables.",
                    hint: "Write the value itself.", position: token.position)
            }
        }
    }

    // MARK: Changes

    func alterTable(_ alter: AlterTable) throws -> StatementResult {
        let name = try resolve(alter.name, kind: "table")
        if case .table(let physical, _, _)? = session.temporary(name) {
            return try alterTemporary(alter, name, physical)
        }
        let stored: StoredTable
        do {
            stored = try storedTable(name, for: .alterTable, as: principal)
        } catch let error as RegistryError where error.code == .notFound && alter.ifExists {
            return status("Statement executed successfully.")
        }
        guard stored.view == nil else {
            throw RegistryError(.unsupported, "'\(name)' is a view: replace it with CREATE OR REPLACE VIEW.")
        }
        switch alter.action {
        case .rename(let reference): try rename(stored, name, to: try resolve(reference, kind: "table"))
        case .setComment(let comment): try engine.registry.setTableComment(.table, name, comment, as: principal)
        case .unsetComment: try engine.registry.setTableComment(.table, name, "", as: principal)
        case .setTags(let tags):
            for tag in tags {
                try engine.registry.setTag(
                    try resolve(tag.tag, kind: "tag"), to: tag.value, on: .table, name, as: principal)
            }
        case .unsetTags(let tags):
            for tag in tags {
                try engine.registry.unsetTag(try resolve(tag, kind: "tag"), on: .table, name, as: principal)
            }
        case .swap: throw RegistryError(.unsupported, "ALTER TABLE … SWAP WITH is not supported.")
        case .setOptions: break
        default:
            try engine.databases.write(to: stored.catalog) {
                for change in try columnChanges(alter.action) {
                    try connection.execute("ALTER TABLE \(stored.sql) \(change)")
                }
                let columns = try merged(stored.columns, with: try described(stored.sql), alter.action)
                try engine.registry.setTableFacts(
                    name, definition: "", columns: try StoredColumn.encode(columns), as: principal)
            }
        }
        return status("Statement executed successfully.")
    }

    private func rename(_ stored: StoredTable, _ name: ObjectName, to newName: ObjectName) throws {
        guard newName.namespace == name.namespace else {
            throw RegistryError(
                .unsupported, "Moving a table to another schema is not supported.",
                hint: "CREATE TABLE … AS SELECT copies it.")
        }
        try engine.registry.renameTable(.table, name, to: newName, as: principal)
        do {
            try undisturbed {
                try engine.databases.write(to: stored.catalog) {
                    try connection.execute("ALTER TABLE \(stored.sql) RENAME TO \(newName.name.quoted)")
                }
            }
        } catch {
            try engine.registry.renameTable(.table, newName, to: name, as: principal)
            throw error
        }
    }

    private func alterTemporary(_ alter: AlterTable, _ name: ObjectName, _ physical: String) throws -> StatementResult {
        let sql = "temp.main.\(Identifier(resolved: physical).quoted)"
        if case .rename(let reference) = alter.action {
            let newName = try resolve(reference, kind: "table")
            guard session.temporary(newName) == nil else { throw RegistryError.exists("Table", newName.description) }
            let old = session.temporary(name)
            session.setTemporary(name, nil)
            session.setTemporary(newName, old)
            return status("Statement executed successfully.")
        }
        for change in try columnChanges(alter.action) { try connection.execute("ALTER TABLE \(sql) \(change)") }
        let columns = try connection.prepare("SELECT * FROM \(sql)").columns.map { ResultColumn($0) }
        session.setTemporary(name, .table(physical: physical, columns: columns, createdAt: engine.now()))
        return status("Statement executed successfully.")
    }

    /// The clauses of DuckDB's ALTER TABLE.
    private func columnChanges(_ action: AlterTable.Action) throws -> [String] {
        switch action {
        case .addColumns(let definitions, let ifNotExists):
            try checkDistinct(definitions.map(\.name))
            return try definitions.map { definition in
                guard !definition.notNull else {
                    throw RegistryError(
                        .unsupported,
                        "A column that is added can't be NOT NULL: the rows that are there have no value for it.")
                }
                return "ADD COLUMN \(ifNotExists ? "IF NOT EXISTS " : "")\(try columnSQL(definition))"
            }
        case .dropColumns(let names, let ifExists):
            return names.map { "DROP COLUMN \(ifExists ? "IF EXISTS " : "")\($0.quoted)" }
        case .renameColumn(let old, let new):
            try checkDistinct([new])
            return ["RENAME COLUMN \(old.quoted) TO \(new.quoted)"]
        case .alterColumn(let name, let change):
            switch change {
            case .type(let type): return ["ALTER COLUMN \(name.quoted) TYPE \(type.duckName)"]
            case .setNotNull: return ["ALTER COLUMN \(name.quoted) SET NOT NULL"]
            case .dropNotNull: return ["ALTER COLUMN \(name.quoted) DROP NOT NULL"]
            case .setDefault(let value):
                return ["ALTER COLUMN \(name.quoted) SET DEFAULT (\(try expressionSQL(value)))"]
            case .dropDefault: return ["ALTER COLUMN \(name.quoted) DROP DEFAULT"]
            case .comment: return []
            }
        default: throw RegistryError(.unsupported, "This change of a table is not supported.")
        }
    }

    /// The facts of the columns after a change: those DuckDB has now, with what was known of them.
    private func merged(_ old: [StoredColumn], with now: [StoredColumn], _ action: AlterTable.Action) throws
        -> [StoredColumn]
    {
        var known = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        switch action {
        case .renameColumn(let from, let to):
            if var column = known.removeValue(forKey: from.name) {
                column.name = to.name
                known[to.name] = column
            }
        case .addColumns(let definitions, _):
            for definition in definitions where known[definition.name.name] == nil {
                known[definition.name.name] = try storedColumn(definition, [])
            }
        case .alterColumn(let name, let change):
            guard var column = known[name.name] else { break }
            switch change {
            case .type(let type): column.type = type.sqlName
            case .setNotNull: column.isNullable = false
            case .dropNotNull: column.isNullable = true
            case .setDefault(let value): column.defaultText = value.text
            case .dropDefault: column.defaultText = nil
            case .comment(let text): column.comment = text
            }
            known[name.name] = column
        default: break
        }
        return now.map { known[$0.name] ?? $0 }
    }

    func truncateTable(_ truncate: TruncateTable) throws -> StatementResult {
        let target: WriteTarget
        do {
            target = try writeTarget(truncate.name, action: .truncateTable)
        } catch let error as RegistryError where error.code == .notFound && truncate.ifExists {
            return status("Statement executed successfully.")
        }
        try writing(to: target) { try connection.execute("DELETE FROM \(target.sql)") }
        return status("Statement executed successfully.")
    }

    /// DROP TABLE and DROP VIEW.
    func dropTable(_ drop: DropStatement, kind: Types.ObjectKind) throws -> StatementResult {
        let name = try resolve(drop.name, kind: kind.word.lowercased())
        if let temporary = session.temporary(name) {
            session.setTemporary(name, nil)
            if case .table(let physical, _, _) = temporary {
                try connection.execute("DROP TABLE temp.main.\(Identifier(resolved: physical).quoted)")
            }
            return status("\(name.name) successfully dropped.")
        }
        let catalog = try? engine.databases.catalogName(
            of: try engine.registry.findDatabase(name.database, as: principal).id)
        guard try engine.registry.dropTable(kind, name, ifExists: drop.ifExists, as: principal) != nil else {
            return status("Drop statement executed successfully (\(name.name) already dropped).")
        }
        if kind == .table, let catalog {
            try engine.databases.write(to: catalog) {
                try connection.execute(
                    "DROP TABLE IF EXISTS \(Identifier(resolved: catalog).quoted).\(name.schema.quoted).\(name.name.quoted)"
                )
            }
        }
        return status("\(name.name) successfully dropped.")
    }
}
