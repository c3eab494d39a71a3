import Access
import DuckDB
import SnowflakeSQL
import Types

/// MERGE as one joined query and the writes that follow from its rows.
///
/// The query gives for each source row the target row it matches (`roost_row`), the first clause that applies
/// (`roost_clause`) and the values each clause would write (`roost_v<clause>_<i>`).
struct MergePlan {
    let query: SQLText
    let columns: [ResultColumn]
    private let clauses: [Prepared]

    /// What the clauses do to the target: each needs its own privilege.
    static func actions(of merge: MergeStatement) -> [Action] {
        merge.clauses.map { clause in
            switch clause.action {
            case .update: .updateTable
            case .delete: .deleteFromTable
            case .insert: .insertIntoTable
            }
        }
    }

    private enum Prepared {
        case update([Identifier])
        case delete
        case insert([Identifier])
    }

    init(_ merge: MergeStatement, target: WriteTarget, context: StatementContext) throws {
        let alias = try (merge.alias ?? context.partialName(merge.table).last).quoted
        let matched = "\(alias).rowid IS NOT NULL"
        var prepared: [Prepared] = []
        var parts: [SQLPart] = [.sql("SELECT \(alias).rowid AS \"roost_row\", CASE")]
        func test(_ clause: MergeStatement.Clause) -> [SQLPart] {
            var test: [SQLPart] = [.sql(" (\(clause.matched ? matched : "NOT (\(matched))")")]
            if let condition = clause.condition { test += [.sql(" AND ("), .text(condition), .sql(")")] }
            return test + [.sql(")")]
        }
        for (index, clause) in merge.clauses.enumerated() {
            parts += [.sql(" WHEN")] + test(clause) + [.sql(" THEN \(index)")]
        }
        parts.append(.sql(" END AS \"roost_clause\""))
        for (index, clause) in merge.clauses.enumerated() {
            let values: [SQLText]
            switch clause.action {
            case .update(let assignments):
                prepared.append(.update(try assignments.map { try context.column($0.column, of: target) }))
                values = assignments.map(\.value)
            case .delete:
                prepared.append(.delete)
                values = []
            case .insert(let names, let given):
                let named = names.isEmpty ? target.columns.map { Identifier(resolved: $0.name) } : names
                guard named.count == given.count else {
                    throw RegistryError(
                        .invalidArgument,
                        "INSERT in MERGE names \(named.count) columns, but gives \(given.count) values.")
                }
                prepared.append(.insert(try named.map { try context.column($0, of: target) }))
                values = given
            }
            for (position, value) in values.enumerated() {
                parts += [.sql(", CASE WHEN")] + test(clause)
                parts += [.sql(" THEN ("), .text(value), .sql(") END AS \"roost_v\(index)_\(position)\"")]
            }
        }
        parts += [.sql(" FROM "), .text(merge.source)]
        if let source = merge.sourceAlias { parts.append(.sql(" AS \(source.quoted)")) }
        parts.append(.sql(" LEFT JOIN \(try context.partialName(merge.table)) AS \(alias) ON ("))
        parts += [.text(merge.condition), .sql(")")]
        query = try SQLText(parts: parts)
        clauses = prepared
        var shown: [ResultColumn] = []
        for kind in ["inserted", "updated", "deleted"] where MergePlan.counts(kind, prepared) {
            shown.append(ResultColumn("number of rows \(kind)", .integer, nullable: false))
        }
        columns = shown
    }

    private static func counts(_ kind: String, _ clauses: [Prepared]) -> Bool {
        clauses.contains { clause in
            switch clause {
            case .insert: kind == "inserted"
            case .update: kind == "updated"
            case .delete: kind == "deleted"
            }
        }
    }

    /// Writes what the rows say; gives the counts in the order of ``columns``.
    ///
    /// - Parameter types: those of the rows' columns, by name.
    /// - Throws: `failedPrecondition` when several source rows would change one target row.
    func apply(
        _ rows: ScratchTable, of types: [String: LogicalType], on target: WriteTarget, connection: Connection
    ) throws -> [Int] {
        func value(_ name: String, for column: Identifier) -> String {
            ColumnFit.fitted("r.\"\(name)\"", of: types[name] ?? .varchar, to: target.type(of: column))
        }
        let changing = clauses.indices.filter { if case .insert = clauses[$0] { false } else { true } }
        if !changing.isEmpty {
            let list = changing.map(String.init).joined(separator: ", ")
            let surplus = try connection.number(
                """
                SELECT count(*) - count(DISTINCT "roost_row") FROM \(rows.sql) WHERE "roost_clause" IN (\(list))
                """)
            guard surplus == 0 else {
                throw RegistryError(
                    .failedPrecondition,
                    "Duplicate row detected during DML action: several source rows match one row of '\(target.name)'.",
                    hint: "Make the source unique on the join columns.")
            }
        }
        var totals = ["inserted": 0, "updated": 0, "deleted": 0]
        for (index, clause) in clauses.enumerated() {
            switch clause {
            case .update(let names):
                let sets = names.enumerated().map { "\($1.quoted) = \(value("roost_v\(index)_\($0)", for: $1))" }
                totals["updated", default: 0] += try connection.query(
                    """
                    UPDATE \(target.sql) AS roost_t SET \(sets.joined(separator: ", ")) FROM \(rows.sql) r
                    WHERE r."roost_clause" = \(index) AND roost_t.rowid = r."roost_row"
                    """
                ).rowsChanged
            case .delete:
                totals["deleted", default: 0] += try connection.query(
                    """
                    DELETE FROM \(target.sql)
                    WHERE rowid IN (SELECT "roost_row" FROM \(rows.sql) WHERE "roost_clause" = \(index))
                    """
                ).rowsChanged
            case .insert: continue
            }
        }
        for (index, clause) in clauses.enumerated() {
            guard case .insert(let names) = clause else { continue }
            let values = names.enumerated().map { value("roost_v\(index)_\($0)", for: $1) }
            totals["inserted", default: 0] += try connection.query(
                """
                INSERT INTO \(target.sql) (\(names.map(\.quoted).joined(separator: ", ")))
                SELECT \(values.joined(separator: ", ")) FROM \(rows.sql) r WHERE r."roost_clause" = \(index)
                """
            ).rowsChanged
        }
        return columns.map { column in
            totals[column.name.split(separator: " ").last.map(String.init) ?? ""] ?? 0
        }
    }
}
