import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// A table that a statement writes to.
struct WriteTarget: Sendable {
    let name: ObjectName
    /// As DuckDB's SQL names it.
    let sql: String
    /// The attached database to queue for, nil for the session's own temporary table.
    let catalog: String?
    /// The columns in order.
    let columns: [ResultColumn]
    /// What the table's definition says of them, where it says more than DuckDB keeps: by name.
    let declared: [String: SQLType]

    /// The type of a column, as declared.
    func type(of name: Identifier) -> SQLType {
        declared[name.name] ?? columns.first { $0.name == name.name }?.type ?? .string
    }
}

/// INSERT, UPDATE, DELETE, MERGE. Each is brought to queries that are planned and authorised like any other, and to one
/// statement of DuckDB around them that the engine writes itself.
extension StatementContext {
    func runInsert(_ insert: InsertStatement) throws -> StatementResult {
        let columns = [ResultColumn("number of rows inserted", .integer, nullable: false)]
        let target = try writeTarget(
            insert.table, actions: insert.overwrite ? [.insertIntoTable, .deleteFromTable] : [.insertIntoTable])
        let (source, flow) = try boundSource(insert.source)
        let planned = try plan(source, flow: flow)
        return try describingOnly(columns) {
            let names = try insert.columns.map { try column($0, of: target) }
            let list = names.isEmpty ? "" : " (\(names.map(\.quoted).joined(separator: ", ")))"
            let isValues = source.tokens.first?.isWord("VALUES") ?? false
            let hasDefaults = isValues && source.tokens.contains { $0.isWord("DEFAULT") }
            let written = names.isEmpty ? target.columns.map { Identifier(resolved: $0.name) } : names
            let sql = hasDefaults ? planned.sql : try fitted(planned, to: written, of: target)
            let count = try writing(to: target) { () throws -> Int in
                let needsLast = hasDefaults || insert.overwrite
                let last = needsLast ? try connection.number("SELECT max(rowid) FROM \(target.sql)") : nil
                let count = try connection.query("INSERT INTO \(target.sql)\(list) \(sql)").rowsChanged
                if hasDefaults { try checkLengths(of: target, after: last) }
                // The old rows go last: the new ones may be made of them.
                if insert.overwrite, let last {
                    try connection.execute("DELETE FROM \(target.sql) WHERE rowid <= \(last)")
                }
                return count
            }
            return table(columns, [["\(count)"]], type: .insert)
        }
    }

    func runUpdate(_ update: UpdateStatement) throws -> StatementResult {
        let columns = [
            ResultColumn("number of rows updated", .integer, nullable: false),
            ResultColumn("number of multi-joined rows updated", .integer, nullable: false),
        ]
        let target = try writeTarget(update.table, action: .updateTable)
        let names = try update.assignments.map { try column($0.column, of: target) }
        var query: [SQLPart] = [
            .sql("SELECT "), .sql("\(try targetAlias(update.alias, update.table)).rowid AS \"roost_row\""),
        ]
        for (index, assignment) in update.assignments.enumerated() {
            query += [.sql(", ("), .text(assignment.value), .sql(") AS \"roost_v\(index)\"")]
        }
        query += [.sql(" FROM "), .sql(try partialName(update.table).description), .sql(aliasClause(update.alias))]
        if let from = update.from { query += [.sql(", "), .text(from)] }
        if let condition = update.condition { query += [.sql(" WHERE "), .text(condition)] }
        let planned = try plan(try SQLText(parts: query))
        return try describingOnly(columns) {
            // Where several source rows meet one row of the table, one of them is taken.
            let (count, multiple) = try writing(to: target) { () throws -> (Int, Int) in
                let rows = try scratch(sql: planned.sql)
                let types = try columnTypes(of: rows)
                let sets = names.enumerated().map { index, name in
                    let value = ColumnFit.fitted(
                        "u.\"roost_v\(index)\"", of: types["roost_v\(index)"] ?? .varchar, to: target.type(of: name))
                    return "\(name.quoted) = \(value)"
                }.joined(separator: ", ")
                let multiple = try connection.number(
                    "SELECT count(*) FROM (SELECT \"roost_row\" FROM \(rows.sql) GROUP BY 1 HAVING count(*) > 1) m")
                let once = "SELECT DISTINCT ON (\"roost_row\") * FROM \(rows.sql)"
                let count = try connection.query(
                    "UPDATE \(target.sql) AS roost_t SET \(sets) FROM (\(once)) u WHERE roost_t.rowid = u.\"roost_row\""
                ).rowsChanged
                return (count, multiple ?? 0)
            }
            return table(columns, [["\(count)", "\(multiple)"]], type: .update)
        }
    }

    func runDelete(_ delete: DeleteStatement) throws -> StatementResult {
        let columns = [ResultColumn("number of rows deleted", .integer, nullable: false)]
        let target = try writeTarget(delete.table, action: .deleteFromTable)
        var query: [SQLPart] = [
            .sql("SELECT \(try targetAlias(delete.alias, delete.table)).rowid AS \"roost_row\" FROM "),
            .sql(try partialName(delete.table).description), .sql(aliasClause(delete.alias)),
        ]
        if let using = delete.using { query += [.sql(", "), .text(using)] }
        if let condition = delete.condition { query += [.sql(" WHERE "), .text(condition)] }
        let planned = try plan(try SQLText(parts: query))
        return try describingOnly(columns) {
            let count = try writing(to: target) { () throws -> Int in
                // A table of its own: nothing in the query can mean a column of the DELETE around it.
                let rows = try scratch(sql: planned.sql)
                return try connection.query(
                    "DELETE FROM \(target.sql) WHERE rowid IN (SELECT \"roost_row\" FROM \(rows.sql))"
                ).rowsChanged
            }
            return table(columns, [["\(count)"]], type: .delete)
        }
    }

    /// MERGE: one joined query tells for each pair of rows which clause applies and what it writes; the writes follow.
    func runMerge(_ merge: MergeStatement) throws -> StatementResult {
        let target = try writeTarget(merge.table, actions: MergePlan.actions(of: merge))
        let plan = try MergePlan(merge, target: target, context: self)
        let columns = plan.columns
        let planned = try self.plan(plan.query)
        return try describingOnly(columns) {
            let counts = try writing(to: target) {
                let rows = try scratch(sql: planned.sql)
                return try plan.apply(rows, of: try columnTypes(of: rows), on: target, connection: connection)
            }
            return table(columns, [counts.map { "\($0)" }], type: .merge)
        }
    }

    // MARK: Targets

    /// The table that a statement writes, after asking whether the role may.
    ///
    /// - Throws: `missing` when it is not there, `unsupported` for a view.
    func writeTarget(_ reference: ObjectReference, action: Action) throws -> WriteTarget {
        try writeTarget(reference, actions: [action])
    }

    /// The same for a statement that writes in several ways: each is asked for.
    func writeTarget(_ reference: ObjectReference, actions: [Action]) throws -> WriteTarget {
        let name = try resolve(reference, kind: "table")
        if let temporary = session.temporary(name) {
            guard case .table(let physical, let columns, _) = temporary else { throw Self.viewIsReadOnly(name) }
            return WriteTarget(
                name: name, sql: "temp.main.\(Identifier(resolved: physical).quoted)", catalog: nil, columns: columns,
                declared: [:])
        }
        guard try engine.registry.table(name, as: principal).listed.object.kind == .table else {
            throw Self.viewIsReadOnly(name)
        }
        let object = try storedTable(name, for: actions.first ?? .updateTable, as: principal)
        for action in actions.dropFirst() { try engine.registry.require(action, on: object.reference, as: principal) }
        let columns = try connection.prepare("SELECT * FROM \(object.sql)").columns.map { ResultColumn($0) }
        let declared = object.columns.compactMap { column in SQLType(parsing: column.type).map { (column.name, $0) } }
        return WriteTarget(
            name: name, sql: object.sql, catalog: object.catalog, columns: columns,
            declared: Dictionary(declared, uniquingKeysWith: { first, _ in first }))
    }

    private static func viewIsReadOnly(_ name: ObjectName) -> RegistryError {
        RegistryError(
            .unsupported, "'\(name)' is a view: it can't be written to.", hint: "Write to the tables it reads.")
    }

    /// The column as the table has it.
    func column(_ name: Identifier, of target: WriteTarget) throws -> Identifier {
        if target.columns.contains(where: { $0.name == name.name }) { return name }
        guard let found = target.columns.first(where: { $0.name.uppercased() == name.name.uppercased() }) else {
            throw RegistryError(
                .unknownColumn, "invalid identifier '\(name)': table '\(target.name)' has no such column.",
                hint: RegistryError.nearMiss(name.name, target.columns.map(\.name)))
        }
        return Identifier(resolved: found.name)
    }

    /// Runs a write: alone per database when each statement is a transaction, else inside the session's.
    func writing<Value>(to target: WriteTarget, _ body: () throws -> Value) throws -> Value {
        try beginIfNeeded()
        guard let catalog = target.catalog, !session.inTransaction else { return try inOneTransaction(body) }
        return try engine.databases.write(to: catalog) { try inOneTransaction(body) }
    }

    /// With AUTOCOMMIT off, the first write begins a transaction.
    private func beginIfNeeded() throws {
        guard !session.inTransaction, session.parameters["AUTOCOMMIT"] == "false" else { return }
        try connection.execute("BEGIN TRANSACTION")
        session.inTransaction = true
    }

    func inOneTransaction<Value>(_ body: () throws -> Value) throws -> Value {
        guard !session.inTransaction else { return try body() }
        try connection.execute("BEGIN TRANSACTION")
        do {
            let value = try body()
            try commit()
            return value
        } catch {
            // The failed statement's error counts.
            rollBack()
            throw error
        }
    }

    private func targetAlias(_ alias: Identifier?, _ table: ObjectReference) throws -> String {
        try (alias ?? partialName(table).last).quoted
    }

    private func aliasClause(_ alias: Identifier?) -> String { alias.map { " AS \($0.quoted)" } ?? "" }
}

/// A piece of a query that the engine puts together: its own text, or a part of the user's.
enum SQLPart {
    case sql(String)
    case text(SQLText)
}

extension SQLText {
    /// Joins the engine's words and the user's tokens; the user's keep their positions.
    init(parts: [SQLPart]) throws {
        var tokens: [Token] = []
        for part in parts {
            switch part {
            case .sql(let text): tokens += try Tokenizer.significant(text)
            case .text(let text): tokens += text.tokens
            }
        }
        self.init(tokens)
    }
}
