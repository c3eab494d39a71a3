import Engine
import Foundation
import Hummingbird
import Transfer
import Types

extension SnowflakeDoor {
    /// `POST /queries/v1/query-request`: runs one statement.
    ///
    /// The same `requestId` is never executed twice. A statement that takes long is answered with 333333 (poll) and an
    /// asynchronous one at once with 333334.
    func query(_ request: Request) async throws -> [UInt8] {
        let session = try session(of: request)
        let host = request.head.authority
        let (statement, isAsynchronous) = try await body(of: request) { body in
            (try SnowflakeDoor.statement(in: body, of: session, host: host), body["asyncExec"] == .bool(true))
        }
        let requestID = request.uri.queryParameters["requestId"].map(String.init)
        let run = engine.submit(statement, to: session, requestID: requestID)
        if isAsynchronous { return SnowflakeDoor.inProgress(run, code: "333334") }
        return try await answer(for: run, session: session, host: host)
    }

    private static func statement(
        in body: SyntaxNode, of session: Session, host: String?
    ) throws -> StatementRequest {
        guard let sql = body["sqlText"]?.text else {
            throw RegistryError(.invalidArgument, "The request has no sqlText.")
        }
        let rows = try boundRows(in: body)
        return StatementRequest(
            sql: sql, bindings: rows == nil ? try bindings(in: body) : [], boundRows: rows,
            describeOnly: body["describeOnly"] == .bool(true), parameters: parameters(in: body),
            prefersArrow: session.resultFormat != "JSON", host: host)
    }

    /// `GET /queries/{id}/result`: the outcome of a slow or asynchronous statement.
    func result(_ request: Request, queryID: String) async throws -> [UInt8] {
        let session = try session(of: request)
        return try await answer(for: try run(queryID, for: session), session: session, host: request.head.authority)
    }

    /// `GET /monitoring/queries/{id}`: how an asynchronous statement is doing.
    func monitoring(_ request: Request, queryID: String) throws -> [UInt8] {
        let session = try session(of: request)
        let run = try run(queryID, for: session)
        let summary = run.summary
        var writer = AnswerWriter()
        writer.open()
        writer.open("data")
        writer.openArray("queries")
        writer.open()
        writer.write("id", run.id)
        writer.write("status", summary.status.rawValue)
        writer.write("state", summary.status.rawValue)
        writer.write("sqlText", run.sql)
        writer.write("sessionId", run.sessionID)
        writer.write("startTime", Int(summary.startedAt.timeIntervalSince1970 * 1000))
        writer.write("endTime", Int((summary.endedAt?.timeIntervalSince1970 ?? 0) * 1000))
        if let error = summary.error {
            writer.write("errorCode", SnowflakeError(error).code)
            writer.write("errorMessage", SnowflakeError.message(of: error))
        }
        writer.close()
        writer.closeArray()
        writer.close()
        return writer.finish()
    }

    /// `POST /queries/v1/abort-request`: cancels the statement that was sent with a requestId.
    func abort(_ request: Request) async throws -> [UInt8] {
        let session = try session(of: request)
        guard let id = try await body(of: request)["requestId"]?.text else {
            throw RegistryError(.invalidArgument, "The request has no requestId.")
        }
        session.cancel(requestID: id)
        return SnowflakeDoor.plainSuccess
    }

    /// `POST /queries/{id}/abort-request`: cancels a statement by its query id.
    func abort(_ request: Request, queryID: String) throws -> [UInt8] {
        try run(queryID, for: try session(of: request)).cancel()
        return SnowflakeDoor.plainSuccess
    }

    /// A run that the session's user started; others' runs do not exist for it.
    private func run(_ queryID: String, for session: Session) throws -> QueryExecution {
        guard let run = engine.execution(queryID), session.mayRead(run) else {
            throw RegistryError.missing("Query", String(queryID.prefix(64)))
        }
        return run
    }

    private func answer(for run: QueryExecution, session: Session, host: String?) async throws -> [UInt8] {
        guard await run.finished(within: settings.slowStatementSeconds), let outcome = run.outcome else {
            return SnowflakeDoor.inProgress(run, code: "333333")
        }
        switch outcome {
        case .failure(let error): return SnowflakeDoor.failure(error, queryID: run.id)
        case .success(let result): return try success(result, run: run, session: session, host: host)
        }
    }

    static func inProgress(_ run: QueryExecution, code: String) -> [UInt8] {
        var writer = AnswerWriter()
        writer.open()
        writer.open("data")
        writer.write("queryId", run.id)
        writer.write("getResultUrl", "/queries/\(run.id)/result")
        writer.write("queryAbortsAfterSecs", 300)
        writer.write("progressDesc", nil)
        writer.close()
        return writer.finish(message: "Query execution in progress.", code: code)
    }

    private func success(
        _ result: StatementResult, run: QueryExecution, session: Session, host: String?
    ) throws -> [UInt8] {
        var writer = AnswerWriter(capacity: 4096)
        writer.open()
        writer.open("data")
        writer.writeParameters(of: session)
        switch result.rows {
        case .transfer(let members): writer.writeMembers(members)
        case .arrow(let chunks): try writeRows(result, chunks, run, isArrow: true, host, to: &writer)
        case .json(let chunks): try writeRows(result, chunks, run, isArrow: false, host, to: &writer)
        case .described: try writeRows(result, [], run, isArrow: false, host, to: &writer)
        }
        let state = session.summary
        writer.write("queryId", run.id)
        writer.write("databaseProvider", nil)
        writer.write("finalDatabaseName", state.database?.name)
        writer.write("finalSchemaName", state.schema?.name)
        writer.write("finalWarehouseName", state.warehouse?.name)
        writer.write("finalRoleName", state.role.name)
        writer.write("numberOfBinds", 0)
        writer.write("arrayBindSupported", result.type == .insert)
        writer.write("statementTypeId", result.type.rawValue)
        try SnowflakeDoor.writeStatistics(of: result, to: &writer)
        writer.write("version", 1)
        writer.write("sqlState", "00000")
        writer.close()
        return writer.finish()
    }

    private func writeRows(
        _ result: StatementResult, _ chunks: [ResultChunk], _ run: QueryExecution, isArrow: Bool,
        _ host: String?, to writer: inout AnswerWriter
    ) throws {
        writer.openArray("rowtype")
        for column in result.columns { writer.writeRowType(column) }
        writer.closeArray()
        writer.write("queryResultFormat", isArrow ? "arrow" : "json")
        let inline = try chunks.first?.bytes ?? []
        if isArrow {
            writer.writeBase64("rowsetBase64", result.rowCount == 0 ? [] : inline)
        } else {
            writer.openArray("rowset")
            writer.writeElements(inline)
            writer.closeArray()
        }
        writer.write("total", result.rowCount)
        writer.write("returned", result.rowCount)
        guard chunks.count > 1 else { return }
        writer.openArray("chunks")
        for index in 1..<chunks.count {
            writer.open()
            writer.write("url", engine.url(for: .resultChunk(queryID: run.id, index: index), host: host))
            writer.write("rowCount", chunks[index].rowCount)
            writer.write("uncompressedSize", chunks[index].size)
            writer.write("compressedSize", chunks[index].size)
            writer.close()
        }
        writer.closeArray()
        writer.open("chunkHeaders")
        writer.close()
    }

    /// The bound values, in order from 1, as SQL literals.
    static func bindings(in body: SyntaxNode) throws -> [String] {
        guard case .object(let members) = body["bindings"] ?? .null else { return [] }
        var literals: [Int: String] = [:]
        for member in members {
            guard let index = Int(member.key), (1...65_536).contains(index) else {
                throw RegistryError(
                    .invalidArgument, "A binding's name must be a number from 1: '\(member.key.prefix(40))'.")
            }
            guard case .object = member.value else {
                throw RegistryError(
                    .invalidArgument, "The binding number \(index) is not an object with type and value.")
            }
            literals[index] = try BindingLiteral.literal(
                type: member.value["type"]?.text ?? "TEXT", value: member.value["value"]?.scalarText)
        }
        return try (1...max(1, literals.count)).compactMap { index in
            guard !literals.isEmpty else { return nil }
            guard let literal = literals[index] else {
                throw RegistryError(.invalidArgument, "The bindings leave out number \(index).")
            }
            return literal
        }
    }

    /// The rows that `executemany` binds as arrays, one a `?`; nil where there are none.
    static func boundRows(in body: SyntaxNode) throws -> BoundRows? {
        guard case .object(let members) = body["bindings"] ?? .null,
            members.contains(where: { if case .array = $0.value["value"] ?? .null { true } else { false } })
        else { return nil }
        var columns: [Int: BoundRows.Column] = [:]
        for member in members {
            guard let index = Int(member.key), (1...members.count).contains(index),
                case .array(let values) = member.value["value"] ?? .null
            else {
                throw RegistryError(
                    .invalidArgument, "The binding '\(member.key.prefix(40))' is no array, but another one is.")
            }
            columns[index] = BoundRows.Column(
                type: member.value["type"]?.text ?? "TEXT", values: try values.map(scalar))
        }
        guard columns.count == members.count else {
            throw RegistryError(.invalidArgument, "A binding is given twice.")
        }
        return try BoundRows((1...columns.count).compactMap { columns[$0] })
    }

    private static func scalar(_ value: SyntaxNode) throws -> String? {
        guard value == .null || value.scalarText != nil else {
            throw RegistryError(.invalidArgument, "A bound value is an array or an object; bind its JSON as a text.")
        }
        return value.scalarText
    }

    static func parameters(in body: SyntaxNode) -> [String: String] {
        guard case .object(let members) = body["parameters"] ?? .null else { return [:] }
        var parameters: [String: String] = [:]
        for member in members { parameters[member.key.uppercased()] = member.value.scalarText }
        return parameters
    }
}
