import Access
import DuckDB
import Foundation
import Logging
import Registry
import SnowflakeSQL
import Store
import Synchronization
package import Types

/// One client's session: its place (database, schema, role, warehouse), its parameters, variables, temporary objects and
/// transaction. Lives in memory and ends with the client's close, its token's expiry or the server.
///
/// Statements run one at a time, in the order in which they came, each on a thread that may block; everything else may
/// be called from anywhere.
package final class Session: Sendable {
    /// The version that clients are told: what Snowflake's was when the protocol was recorded.
    package static let serverVersion = "9.40.0"
    /// Most answers that are remembered for repeated requests.
    private static let rememberedRequests = 512
    /// Most statements that LAST_QUERY_ID goes back.
    private static let rememberedQueries = 10_000

    package struct Summary: Sendable {
        package var database: Identifier?
        package var schema: Identifier?
        package var role: Identifier
        package var secondaryRoles: SecondaryRoles
        package var warehouse: Identifier?
    }

    private struct State {
        var place: Summary
        var parameters = SessionParameters()
        var variables: [Identifier: String] = [:]
        var temporaries: [ObjectName: TemporaryObject] = [:]
        var requests: [String: QueryExecution] = [:]
        var requestOrder: [String] = []
        /// The runs that wait or run.
        var active: [String: QueryExecution] = [:]
        /// What is to be done after what is being done.
        var waiting: [@Sendable () -> Void] = []
        var isBusy = false
        var nextTemporary = 0
        var inTransaction = false
        var transactionFailed = false
        var mustRollBack = false
        var afterCommit: [@Sendable () -> Void] = []
        /// The ids of the session's statements that are done, oldest first.
        var queryIDs: [String] = []
        var closed = false
    }

    package let id: Int64
    package let user: Identifier
    /// What tells the user from one who had the same name before.
    let account: Accounts.Account
    /// The roles that the session may act in, nil for all that its user holds: what it logged in with bounds it.
    let confinedTo: Set<Identifier>?
    private let isByToken: Bool
    let engine: QueryEngine
    let connection: Connection
    let syntaxTrees: SyntaxTrees
    private let state: Mutex<State>

    init(
        id: Int64, principal: Principal, account: Accounts.Account, database: Identifier?, schema: Identifier?,
        warehouse: Identifier?, confinedTo: Set<Identifier>?, engine: QueryEngine
    ) throws {
        self.id = id
        self.user = principal.user
        self.account = account
        self.confinedTo = confinedTo
        self.isByToken = principal.isByToken
        self.engine = engine
        self.connection = try engine.databases.connect()
        self.syntaxTrees = try SyntaxTrees(connection)
        self.state = Mutex(
            State(
                place: Summary(
                    database: database, schema: schema, role: principal.role,
                    secondaryRoles: principal.secondaryRoles, warehouse: warehouse)))
    }

    package var summary: Summary { state.withLock { $0.place } }

    var principal: Principal {
        let place = summary
        return Principal(user: user, role: place.role, secondaryRoles: place.secondaryRoles, isByToken: isByToken)
    }

    /// Whether the session may read what a run gave: its user's only; a session that is bound to some roles its own.
    package func mayRead(_ run: QueryExecution) -> Bool {
        run.userID == account.id && (confinedTo == nil || run.sessionID == id)
    }

    func update(_ change: (inout Summary) -> Void) { state.withLock { change(&$0.place) } }

    // MARK: Statements

    /// Does work of the session after what it was given before, on one thread of the engine's at a time: a session with
    /// many statements keeps no other from its turn.
    func enqueue(_ work: @escaping @Sendable () -> Void) {
        let startsNow = state.withLock { state in
            guard !state.isBusy else {
                state.waiting.append(work)
                return false
            }
            state.isBusy = true
            return true
        }
        if startsNow { start(work) }
    }

    private func start(_ work: @escaping @Sendable () -> Void) {
        engine.execute { [self] in
            work()
            let next = state.withLock { state -> (@Sendable () -> Void)? in
                guard !state.waiting.isEmpty else {
                    state.isBusy = false
                    return nil
                }
                return state.waiting.removeFirst()
            }
            if let next { start(next) }
        }
    }

    /// Takes a run that is going to wait for its turn.
    func add(_ run: QueryExecution) { state.withLock { $0.active[run.id] = run } }

    /// Lets go of a run that executed nothing itself.
    func remove(_ run: QueryExecution) { state.withLock { $0.active[run.id] = nil } }

    /// Runs one statement; blocks until it is done.
    ///
    /// - Throws: `RegistryError`.
    func execute(_ request: StatementRequest, as run: QueryExecution) throws -> StatementResult {
        let (place, isClosed) = state.withLock { ($0.place, $0.closed) }
        defer {
            state.withLock { state in
                state.active[run.id] = nil
                state.queryIDs.append(run.id)
                if state.queryIDs.count > Session.rememberedQueries {
                    state.queryIDs.removeFirst(Session.rememberedQueries / 10)
                }
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
        // One that was cancelled just before is over already: nothing of it may happen.
        guard !run.isCancelled else { throw RegistryError(.cancelled, "The statement was cancelled.") }
        let timeout = StatementTimeout(
            seconds: parameters.statementTimeoutSeconds(limit: engine.settings.statementTimeoutSeconds),
            context: context)
        defer { timeout.stop() }
        do {
            return try AuditOrigin.$queryID.withValue(run.id) {
                try context.execute(try StatementParser.parse(request.sql))
            }
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
        let runs = state.withLock { Array($0.active.values) }
        for run in runs where run !== kept { run.cancel() }
    }

    /// Stops what runs, and lets nothing begin any more.
    func stop() {
        state.withLock { $0.closed = true }
        cancelAll()
    }

    /// Drops everything of the session; after its last statement.
    func close() {
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

    /// The id of the session's n-th statement: from 1, or from -1 for the last one; nil for none that is remembered.
    func queryID(_ number: Int) -> String? {
        state.withLock { state in
            let index = number < 0 ? state.queryIDs.count + number : number - 1
            return state.queryIDs.indices.contains(index) ? state.queryIDs[index] : nil
        }
    }

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
        set {
            state.withLock { state in
                state.inTransaction = newValue
                if !newValue { state.afterCommit = [] }
            }
        }
    }

    /// Has something done when the open transaction is committed, and never when it is not.
    func afterCommit(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.afterCommit.append(action) } }

    /// What is to be done after COMMIT.
    func takeCommitActions() -> [@Sendable () -> Void] {
        state.withLock { state in
            defer { state.afterCommit = [] }
            return state.afterCommit
        }
    }

    /// Whether a transaction is still open in DuckDB that there was no memory to roll back.
    var mustRollBack: Bool {
        get { state.withLock { $0.mustRollBack } }
        set { state.withLock { $0.mustRollBack = newValue } }
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
    private let fired = Atomic(false)
    private let seconds: Int
    private let deadline: Mutex<Deadlines.Ticket?>

    init(seconds: Int, context: StatementContext) {
        self.seconds = seconds
        deadline = Mutex(nil)
        guard seconds > 0 else { return }
        deadline.withLock {
            $0 = Deadlines.shared.after(Double(seconds)) { [weak self, weak context] in
                self?.fired.store(true, ordering: .releasing)
                context?.cancel()
            }
        }
    }

    func stop() {
        if let ticket = deadline.withLock({ $0 }) { Deadlines.shared.cancel(ticket) }
    }

    /// The error to report: a statement that was stopped by the timeout says so.
    func explain(_ error: any Error) -> any Error {
        guard fired.load(ordering: .acquiring) else { return error }
        return RegistryError(
            .timeout, "The statement was stopped after \(seconds) seconds.",
            hint: "The limit is the session parameter STATEMENT_TIMEOUT_IN_SECONDS.", cause: error)
    }
}
