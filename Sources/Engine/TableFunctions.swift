import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Store
import Types

/// Table functions that the engine answers: TABLE(RESULT_SCAN(…)), INFER_SCHEMA, TAG_REFERENCES, QUERY_HISTORY.
extension StatementContext {
    func tableFunction(_ call: TableFunctionCall) throws -> TableTarget {
        switch call.name {
        case "RESULT_SCAN":
            let id = try text(call, "QUERY_ID", at: 0)
            return try scratch(try textTable(try storedResult(id))).target
        case "INFER_SCHEMA": return try scratch(try inferSchema(call)).target
        case "TAG_REFERENCES": return try scratch(try tagReferences(call)).target
        case "MODEL_HISTORY":
            let name = PartialName(try Identifier.split(try text(call, "MODEL_NAME", at: 0)))
            let model = try fullName(name, kind: "model")
            return try scratch(history(try engine.registry.modelHistory(of: model, as: principal))).target
        case "QUERY_HISTORY", "QUERY_HISTORY_BY_SESSION", "QUERY_HISTORY_BY_USER":
            return try scratch(try queryHistory(call)).target
        default:
            throw RegistryError(
                .unknownFunction, "Unknown table function \(call.name).",
                hint: RegistryError.nearMiss(
                    call.name,
                    ["RESULT_SCAN", "INFER_SCHEMA", "TAG_REFERENCES", "QUERY_HISTORY", "MODEL_HISTORY", "FLATTEN", "GENERATOR"]),
                position: call.position)
        }
    }

    /// The text of an argument, by name or place.
    func text(_ call: TableFunctionCall, _ name: String, at index: Int) throws -> String {
        guard let text = try optionalText(call, name, at: index) else {
            throw RegistryError(.invalidArgument, "\(call.name) needs the argument \(name).", position: call.position)
        }
        return text
    }

    func optionalText(_ call: TableFunctionCall, _ name: String, at index: Int) throws -> String? {
        let named = call.arguments.first { $0.name == name }
        let placed =
            call.arguments.indices.contains(index) && call.arguments[index].name == nil ? call.arguments[index] : nil
        guard let argument = named ?? placed, argument.sql.uppercased() != "NULL" else { return nil }
        guard let text = Self.text(ofLiteral: argument.sql) else {
            throw RegistryError(
                .invalidArgument, "The argument \(name) of \(call.name) must be a text.", position: call.position)
        }
        return text
    }

    private func tagReferences(_ call: TableFunctionCall) throws -> TextTable {
        let name = try fullName(PartialName(try Identifier.split(try text(call, "OBJECT_NAME", at: 0))), kind: "object")
        let domain = try text(call, "OBJECT_DOMAIN", at: 1).uppercased()
        let references = try engine.registry.tagReferences(on: try taggedKind(domain), name, as: principal)
        return TextTable(
            columns: ShownRows.columns(
                "TAG_DATABASE TAG_SCHEMA TAG_NAME TAG_VALUE LEVEL OBJECT_DATABASE OBJECT_SCHEMA OBJECT_NAME DOMAIN"),
            rows: references.map { reference in
                [
                    reference.tag.database.name, reference.tag.schema.name, reference.tag.name.name, reference.value,
                    domain,
                    name.database.name, name.schema.name, name.name.name, domain,
                ]
            })
    }

    /// The kind behind a tag's domain: models are MODULE to the client.
    func taggedKind(_ domain: String) throws -> Types.ObjectKind {
        switch domain.uppercased() {
        case "MODULE", "MODEL": return .model
        case "TABLE": return .table
        case "VIEW": return .view
        case "STAGE": return .stage
        default:
            throw RegistryError(.unsupported, "Tags on objects of the domain '\(domain.prefix(60))' are not supported.")
        }
    }

    /// The statements of the session's user; whose role may monitor the account sees everybody's.
    private func queryHistory(_ call: TableFunctionCall) throws -> TextTable {
        var limit = 100
        if let argument = call.arguments.first(where: { $0.name == "RESULT_LIMIT" }) {
            guard let number = Int(argument.sql), (1...10_000).contains(number) else {
                throw RegistryError(.invalidArgument, "RESULT_LIMIT is a number in 1...10000.", position: call.position)
            }
            limit = number
        }
        let seesAll = try call.name == "QUERY_HISTORY" && mayMonitorAccount()
        let records = try engine.history.recent(
            user: seesAll ? nil : session.user, since: seesAll ? nil : session.account.createdOn,
            sessionID: call.name == "QUERY_HISTORY_BY_SESSION" || session.confinedTo != nil ? session.id : nil,
            limit: limit)
        return TextTable(
            columns: ShownRows.columns(
                """
                QUERY_ID QUERY_TEXT DATABASE_NAME SCHEMA_NAME QUERY_TYPE SESSION_ID:fixed USER_NAME ROLE_NAME WAREHOUSE_NAME \
                QUERY_TAG EXECUTION_STATUS ERROR_CODE ERROR_MESSAGE START_TIME:ltz END_TIME:ltz TOTAL_ELAPSED_TIME:fixed ROWS_PRODUCED:fixed
                """),
            rows: records.map { record in
                [
                    record.queryID, record.text, record.database, record.schema, record.type, "\(record.sessionID)",
                    record.principal.user.name, record.principal.role.name, record.warehouse, record.tag, record.status,
                    record.errorCode, record.errorMessage, Self.timestamp(record.startedOn),
                    Self.timestamp(record.endedOn),
                    "\(record.elapsedMicroseconds / 1000)", "\(record.rowsProduced)",
                ]
            })
    }

    private func mayMonitorAccount() throws -> Bool {
        do {
            try engine.registry.require(.monitorAccount, on: .account, as: principal)
            return true
        } catch let error as RegistryError where error.code == .permissionDenied || error.code == .notFound {
            return false
        }
    }

    // MARK: Results as tables

    /// A result as cells that DuckDB can cast back.
    func textTable(_ result: StatementResult) throws -> TextTable {
        switch result.rows {
        case .json(let chunks):
            let rows = try chunks.flatMap { chunk in
                try SyntaxNode(parsing: [UInt8(ascii: "[")] + chunk.bytes + [UInt8(ascii: "]")], atMost: .max).elements
            }
            return TextTable(
                columns: result.columns,
                rows: rows.map { row in
                    zip(row.elements, result.columns).map { cell, column in
                        cell.text.map { ResultCell.sql(ofWire: $0, column.type) }
                    }
                })
        case .arrow(let chunks):
            return TextTable(
                columns: result.columns,
                rows: try chunks.flatMap { try ResultCell.rows(ofArrow: $0.bytes, result.columns) })
        case .transfer, .described:
            throw RegistryError(.invalidArgument, "The statement gave no rows that could be read.")
        }
    }
}
