import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// SHOW of what lies in schemas: tables, views, columns, tags.
///
/// Source of the columns: https://docs.snowflake.com/en/sql-reference/sql/show-tables and its sisters.
extension StatementContext {
    /// A table or view as SHOW lists it, lasting or the session's own.
    private struct ShownTable {
        let name: ObjectName
        /// `TABLE`, `TEMPORARY` or `VIEW`.
        let kind: String
        let createdOn: Int64
        let owner: String
        var comment = ""
        /// A view's text.
        var text = ""
    }

    func showTables(_ show: ShowStatement, _ filter: ShowFilter, _ kinds: [Types.ObjectKind]) throws -> ShownRows {
        let scope = try scope(show.scope)
        let own = ownTables(kinds, in: scope, filter)
        // The session's own come in between, so that the limit can't be left to the registry where there are any.
        let lasting = try engine.registry.tables(
            kinds, in: scope, own.isEmpty ? filter : ShowFilter(namesOf: filter), as: principal
        ).map { table in
            let object = table.listed.object
            return ShownTable(
                name: ObjectName(table.listed.database, table.listed.schema, object.name),
                kind: object.kind.rawValue, createdOn: object.createdOn, owner: object.owner,
                comment: object.comment, text: object.kind == .view ? table.definition : "")
        }
        let tables = own.isEmpty ? lasting : filter.cut(sorted(lasting + own)) { $0.name.name }
        if kinds == [.view] { return ShownRows(StatementContext.viewColumns, tables.map(StatementContext.viewRow)) }
        return ShownRows(
            ShownRows.columns(
                """
                created_on:ltz name database_name schema_name kind comment cluster_by rows:fixed bytes:fixed owner \
                retention_time automatic_clustering change_tracking is_external owner_role_type
                """),
            tables.map { table in
                [
                    ShownRows.time(table.createdOn), table.name.name.name, table.name.database.name,
                    table.name.schema.name, table.kind, table.comment, "", nil, nil, table.owner, "1", "OFF", "OFF", "N",
                    "ROLE",
                ]
            })
    }

    private static let viewColumns = ShownRows.columns(
        """
        created_on:ltz name reserved database_name schema_name owner comment text is_secure is_materialized \
        owner_role_type change_tracking kind
        """)

    /// `kind` is Roost's, for TERSE.
    private static func viewRow(_ view: ShownTable) -> [String?] {
        [
            ShownRows.time(view.createdOn), view.name.name.name, "", view.name.database.name, view.name.schema.name,
            view.owner, view.comment, view.text, "false", "false", "ROLE", "OFF", "VIEW",
        ]
    }

    /// The session's temporary tables and views.
    private func ownTables(_ kinds: [Types.ObjectKind], in scope: Scope, _ filter: ShowFilter) -> [ShownTable] {
        let role = session.summary.role.name
        return session.temporaries.compactMap { name, object in
            guard filter.names.matches(name.name), StatementContext.lies(name.namespace, in: scope) else { return nil }
            switch object {
            case .table(_, _, let createdAt) where kinds.contains(.table):
                return ShownTable(
                    name: name, kind: "TEMPORARY", createdOn: Int64(createdAt.timeIntervalSince1970 * 1000), owner: role)
            case .view(let text, _, let createdAt) where kinds.contains(.view):
                return ShownTable(
                    name: name, kind: "VIEW", createdOn: Int64(createdAt.timeIntervalSince1970 * 1000), owner: role,
                    text: text)
            default: return nil
            }
        }
    }

    private func sorted(_ tables: [ShownTable]) -> [ShownTable] {
        tables.sorted {
            ($0.name.database, $0.name.schema, $0.name.name, $0.kind)
                < ($1.name.database, $1.name.schema, $1.name.name, $1.kind)
        }
    }

    private static func lies(_ namespace: Namespace, in scope: Scope) -> Bool {
        switch scope {
        case .account: true
        case .database(let database): namespace.database == database
        case .schema(let schema): namespace == schema
        }
    }

    func showColumns(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        let reference: ObjectReference
        switch show.scope {
        case .table(let name), .view(let name), .unspecified(let name): reference = name
        default:
            throw RegistryError(.unsupported, "SHOW COLUMNS needs IN TABLE name.", position: show.position)
        }
        let name = try resolve(reference, kind: "table")
        let described = try describedTable(name)
        return ShownRows(
            ShownRows.columns(
                "table_name schema_name column_name data_type null? default kind expression comment database_name"),
            filter.matching(described.rows, name: { Identifier(resolved: ($0[0] ?? "")) }).map { row in
                let type = ShownType.json(row[1] ?? "", isNullable: row[3] == "Y")
                return [
                    name.name.name, name.schema.name, row[0], type, row[3] == "Y" ? "true" : "NOT_NULL",
                    row[4] ?? "", "COLUMN",
                    "", row[9] ?? "", name.database.name,
                ]
            })
    }

    func showTags(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        ShownRows(
            ShownRows.columns("created_on:ltz name database_name schema_name owner comment allowed_values owner_role_type"),
            try engine.registry.tags(in: try scope(show.scope), filter, as: principal).map { tag in
                let object = tag.listed.object
                return [
                    ShownRows.time(object.createdOn), object.name.name, tag.listed.database.name,
                    tag.listed.schema.name, object.owner,
                    object.comment, tag.allowedValues.map(ShownRows.json), "ROLE",
                ]
            })
    }
}
