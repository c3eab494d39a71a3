package import Access
import DuckDB
package import Foundation
package import Inference
package import Logging
package import Registry
import Store
import Synchronization
package import Transfer
package import Types

/// Runs SQL for every door: opens sessions, runs their statements on a pool of blocking threads, keeps the results.
///
/// ```
/// let session = try engine.openSession(principal: alice, database: "ML", schema: "REGISTRY", warehouse: nil)
/// let run = engine.submit(StatementRequest(sql: "SELECT 1"), to: session, requestID: "…")
/// if await run.finished(within: 20) { … run.outcome … }
/// ```
package final class QueryEngine: Sendable {
    /// Limits and sizes, from the server's configuration.
    package struct Settings: Sendable {
        package var results = ResultStore.Settings()
        /// Most rows and bytes of one part of a result.
        package var chunkRows = 100_000
        package var chunkBytes = 16 << 20
        package var statementTimeoutSeconds = 172_800
        package var transferValiditySeconds = 3600
        package var sqlMemoryBytes = 2 << 30
        package var sqlThreads = 2
        /// Rows gathered into one batch for a Python worker.
        package var workerBatchRows = 65_536
        /// Workers that a warehouse of the smallest size may use at once.
        package var warehouseWorkers = ProcessInfo.processInfo.activeProcessorCount

        package init() {}
    }

    package let settings: Settings
    package let registry: ModelRegistry
    package let access: AccessControl
    package let accounts: Accounts
    package let runtime: ModelRuntime
    package let urls: SignedURL
    /// The base of URLs that are handed out, for the Host header of the request that asks, where it has one.
    package let address: @Sendable (String?) -> String
    package let databases: UserDatabases
    package let results: ResultStore
    package let history: QueryHistory
    package let methods: MethodFunctions
    package let logger: Logger
    package let now: @Sendable () -> Date
    let execute: @Sendable (@escaping @Sendable () -> Void) -> Void
    /// What the server itself does on an administrator's word.
    package let operations = ServerOperations()
    let syntaxTrees = SyntaxTreeCache()
    let warehouses: WarehouseGates
    private let sessions = Mutex<[Int64: Session]>([:])
    private let nextSession: Mutex<Int64>
    private let counts = Mutex(StatementCounts())

    /// Statements since the start.
    package struct StatementCounts: Sendable {
        fileprivate var taken = 0
        /// Those that run or wait for their turn.
        package var unfinished: Int { taken - succeeded - failed }
        package var succeeded = 0
        package var failed = 0
    }

    package var statementCounts: StatementCounts { counts.withLock { $0 } }

    /// - Parameter execute: runs a closure on a thread that may block; closures over the pool's size wait.
    package init(
        settings: Settings, registry: ModelRegistry, access: AccessControl, accounts: Accounts, runtime: ModelRuntime,
        urls: SignedURL, address: @escaping @Sendable (String?) -> String,
        databases: UserDatabases, results: ResultStore, history: QueryHistory,
        methods: MethodFunctions, logger: Logger, now: @escaping @Sendable () -> Date,
        execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) {
        self.settings = settings
        self.registry = registry
        self.access = access
        self.accounts = accounts
        self.runtime = runtime
        self.urls = urls
        self.address = address
        self.databases = databases
        self.results = results
        self.history = history
        self.methods = methods
        self.logger = logger
        self.now = now
        self.execute = execute
        self.warehouses = WarehouseGates(startedAt: now())
        // Session ids are integers that no earlier process of this server gave out.
        self.nextSession = Mutex(Int64(now().timeIntervalSince1970 * 1000) << 10)
    }

    /// Opens a session. The database, schema and warehouse need not exist: statements that need them say so.
    ///
    /// - Parameter confinedTo: the roles that the session may act in; nil for all that its user holds.
    package func openSession(
        principal: Principal, database: Identifier?, schema: Identifier?, warehouse: Identifier?,
        confinedTo: Set<Identifier>? = nil
    ) throws -> Session {
        let id = nextSession.withLock { next in
            next += 1
            return next
        }
        let session = try Session(
            id: id, principal: principal, account: try accounts.account(of: principal.user), database: database,
            schema: schema, warehouse: warehouse, confinedTo: confinedTo, engine: self)
        sessions.withLock { $0[id] = session }
        return session
    }

    package func session(_ id: Int64) -> Session? { sessions.withLock { $0[id] } }

    /// Cancels what runs and waits in the sessions that use a warehouse now.
    func cancelStatements(inWarehouse name: Identifier, except run: QueryExecution) {
        let all = sessions.withLock { Array($0.values) }
        for session in all where session.summary.warehouse == name { session.cancelAll(except: run) }
    }

    package var sessionCount: Int { sessions.withLock { $0.count } }

    /// Ends a session: running statements are cancelled, temporary objects dropped.
    package func closeSession(_ id: Int64) {
        guard let session = sessions.withLock({ $0.removeValue(forKey: id) }) else { return }
        session.stop()
        session.enqueue { session.close() }
    }

    /// Ends the sessions whose id `isAlive` denies.
    package func closeSessions(unless isAlive: (Int64) -> Bool) {
        for id in sessions.withLock({ Array($0.keys) }) where !isAlive(id) { closeSession(id) }
    }

    /// Starts a statement. The same `requestID` in a session gives the same run: nothing is executed twice.
    package func submit(_ request: StatementRequest, to session: Session, requestID: String?) -> QueryExecution {
        let text = StatementText.kept(of: request.sql)
        let (run, isNew) = session.run(for: requestID) {
            QueryExecution(
                id: UUID().uuidString.lowercased(), sessionID: session.id, user: session.user,
                userID: session.account.id, sql: text, queryTag: request.parameters["QUERY_TAG"], startedAt: now())
        }
        guard isNew else { return run }
        counts.withLock { $0.taken += 1 }
        results.track(run)
        session.add(run)
        cancelAtOnce(request, in: session, as: run)
        // One that is cancelled while it waits for its turn is over at once.
        run.onCancel { [self, weak run] in
            guard let run else { return }
            finish(run, .failure(QueryEngine.cancelled(nil)), describeOnly: request.describeOnly)
        }
        session.enqueue { [self] in
            finish(run, outcome(of: request, in: session, as: run), describeOnly: request.describeOnly)
        }
        return run
    }

    /// SYSTEM$CANCEL_QUERY does not wait behind the statement of the same session that it cancels.
    private func cancelAtOnce(_ request: StatementRequest, in session: Session, as run: QueryExecution) {
        // To make the pattern costs more than most statements: it is for those that look like it.
        guard request.sql.utf8.count <= 200, request.sql.lowercased().contains("system$cancel_query") else { return }
        let pattern = /(?i)\s*select\s+system\$cancel_query\s*\(\s*'([0-9a-f-]{36})'\s*\)[\s;]*/
        guard !request.describeOnly, let match = request.sql.wholeMatch(of: pattern),
            let other = execution(match.1.lowercased()), other !== run, session.mayRead(other)
        else { return }
        other.cancel()
    }

    /// A run that is one of several in a request.
    func part(of run: QueryExecution, _ sql: String, in session: Session) -> QueryExecution {
        let part = QueryExecution(
            id: UUID().uuidString.lowercased(), sessionID: session.id, user: session.user, userID: session.account.id,
            sql: StatementText.kept(of: sql), queryTag: run.queryTag, startedAt: now())
        counts.withLock { $0.taken += 1 }
        results.track(part)
        return part
    }

    func outcome(
        of request: StatementRequest, in session: Session, as run: QueryExecution
    ) -> Result<StatementResult, RegistryError> {
        do {
            let result = try isBatch(request, in: session)
                ? runBatch(request, in: session, as: run) : session.execute(request, as: run)
            try results.keep(result, of: run)
            return .success(result)
        } catch let error as RegistryError {
            recover(from: error)
            return .failure(run.isCancelled ? QueryEngine.cancelled(error) : error)
        } catch {
            logger.error("statement failed unexpectedly", metadata: ["query": "\(run.id)", "error": "\(error)"])
            return .failure(
                RegistryError(
                    .internal, "The statement failed inside the server; see its log for query \(run.id).", cause: error)
            )
        }
    }

    /// What a statement that was short of memory leaves behind: free memory that is still held, a closed database.
    func recover(from error: RegistryError) {
        if let database = error.closedDatabase { reopen(database) }
        if error.isOutOfMemory || error.closedDatabase != nil { MemoryLimit.giveBack() }
    }

    private func reopen(_ database: String) {
        logger.warning(
            "there was no memory to write a database's file: it is opened again", metadata: ["database": "\(database)"])
        for (database, error) in databases.reopen(named: database) {
            logger.warning(
                "a database can't be opened again yet", metadata: ["database": "\(database)", "error": "\(error)"])
        }
    }

    func finish(
        _ run: QueryExecution, _ outcome: Result<StatementResult, RegistryError>, describeOnly: Bool
    ) {
        run.finish(outcome, at: now()) {
            counts.withLock { if case .success = outcome { $0.succeeded += 1 } else { $0.failed += 1 } }
            history.append(run, describeOnly: describeOnly)
        }
    }

    /// The run of a query, nil where it is unknown or its result was given up.
    package func execution(_ queryID: String) -> QueryExecution? { results.execution(queryID) }

    /// A signed URL for something, valid for the configured time.
    ///
    /// - Parameter host: the Host header of the request that asks for it, nil where there is none.
    package func url(for target: TransferTarget, host: String? = nil) -> String {
        let expiry = Int64(now().timeIntervalSince1970 * 1000) + Int64(settings.transferValiditySeconds) * 1000
        return urls.mint(target, expiresAt: expiry, base: address(host))
    }

    private static func cancelled(_ error: RegistryError?) -> RegistryError {
        if let error, error.code == .timeout { return error }
        return RegistryError(.cancelled, "The statement was cancelled.", cause: error)
    }
}
