import DuckDB
import Foundation
import SnowflakeSQL
import Types

extension StatementContext {
    /// SELECT, WITH, VALUES.
    func runQuery(_ text: SQLText, flow: [ScratchTable] = []) throws -> StatementResult {
        if let result = try resultScanAsItIs(text) { return result }
        allowReadSnapshot()
        let planned = try plan(text, flow: flow)
        if request.describeOnly {
            return StatementResult(
                columns: try columns(of: planned), rows: .described, rowCount: 0, type: .select)
        }
        return try encode(try connection.query(planned.sql), type: .select)
    }

    /// The columns of a planned query; nothing runs.
    func columns(of planned: PlannedQuery) throws -> [ResultColumn] {
        try connection.prepare(planned.sql).columns.map { ResultColumn($0) }
    }

    /// A result in the form that the client reads, in parts of the configured size.
    func encode(_ result: QueryResult, type: StatementType) throws -> StatementResult {
        var limits = ResultLimits()
        limits.chunkRows = engine.settings.chunkRows
        limits.chunkBytes = engine.settings.chunkBytes
        limits.inlineRows = min(limits.inlineRows, limits.chunkRows)
        let encoder = ResultEncoder(result, as: request.prefersArrow ? .arrow : .json, limits: limits)
        var chunks: [ResultChunk] = []
        let rowCount = try encoder.encode { segment in
            chunks.append(ResultChunk(bytes: segment.data, rowCount: segment.rowCount))
            try engine.results.moveLarge(chunks, of: run.id)
        }
        return StatementResult(
            columns: encoder.columns, rows: request.prefersArrow ? .arrow(chunks) : .json(chunks), rowCount: rowCount,
            type: type)
    }

    /// `SELECT * FROM TABLE(RESULT_SCAN('id'))` and nothing more: the stored result, as it is, where the client reads
    /// its form.
    private func resultScanAsItIs(_ text: SQLText) throws -> StatementResult? {
        guard text.tokens.count == 10 else { return nil }
        let words = text.tokens.map { $0.text.uppercased() }
        guard words[0...5] == ["SELECT", "*", "FROM", "TABLE", "(", "RESULT_SCAN"], words[6] == "(",
            words[8...9] == [")", ")"], let id = Self.text(ofLiteral: text.tokens[7].text)
        else { return nil }
        let stored = try storedResult(id)
        if case .arrow = stored.rows, !request.prefersArrow { return nil }
        guard request.describeOnly else { return stored }
        return StatementResult(columns: stored.columns, rows: .described, rowCount: 0, type: .select)
    }

    /// The result of an earlier statement of this user.
    ///
    /// - Throws: `missing` when there is none (any more), the statement's own error when it failed.
    func storedResult(_ queryID: String) throws -> StatementResult {
        guard let earlier = engine.execution(queryID.lowercased()), session.mayRead(earlier) else {
            throw RegistryError.missing("Result of query", String(queryID.prefix(64)))
        }
        switch earlier.outcome {
        case .none:
            throw RegistryError(.failedPrecondition, "Query '\(queryID)' is still running: it has no result yet.")
        case .failure(let error): throw error
        case .success(let result):
            guard !result.isSecret else {
                throw RegistryError(
                    .failedPrecondition, "The result of query '\(queryID)' is shown once: it holds a secret.")
            }
            return result
        }
    }

    /// EXPLAIN: DuckDB's plan as text.
    func explain(_ text: SQLText) throws -> StatementResult {
        let planned = try plan(text, runsModels: false)
        let columns = [ResultColumn("step", .integer, nullable: false), ResultColumn("operation", .string)]
        return try describingOnly(columns) {
            let result = try connection.query("EXPLAIN \(planned.sql)")
            var lines: [[String?]] = []
            while let chunk = try result.nextChunk() {
                for row in 0..<chunk.rowCount {
                    for line in chunk.vector(chunk.columnCount - 1).strings.text(row).split(separator: "\n") {
                        lines.append(["\(lines.count)", String(line)])
                    }
                }
            }
            return table(columns, lines)
        }
    }

    /// `stmt ->> stmt`: each result is a table, `$1` the one before, `$2` the one before that.
    func runFlow(_ statements: [Statement]) throws -> StatementResult {
        var results: [ScratchTable] = []
        for (index, statement) in statements.enumerated() {
            let isLast = index == statements.count - 1
            if case .query(let text) = statement {
                if isLast { return try runQuery(text, flow: results) }
                results.insert(try scratch(sql: try plan(text, flow: results).sql), at: 0)
            } else {
                guard !request.describeOnly || isShow(statement) else {
                    throw RegistryError(.unsupported, "A flow that changes data can't be described.")
                }
                var part = request
                part.describeOnly = false
                part.prefersArrow = false
                let inner = StatementContext(session: session, request: part, run: run, within: self)
                let result = try inner.execute(statement)
                if isLast { return result }
                results.insert(try scratch(try textTable(result)), at: 0)
            }
        }
        throw RegistryError(.syntax, "The flow is empty.")
    }

    private func isShow(_ statement: Statement) -> Bool {
        switch statement {
        case .show, .describe, .list: true
        default: false
        }
    }
}
