import SnowflakeSQL
import Synchronization
import Types

/// Several statements in one request: MULTI_STATEMENT_COUNT says how many, 0 for any number.
///
/// They run one after the other, each with an id and a result of its own; the answer names the ids. The first that
/// fails ends the request with its error; what ran before it stays.
extension QueryEngine {
    func isBatch(_ request: StatementRequest, in session: Session) throws -> Bool {
        try wantedCount(request, in: session) != 1
    }

    func runBatch(_ request: StatementRequest, in session: Session, as run: QueryExecution) throws -> StatementResult {
        defer { session.remove(run) }
        let wanted = try wantedCount(request, in: session)
        let texts = try StatementSplitter.statements(in: request.sql)
        guard wanted == 0 || wanted == texts.count else {
            throw RegistryError(
                .unsupported,
                "Actual statement count \(texts.count) did not match the desired statement count \(wanted).",
                detail: ["statements": "\(texts.count)"])
        }
        guard !texts.isEmpty else { throw RegistryError(.syntax, "SQL compilation error: the statement is empty.") }
        guard texts.count <= Self.mostStatements else {
            throw RegistryError(
                .limitExceeded, "A request has at most \(Self.mostStatements) statements, not \(texts.count).",
                hint: "Send them in several requests.")
        }
        guard request.boundRows == nil else {
            throw RegistryError(
                .unsupported, "Arrays of values can't be bound to several statements at once.",
                hint: "Send each statement by itself.")
        }
        let current = CurrentPart()
        run.begin { _ in }
        run.onCancel { current.cancel() }
        defer { run.onCancel(nil) }
        var bindings = request.bindings[...]
        var ids: [String] = []
        var types: [String] = []
        for text in texts {
            let part = self.part(of: run, text.sql, in: session)
            var request = request
            request.sql = text.sql
            request.parameters["MULTI_STATEMENT_COUNT"] = "1"
            request.bindings = Array(bindings.prefix(text.bindings))
            bindings = bindings.dropFirst(text.bindings)
            current.set(part)
            let outcome = run.isCancelled
                ? .failure(RegistryError(.cancelled, "The statement was cancelled."))
                : self.outcome(of: request, in: session, as: part)
            finish(part, outcome, describeOnly: request.describeOnly)
            ids.append(part.id)
            types.append("\(try outcome.get().type.rawValue)")
        }
        let members = [("resultIds", ids), ("resultTypes", types)].map { name, values in
            "\"\(name)\":\"\(values.joined(separator: ","))\""
        }.joined(separator: ",")
        return StatementResult(
            columns: StatementContext.statusColumn, rows: .transfer(members), rowCount: 0, type: .batch)
    }

    /// Each has a result, which is kept beside those of others.
    private static let mostStatements = 500

    private func wantedCount(_ request: StatementRequest, in session: Session) throws -> Int {
        let text = request.parameters["MULTI_STATEMENT_COUNT"] ?? session.parameters["MULTI_STATEMENT_COUNT"] ?? "1"
        guard let count = Int(text), count >= 0 else {
            throw RegistryError(.invalidArgument, "MULTI_STATEMENT_COUNT must be a whole number from 0.")
        }
        return count
    }
}

/// The part of a batch that runs now, for who cancels the whole.
private final class CurrentPart: Sendable {
    private let part = Mutex<QueryExecution?>(nil)

    func set(_ run: QueryExecution) { part.withLock { $0 = run } }
    func cancel() { part.withLock { $0 }?.cancel() }
}
