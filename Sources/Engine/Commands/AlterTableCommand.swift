import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Types

/// ALTER TABLE.
extension StatementContext {
    func alterTable(_ alter: AlterTable) throws -> StatementResult {
        let name = try resolve(alter.name, kind: "table")
        if case .table(let physical, let columns, _)? = session.temporary(name) {
            return try alterTemporary(alter, name, physical, columns)
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

    private func alterTemporary(
        _ alter: AlterTable, _ name: ObjectName, _ physical: String, _ known: [ResultColumn]
    ) throws -> StatementResult {
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
        let old = known.map { StoredColumn(name: $0.name, type: $0.type.sqlName) }
        let columns = try shown(try merged(old, with: try described(sql), alter.action))
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
}
