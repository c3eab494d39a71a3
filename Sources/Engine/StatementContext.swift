import Dispatch
import DuckDB
import Foundation
import Inference
import Logging
import SnowflakeSQL
import Synchronization
import Types

/// What a running statement works with: its session, its request, how it is cancelled, what to clean up after it.
///
/// Lives for one statement, on one thread; only ``cancel()`` comes from others. The commands are extensions, one file a
/// family, under `Commands/`.
final class StatementContext: Sendable {
    let session: Session
    let request: StatementRequest
    let run: QueryExecution
    /// Stops the batches that run in workers.
    let cancellation: Cancellation
    /// The handles of the methods that this statement calls.
    let handles = Mutex<[MethodKey: Int64]>([:])
    /// The table functions of models that this statement calls, by the alias that marks them in the tree.
    let tableCalls = Mutex<[String: TableCall]>([:])
    /// The statement's part in its warehouse, once a model needs it.
    let lease = Mutex<WarehouseLease?>(nil)
    /// Held while DuckDB is interrupted, or must not be.
    private let gate: NSRecursiveLock
    private let over = Mutex(false)
    let readSnapshot = Mutex(ReadSnapshot.forbidden)
    private let cleanups = Mutex<[@Sendable () -> Void]>([])

    /// - Parameter flow: the flow that the statement is a part of: what cancels that cancels this.
    init(session: Session, request: StatementRequest, run: QueryExecution, within flow: StatementContext? = nil) {
        self.session = session
        self.request = request
        self.run = run
        cancellation = flow?.cancellation ?? Cancellation()
        gate = flow?.gate ?? NSRecursiveLock()
    }

    var engine: QueryEngine { session.engine }
    var principal: Principal { session.principal }
    var connection: Connection { session.connection }

    /// Stops the statement: DuckDB's work and the workers' batches. From any thread.
    func cancel() {
        cancellation.cancel()
        interrupt()
    }

    /// Interrupts DuckDB, again and again until the statement is over: an interrupt that comes between two of the
    /// statement's steps is forgotten by the next.
    private func interrupt() {
        if gate.try() {
            defer { gate.unlock() }
            guard !over.withLock({ $0 }) else { return }
            connection.interrupt()
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(25)) { [weak self] in self?.interrupt() }
    }

    /// What a look-up finds; nil for what is not there.
    func existing<Found>(_ find: () throws -> Found) throws -> Found? {
        do { return try find() } catch let error as RegistryError where error.code == .notFound { return nil }
    }

    /// Runs what must not be cut short, such as ROLLBACK.
    func undisturbed<Value>(_ body: () throws -> Value) rethrows -> Value { try gate.withLock(body) }

    /// Registers what must happen when the statement is over, however it ends.
    func afterwards(_ cleanup: @escaping @Sendable () -> Void) { cleanups.withLock { $0.append(cleanup) } }

    private func cleanUp() {
        let all = cleanups.withLock { list in
            defer { list = [] }
            return list
        }
        closeReadSnapshot()
        for cleanup in all.reversed() { cleanup() }
    }

    /// Runs a parsed statement.
    ///
    /// - Throws: `RegistryError`; nothing of a failed statement stays.
    func execute(_ statement: Statement) throws -> StatementResult {
        defer {
            gate.withLock { over.withLock { $0 = true } }
            cleanUp()
        }
        if session.mustRollBack {
            rollBack()
            if session.mustRollBack { try MemoryLimit.refuse() }
        }
        if session.transactionFailed { return try endFailedTransaction(statement) }
        do {
            return try perform(statement)
        } catch {
            noteFailedTransaction()
            throw error
        }
    }

    /// DuckDB gives up a transaction when a statement in it fails while it runs: what came before is gone, and nobody
    /// may take it for kept.
    private func noteFailedTransaction() {
        guard session.inTransaction, (try? connection.execute("SELECT 1")) == nil else { return }
        session.inTransaction = false
        session.transactionFailed = true
        rollBack()
    }

    private func endFailedTransaction(_ statement: Statement) throws -> StatementResult {
        switch statement {
        case .rollback:
            session.transactionFailed = false
            return status("Statement executed successfully.")
        case .commit:
            session.transactionFailed = false
            throw RegistryError(
                .failedPrecondition, "The transaction was rolled back: a statement in it had failed.",
                hint: "Run its statements again.")
        default:
            throw RegistryError(
                .failedPrecondition,
                "The transaction is over: a statement in it failed, and all of it was rolled back.",
                hint: "End it with ROLLBACK, then run its statements again.")
        }
    }

    private func perform(_ statement: Statement) throws -> StatementResult {
        switch statement {
        case .insert: break
        default:
            guard request.boundRows == nil else {
                throw RegistryError(.unsupported, "Arrays of values can be bound to INSERT only.")
            }
        }
        switch statement {
        case .query(let text): return try runQuery(text)
        case .explain(let text): return try explain(text)
        case .flow(let statements): return try runFlow(statements)
        case .insert(let insert): return try runInsert(insert)
        case .update(let update): return try runUpdate(update)
        case .delete(let delete): return try runDelete(delete)
        case .merge(let merge): return try runMerge(merge)
        case .show(let show): return try runShow(show)
        case .describe(let describe): return try runDescribe(describe)
        case .use, .alterSession, .setVariables, .unsetVariables, .begin, .commit, .rollback:
            return try describingOnly(Self.statusColumn) { try runSessionCommand(statement) }
        case .put(let put): return try runPut(put)
        case .get(let get): return try runGet(get)
        case .list(let list): return try runList(list)
        case .remove(let list): return try runRemove(list)
        case .copyIntoTable(let copy): return try runCopy(copy)
        case .copyIntoStage(let copy): return try runUnload(copy)
        case .unsupported(let statement): throw statement.error
        default:
            return try describingOnly(Self.columns(of: statement)) {
                try commitOpenTransaction()
                return try runDefinition(statement)
            }
        }
    }

    /// Statements that define or grant something: they commit what is open and run alone.
    private func runDefinition(_ statement: Statement) throws -> StatementResult {
        switch statement {
        case .createModel(let create): return try createModel(create)
        case .alterModel(let alter): return try alterModel(alter)
        case .createDatabase(let create): return try createDatabase(create)
        case .createSchema(let create): return try createSchema(create)
        case .createTable(let create): return try createTable(create)
        case .createView(let create): return try createView(create)
        case .createStage(let create): return try createStage(create)
        case .createFileFormat(let create): return try createFileFormat(create)
        case .createTag(let create): return try createTag(create)
        case .createWarehouse(let create): return try createWarehouse(create)
        case .createRole(let create): return try createRole(create)
        case .createUser(let create): return try createUser(create)
        case .alterTable(let alter): return try alterTable(alter)
        case .alter(let alter): return try alterObject(alter)
        case .drop(let drop): return try dropObject(drop)
        case .undrop(let undrop): return try undropObject(undrop)
        case .truncate(let truncate): return try truncateTable(truncate)
        case .comment(let comment): return try setComment(comment)
        case .grant(let grant): return try runGrant(grant, revoke: false)
        case .revoke(let grant): return try runGrant(grant, revoke: true)
        case .grantRole(let grant): return try runGrantRole(grant, revoke: false)
        case .revokeRole(let grant): return try runGrantRole(grant, revoke: true)
        default: throw RegistryError(.internal, "A statement has no command.")
        }
    }

    // MARK: Results

    static let statusColumn = [ResultColumn("status", .string)]

    /// The columns of what a definition gives.
    private static func columns(of statement: Statement) -> [ResultColumn] {
        if case .alter(let alter) = statement, case .accessToken(let action) = alter.action {
            return columns(of: action)
        }
        return statusColumn
    }

    /// For a request that only describes: the columns, without running `body`.
    func describingOnly(_ columns: [ResultColumn], _ body: () throws -> StatementResult) throws -> StatementResult {
        guard request.describeOnly else { return try body() }
        return StatementResult(columns: columns, rows: .described, rowCount: 0, type: .other)
    }

    /// One row, one column: what every command answers.
    func status(_ text: String) -> StatementResult { table(Self.statusColumn, [[text]]) }

    /// A small result of text cells in the wire's JSON form.
    func table(_ columns: [ResultColumn], _ rows: [[String?]], type: StatementType = .other) -> StatementResult {
        let encoded = TextResult(columns: columns, rows: rows)
        return StatementResult(
            columns: columns, rows: .json([ResultChunk(bytes: encoded.json().data, rowCount: rows.count)]),
            rowCount: rows.count, type: type)
    }

    // MARK: Names

    /// The full name of an object in a schema: missing parts come from the session.
    ///
    /// - Throws: `invalidArgument` when the session has no database or schema to fill in.
    func resolve(_ reference: ObjectReference, kind: String) throws -> ObjectName {
        try fullName(try partialName(reference), kind: kind)
    }

    /// - Parameter home: what to fill in instead of the session's database and schema.
    func fullName(_ name: PartialName, kind: String, home: Namespace? = nil) throws -> ObjectName {
        let parts = name.parts
        switch parts.count {
        case 3: return ObjectName(parts[0], parts[1], parts[2])
        case 2: return ObjectName(try home?.database ?? currentDatabase(for: "\(kind) \(name)"), parts[0], parts[1])
        case 1:
            if let home { return ObjectName(home, parts[0]) }
            guard let schema = session.summary.schema else {
                throw RegistryError(
                    .invalidArgument, "Cannot resolve \(kind) '\(name)': this session does not have a current schema.",
                    hint: "Call USE SCHEMA, or write a qualified name.")
            }
            return ObjectName(try currentDatabase(for: "\(kind) \(name)"), schema, parts[0])
        default:
            throw RegistryError(.invalidArgument, "The name '\(name)' has \(parts.count) parts: at most 3 are allowed.")
        }
    }

    func currentDatabase(for what: String) throws -> Identifier {
        guard let database = session.summary.database else {
            throw RegistryError(
                .invalidArgument, "Cannot resolve \(what): this session does not have a current database.",
                hint: "Call USE DATABASE, or write a qualified name.")
        }
        return database
    }

    /// The namespace that a one- or two-part schema name means.
    func namespace(_ reference: ObjectReference) throws -> Namespace {
        let parts = try partialName(reference).parts
        switch parts.count {
        case 1: return Namespace(try currentDatabase(for: "schema \(parts[0])"), parts[0])
        case 2: return Namespace(parts[0], parts[1])
        default: throw RegistryError(.invalidArgument, "A schema's name has one or two parts, not \(parts.count).")
        }
    }

    /// The name of a database, role, user or warehouse: one part.
    func simpleName(_ reference: ObjectReference, kind: String) throws -> Identifier {
        let name = try partialName(reference)
        guard name.parts.count == 1 else {
            throw RegistryError(
                .invalidArgument, "The name of a \(kind) has one part: '\(name)' has \(name.parts.count).")
        }
        return name.last
    }

    /// The name behind IDENTIFIER(?), IDENTIFIER($v) or a plain name.
    func partialName(_ reference: ObjectReference) throws -> PartialName {
        switch reference {
        case .name(let name): return folded(name)
        case .binding(let index): return folded(PartialName(try Identifier.split(try boundText(index))))
        case .variable(let name):
            guard let literal = session.variables[name], let text = Self.text(ofLiteral: literal) else {
                throw RegistryError(.invalidArgument, "The session variable $\(name) is not set to a text.")
            }
            return folded(PartialName(try Identifier.split(text)))
        }
    }

    private func folded(_ name: PartialName) -> PartialName {
        guard session.parameters.ignoresCaseOfQuotedIdentifiers else { return name }
        return PartialName(name.parts.map { Identifier(resolved: $0.name.uppercased()) })
    }

    /// The text bound to `?` number `index`, from 1.
    func boundText(_ index: Int) throws -> String {
        guard request.bindings.indices.contains(index - 1) else {
            throw RegistryError(
                .invalidArgument,
                "The statement has a ? number \(index), but \(request.bindings.count) values are bound.")
        }
        guard let text = Self.text(ofLiteral: request.bindings[index - 1]) else {
            throw RegistryError(.invalidArgument, "The value bound to ? number \(index) must be a text.")
        }
        return text
    }

    /// The value of a plain string literal, nil for any other literal.
    static func text(ofLiteral literal: String) -> String? { QuotedText.value(ofLiteral: literal) }

    // MARK: Transactions

    /// DDL and registry statements commit what is open first, as in Snowflake.
    func commitOpenTransaction() throws {
        guard session.inTransaction else { return }
        let actions = session.takeCommitActions()
        session.inTransaction = false
        try commit()
        for action in actions { action() }
    }

    /// Rolls back what is open in DuckDB. That takes memory too: where there is none for a second, the session's next
    /// statement does it first.
    func rollBack() {
        session.mustRollBack = undisturbed {
            for _ in 0..<StatementContext.rollbackAttempts {
                do {
                    try connection.execute("ROLLBACK")
                    return false
                } catch let error as RegistryError where error.isOutOfMemory {
                    MemoryLimit.giveBack()
                    Thread.sleep(forTimeInterval: StatementContext.rollbackPause)
                } catch {
                    // DuckDB refuses it when it rolled back by itself.
                    engine.logger.debug("a transaction was rolled back by itself", metadata: ["error": "\(error)"])
                    return false
                }
            }
            return true
        }
    }

    private static let rollbackAttempts = 20
    /// In seconds.
    private static let rollbackPause = 0.05

    /// Commits what is open in DuckDB. That the checkpoint after it found no memory is no failure of the transaction.
    func commit() throws {
        do {
            try undisturbed { try connection.execute("COMMIT") }
        } catch let error as RegistryError where error.isAfterCommit {
            engine.recover(from: error)
        }
    }
}
