import Access
import Dispatch
import DuckDB
import Foundation
import Logging
import Registry
import SnowflakeSQL
import Synchronization
package import Types

/// One client's session: its place (database, schema, role, warehouse), its parameters, variables, temporary objects and
/// transaction. Lives in memory and ends with the client's close, its token's expiry or the server.
///
/// Statements run one at a time, each on a thread that may block; everything else may be called from anywhere.
package final class Session: Sendable {
    /// The version that clients are told: what Snowflake's was when the protocol was recorded.
    package static let serverVersion = "9.40.0"
    /// Most answers that are remembered for repeated requests.
    private static let rememberedRequests = 512

    package struct Summary: Sendable {
        package var database: Identifier?
        package var schema: Identifier?
        package var role: Identifier
        package var warehouse: Identifier?
    }

    private struct State {
        var place: Summary
        var parameters = SessionParameters()
        var variables: [Identifier: String] = [:]
        var temporaries: [ObjectName: TemporaryObject] = [:]
        var requests: [String: QueryExecution] = [:]
        var requestOrder: [String] = []
        var active: [String: QueryExecution] = [:]
        var nextTemporary = 0
        var inTransaction = false
        var transactionFailed = false
        var lastQueryID: String?
        var closed = false
    }

    package let id: Int64
    package let user: Identifier
    let engine: QueryEngine
    let connection: Connection
    private let state: Mutex<State>
    /// Held while a statement runs.
    private let running = NSLock()

    init(
        id: Int64, principal: Principal, database: Identifier?, schema: Identifier?, warehouse: Identifier?,
        engine: QueryEngine
    ) throws {
        self.id = id
        self.user = principal.user
        self.engine = engine
        self.connection = try engine.databases.connect()
        self.state = Mutex(
            State(place: Summary(database: database, schema: schema, role: principal.role, warehouse: warehouse)))
    }

    package var summary: Summary { state.withLock { $0.place } }

    var principal: Principal { Principal(user: user, role: summary.role) }

    func update(_ change: (inout Summary) -> Void) { state.withLock { change(&$0.place) } }

    // MARK: Statements

    /// Runs one statement; blocks until it is done.
    ///
    /// - Throws: `RegistryError`.
    func execute(_ request: StatementRequest, as run: QueryExecution) throws -> StatementResult {
        running.lock()
        defer { running.unlock() }
        let (place, isClosed) = state.withLock { state in
            state.active[run.id] = run
            return (state.place, state.closed)
        }
        defer {
            state.withLock { state in
                state.active[run.id] = nil
                state.lastQueryID = run.id
            }
        }
        guard !isClosed, !run.isCancelled else { throw RegistryError(.cancelled, "The statement was cancelled.") }
        run.begin { summary in
            summary.database = place.database?.name
            summary.schema = place.schema?.name
            summary.role = place.role.name
            summary.warehouse = place.warehouse?.name
        }
        // A user who was dropped or disabled meanwhile, or lost the role, acts no more.
        _ = try engine.accounts.principal(user, role: place.role)
        let context = StatementContext(session: self, request: request, run: run)
        run.onCancel { context.cancel() }
        defer { run.onCancel(nil) }
        let timeout = StatementTimeout(
            seconds: parameters.statementTimeoutSeconds(limit: engine.settings.statementTimeoutSeconds),
            context: context)
        defer { timeout.stop() }
        do {
            return try context.execute(try StatementParser.parse(request.sql))
        } catch {
            let explained = timeout.explain(error)
            throw (explained as? RegistryError).map { ErrorPlace.inUsersText($0, request.sql) } ?? explained
        }
    }

    /// The run for a request id: the one that it started before, or a new one.
    func run(for requestID: String?, make: () -> QueryExecution) -> (QueryExecution, isNew: Bool) {
        guard let requestID, !requestID.isEmpty else { return (make(), true) }
        return state.withLock { state in
            if let run = state.requests[requestID] { return (run, false) }
            let run = make()
            state.requests[requestID] = run
            state.requestOrder.append(requestID)
            if state.requestOrder.count > Session.rememberedRequests {
                state.requests[state.requestOrder.removeFirst()] = nil
            }
            return (run, true)
        }
    }

    /// Cancels the statement that was sent with a request id; nothing happens when there is none or it is over.
    package func cancel(requestID: String) {
        state.withLock { $0.requests[requestID] }?.cancel()
    }

    /// Cancels every statement that runs or waits, but `kept`.
    package func cancelAll(except kept: QueryExecution? = nil) {
        let runs = state.withLock { Array($0.active.values) + Array($0.requests.values) }
        for run in runs where run !== kept { run.cancel() }
    }

    /// Stops what runs, and lets nothing begin any more.
    func stop() {
        state.withLock { $0.closed = true }
        cancelAll()
    }

    /// Waits for the running statement and drops everything of the session.
    func close() {
        running.lock()
        defer { running.unlock() }
        state.withLock { state in
            state.closed = true
            state.temporaries = [:]
        }
        do {
            try engine.registry.endSession(id)
        } catch {
            engine.logger.warning(
                "temporary objects of a session could not be dropped",
                metadata: ["session": "\(id)", "error": "\(error)"])
        }
    }

    var lastQueryID: String? { state.withLock { $0.lastQueryID } }

    // MARK: Parameters and variables

    package var parameters: SessionParameters { state.withLock { $0.parameters } }

    func updateParameters(_ change: (inout SessionParameters) throws -> Void) rethrows {
        try state.withLock { try change(&$0.parameters) }
    }

    /// Takes a parameter that the client sent at login; unknown ones are kept as they are.
    package func setClientParameter(_ name: String, _ value: String) {
        state.withLock { $0.parameters.setFromClient(name, value) }
    }

    /// What every answer tells the client.
    package var clientParameters: [ClientParameter] { parameters.forClient }

    /// `ARROW` or `JSON`: the form the client wants SELECT results in.
    package var resultFormat: String { parameters["PYTHON_CONNECTOR_QUERY_RESULT_FORMAT"]?.uppercased() ?? "ARROW" }

    var variables: [Identifier: String] { state.withLock { $0.variables } }

    func setVariable(_ name: Identifier, literal: String?) { state.withLock { $0.variables[name] = literal } }

    // MARK: Temporary objects

    func temporary(_ name: ObjectName) -> TemporaryObject? { state.withLock { $0.temporaries[name] } }

    var temporaries: [ObjectName: TemporaryObject] { state.withLock { $0.temporaries } }

    func setTemporary(_ name: ObjectName, _ object: TemporaryObject?) {
        state.withLock { $0.temporaries[name] = object }
    }

    /// A table name of DuckDB's `temp` catalog that this session has not used yet.
    func newTemporaryName() -> String {
        state.withLock { state in
            state.nextTemporary += 1
            return "t\(state.nextTemporary)"
        }
    }

    // MARK: Transactions

    var inTransaction: Bool {
        get { state.withLock { $0.inTransaction } }
        set { state.withLock { $0.inTransaction = newValue } }
    }

    /// Whether a failed statement took the open transaction with it: only ROLLBACK, or COMMIT that says so, ends it.
    var transactionFailed: Bool {
        get { state.withLock { $0.transactionFailed } }
        set { state.withLock { $0.transactionFailed = newValue } }
    }
}

/// A temporary table or view of a session: seen by it alone, it hides a permanent one of the same name.
enum TemporaryObject: Sendable {
    /// A table in DuckDB's `temp` catalog.
    case table(physical: String, columns: [ResultColumn], createdAt: Date)
    /// A view, by its query's text and the names of its columns.
    case view(text: String, columns: [Identifier], createdAt: Date)
}

/// Stops a statement that runs too long.
private final class StatementTimeout: Sendable {
    private let state = Mutex((done: false, fired: false))
    private let seconds: Int

    init(seconds: Int, context: StatementContext) {
        self.seconds = seconds
        guard seconds > 0 else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self, weak context] in
            guard let self else { return }
            let fire = self.state.withLock { state in
                guard !state.done else { return false }
                state.fired = true
                return true
            }
            if fire { context?.cancel() }
        }
    }

    func stop() { state.withLock { $0.done = true } }

    /// The error to report: a statement that was stopped by the timeout says so.
    func explain(_ error: any Error) -> any Error {
        guard state.withLock({ $0.fired }) else { return error }
        return RegistryError(
            .timeout, "The statement was stopped after \(seconds) seconds.",
            hint: "The limit is the session parameter STATEMENT_TIMEOUT_IN_SECONDS.", cause: error)
    }
}
