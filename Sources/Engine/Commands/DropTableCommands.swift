import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Types

/// DROP and TRUNCATE of tables and views.
extension StatementContext {
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
        // Found before anything changes. Nil where the database is not there, which dropping the table says.
        let catalog = try existing {
            try engine.databases.catalogName(of: try engine.registry.findDatabase(name.database, as: principal).id)
        }
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
