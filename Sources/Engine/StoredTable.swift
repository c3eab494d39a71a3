import Access
import Foundation
import Registry
import Store
import Types

/// A table or view of the catalog, as queries and writes use it.
struct StoredTable: Sendable {
    struct View: Sendable {
        let text: String
        /// The names that the view gives its columns; empty for those of its query.
        let columns: [Identifier]
        /// The role whose privileges the view's query runs with.
        let owner: Identifier
    }

    let reference: ObjectRef
    /// The attached database of DuckDB.
    let catalog: String
    /// As DuckDB's SQL names it.
    let sql: String
    let view: View?
    let columns: [StoredColumn]
}

/// What a table's definition says of a column and DuckDB does not keep.
struct StoredColumn: Codable, Sendable {
    var name: String
    /// The type as DESCRIBE shows it, e.g. `VARCHAR(100)`.
    var type: String
    var isNullable = true
    var defaultText: String?
    var isPrimaryKey = false
    var isUnique = false
    var comment: String?

    static func decode(_ json: String) throws -> [StoredColumn] {
        do {
            return try JSONDecoder().decode([StoredColumn].self, from: Data(json.utf8))
        } catch {
            throw RegistryError(.corrupt, "The catalog's facts of a table's columns are damaged.", cause: error)
        }
    }

    static func encode(_ columns: [StoredColumn]) throws -> String {
        String(decoding: try JSONEncoder().encode(columns), as: UTF8.self)
    }
}

extension StatementContext {
    /// The table or view of a name, for a principal that may do something with it.
    ///
    /// - Throws: `missing`, `permissionDenied`.
    func storedTable(_ name: ObjectName, for action: Action, as authority: Principal) throws -> StoredTable {
        let row = try engine.registry.table(name, as: authority)
        let object = row.listed.object
        let reference = ObjectRef(object.kind, object.id, name: name.description)
        try engine.registry.require(action, on: reference, as: authority)
        let catalog = try engine.databases.catalogName(
            of: try engine.registry.findDatabase(name.database, as: authority).id)
        let columns = try StoredColumn.decode(row.columns)
        let view =
            object.kind == .view
            ? StoredTable.View(
                text: row.definition, columns: columns.map { Identifier(resolved: $0.name) },
                owner: Identifier(resolved: object.owner)) : nil
        return StoredTable(
            reference: reference, catalog: catalog,
            sql: "\(Identifier(resolved: catalog).quoted).\(name.schema.quoted).\(name.name.quoted)", view: view,
            columns: columns)
    }
}
