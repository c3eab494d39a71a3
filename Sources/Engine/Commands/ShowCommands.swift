import Access
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// SHOW: rows of text cells in the wire's form, with the columns that Snowflake documents and the clients read.
extension StatementContext {
    func runShow(_ show: ShowStatement) throws -> StatementResult {
        let listed = try shown(show)
        guard request.describeOnly else { return table(listed.columns, listed.rows) }
        return StatementResult(columns: listed.columns, rows: .described, rowCount: 0, type: .other)
    }

    /// The rows with what HISTORY adds and TERSE leaves.
    private func shown(_ show: ShowStatement) throws -> ShownRows {
        var listed = try rows(of: show)
        if show.history, ["DATABASES", "SCHEMAS", "TABLES", "VIEWS", "OBJECTS"].contains(show.kind) {
            // Dropped ones can't be brought back, and so are not listed.
            listed = ShownRows(
                listed.columns + ShownRows.columns("dropped_on:ltz"), listed.rows.map { $0 + [nil] })
        }
        return show.terse ? listed.terse : listed
    }

    private func rows(of show: ShowStatement) throws -> ShownRows {
        if let moment = show.moment, !["MODELS", "VERSIONS"].contains(show.kind) {
            throw RegistryError(
                .unsupported, "SHOW \(show.kind) … \(moment.isBefore ? "BEFORE" : "AT") is not supported.",
                hint: "SHOW MODELS and SHOW VERSIONS IN MODEL can tell the past.", position: moment.position)
        }
        let filter = ShowFilter(like: show.like, startsWith: show.startsWith, limit: show.limit, from: show.from)
        switch show.kind {
        case "MODELS": return try showModels(show, filter)
        case "VERSIONS": return try showVersions(show, filter)
        case "FUNCTIONS": return try showFunctions(show, filter)
        case "DATABASES": return try showDatabases(filter)
        case "SCHEMAS": return try showSchemas(show, filter)
        case "TABLES": return try showTables(show, filter, [.table])
        case "VIEWS": return try showTables(show, filter, [.view])
        case "OBJECTS": return try showTables(show, filter, [.table, .view])
        case "COLUMNS": return try showColumns(show, filter)
        case "STAGES": return try showStages(show, filter)
        case "FILE FORMATS": return try showFileFormats(show, filter)
        case "TAGS": return try showTags(show, filter)
        case "WAREHOUSES": return try showWarehouses(filter)
        case "ROLES": return try showRoles(filter)
        case "USERS": return try showUsers(filter)
        case "USER PATS", "USER PROGRAMMATIC ACCESS TOKENS": return try showAccessTokens(show, filter)
        case "GRANTS": return try showGrants(show)
        case "PARAMETERS": return showParameters(filter)
        case "VARIABLES": return showVariables()
        case "TRANSACTIONS": return ShownRows([ResultColumn("id", .string)], [])
        default:
            throw RegistryError(
                .unsupported, "SHOW \(show.kind) is not supported.",
                hint: RegistryError.nearMiss(
                    show.kind,
                    [
                        "MODELS", "VERSIONS", "FUNCTIONS", "DATABASES", "SCHEMAS", "TABLES", "VIEWS", "OBJECTS",
                        "COLUMNS",
                        "STAGES", "FILE FORMATS", "TAGS", "WAREHOUSES", "ROLES", "USERS", "GRANTS", "PARAMETERS",
                        "VARIABLES",
                    ]), position: show.position)
        }
    }

    /// Where SHOW looks: what the statement says, else the session's schema, database or the whole account.
    func scope(_ scope: ShowScope?) throws -> Scope {
        let place = session.summary
        switch scope {
        case .account: return .account
        case .database(let reference):
            if let reference { return .database(try simpleName(reference, kind: "database")) }
            return .database(try currentDatabase(for: "SHOW … IN DATABASE"))
        case .schema(let reference):
            if let reference { return .schema(try namespace(reference)) }
            guard let schema = place.schema else {
                throw RegistryError(
                    .invalidArgument, "This session does not have a current schema.", hint: "Call USE SCHEMA.")
            }
            return .schema(Namespace(try currentDatabase(for: "SHOW … IN SCHEMA"), schema))
        case .unspecified(let reference):
            let name = try partialName(reference)
            return name.parts.count == 2
                ? .schema(Namespace(name.parts[0], name.parts[1]))
                : .database(try simpleName(reference, kind: "database"))
        case nil:
            guard let database = place.database else { return .account }
            return place.schema.map { .schema(Namespace(database, $0)) } ?? .database(database)
        case .session, .table, .view, .model, .other:
            throw RegistryError(.syntax, "SHOW can't look there.", hint: "Write IN SCHEMA, IN DATABASE or IN ACCOUNT.")
        }
    }

    // MARK: Account

    private func showDatabases(_ filter: ShowFilter) throws -> ShownRows {
        let place = session.summary
        return ShownRows(
            ShownRows.columns(
                "created_on:ltz name is_default is_current origin owner comment options retention_time kind"),
            try engine.registry.databases(filter, as: principal).map { row in
                [
                    ShownRows.time(row.createdOn), row.name.name, "N", place.database == row.name ? "Y" : "N", "",
                    row.owner,
                    row.comment, "", retentionDays, "STANDARD",
                ]
            })
    }

    private func showSchemas(_ show: ShowStatement, _ filter: ShowFilter) throws -> ShownRows {
        var database: Identifier? = session.summary.database
        switch show.scope {
        case .account: database = nil
        case .database(let reference?), .unspecified(let reference):
            database = try simpleName(reference, kind: "database")
        default: break
        }
        let place = session.summary
        return ShownRows(
            ShownRows.columns(
                "created_on:ltz name is_default is_current database_name owner comment options retention_time owner_role_type"),
            try engine.registry.schemas(in: database, filter, as: principal).map { listed in
                let row = listed.object
                let isCurrent = place.database == listed.database && place.schema == row.name
                return [
                    ShownRows.time(row.createdOn), row.name.name, "N", isCurrent ? "Y" : "N", listed.database.name,
                    row.owner,
                    row.comment, "", retentionDays, "ROLE",
                ]
            })
    }

    private func showParameters(_ filter: ShowFilter) -> ShownRows {
        let parameters = session.parameters
        let rows = filter.matching(SessionParameters.definitions, name: { Identifier(resolved: $0.name) }).map {
            definition -> [String?] in
            let type =
                switch definition.kind {
                case .flag: "BOOLEAN"
                case .number: "NUMBER"
                case .text, .choice: "STRING"
                }
            return [
                definition.name, parameters[definition.name], definition.defaultText,
                parameters.isSet(definition.name) ? "SESSION" : "", definition.description, type,
            ]
        }
        return ShownRows(ShownRows.columns("key value default level description type"), rows)
    }

    private func showVariables() -> ShownRows {
        ShownRows(
            ShownRows.columns("session_id:fixed name value type"),
            session.variables.sorted { $0.key < $1.key }.map { name, literal in
                [
                    "\(session.id)", name.name, Self.text(ofLiteral: literal) ?? literal,
                    Self.text(ofLiteral: literal) == nil ? "fixed" : "text",
                ]
            })
    }
}

/// The rows of a SHOW statement.
struct ShownRows: Sendable {
    let columns: [ResultColumn]
    let rows: [[String?]]

    init(_ columns: [ResultColumn], _ rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }

    /// Columns from a list of names; `name:ltz` is a time, `name:fixed` a number, the rest are texts.
    static func columns(_ list: String) -> [ResultColumn] {
        list.split(separator: " ").map { item in
            let parts = item.split(separator: ":")
            let type: SQLType =
                switch parts.count > 1 ? parts[1] : "" {
                case "ltz": .timestampLTZ(scale: 9)
                case "fixed": .integer
                default: .string
                }
            return ResultColumn(String(parts[0]), type)
        }
    }

    /// A time of the catalog, milliseconds since 1970, as the wire has it: seconds and nine digits.
    static func time(_ milliseconds: Int64) -> String {
        let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000)
        let digits = String(rest)
        return "\(seconds).\(String(repeating: "0", count: 3 - digits.count))\(digits)000000"
    }

    /// A list of texts as JSON.
    static func json(_ texts: [String]) -> String {
        var out: [UInt8] = [UInt8(ascii: "[")]
        for (index, text) in texts.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.append(text, to: &out)
        }
        out.append(UInt8(ascii: "]"))
        return String(decoding: out, as: UTF8.self)
    }

    /// What TERSE leaves: name, kind and place, with NULL for what the kind does not have.
    var terse: ShownRows {
        let kept = ["created_on", "name", "kind", "database_name", "schema_name"]
        let places = kept.map { name in columns.firstIndex { $0.name == name } }
        return ShownRows(
            kept.map { ResultColumn($0, $0 == "created_on" ? .timestampLTZ(scale: 9) : .string) },
            rows.map { row in places.map { $0.flatMap { row[$0] } } })
    }
}
