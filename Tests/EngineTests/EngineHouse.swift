import Access
import DuckDB
import Foundation
import Inference
import Logging
import NIOPosix
import Registry
import Store
import Synchronization
import TestSupport
import Testing
import Transfer
import Types

@testable import Engine

/// The parts of a server without its port, in a directory of its own: real DuckDB, real catalog.
final class EngineHouse: Sendable {
    let directory: URL
    /// The names of the files in which results lie.
    var resultFiles: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: "results").path) }
    }
    let catalog: CatalogStore
    let registry: ModelRegistry
    let accounts: Accounts
    let engine: QueryEngine
    let runtime: ModelRuntime
    let clock = MovableClock()
    private let data: DataDirectory
    static let admin = Principal(user: name("ADMIN"), role: name("ACCOUNTADMIN"))

    /// One pool for all tests: statements block.
    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 32)
        pool.start()
        return pool
    }()

    /// - Parameter directory: an existing data directory, to open it again.
    init(in directory: URL? = nil, _ change: (inout QueryEngine.Settings) -> Void = { _ in }) throws {
        self.directory =
            directory ?? FileManager.default.temporaryDirectory.appending(path: "engine-\(UUID().uuidString)")
        data = try DataDirectory(at: self.directory)
        catalog = try CatalogStore(file: data.catalogFile, clock: .wall)
        // Nothing here is about power cuts.
        _ = try catalog.pragma("synchronous = OFF")
        let artifacts = try ArtifactStore(directory: data.blobs)
        let access = AccessControl()
        accounts = Accounts(catalog: catalog, access: access, cost: .cheapest)
        registry = ModelRegistry(
            catalog: catalog, artifacts: artifacts,
            trees: try VersionTree(directory: data.versions, artifacts: artifacts), access: access)
        let databases = try UserDatabases(
            library: try NativeLibrary.load(), dataDirectory: data.url, memoryBytes: 1 << 30, threads: 2)
        _ = try accounts.bootstrap(password: "correct horse battery")
        try registry.prepareAtStart()
        try databases.reconcile(with: registry)
        let logger = Logger(label: "engine") { _ in SwiftLogNoOpLogHandler() }
        runtime = ModelRuntime(
            RuntimeConfiguration(
                versionsDirectory: data.versions, environmentsDirectory: data.environments,
                basePython: ProcessInfo.processInfo.environment["ROOST_WORKER_PYTHON"] ?? "/no/python"), logger: logger)
        var settings = QueryEngine.Settings()
        change(&settings)
        let now: @Sendable () -> Date = { [clock] in clock.now }
        engine = QueryEngine(
            settings: settings, registry: registry, access: access, accounts: accounts, runtime: runtime,
            urls: SignedURL(key: try SigningKey.loadOrCreate(in: data.keys)), address: { _ in "http://127.0.0.1:1" },
            databases: databases,
            results: try ResultStore(directory: data.results, settings: settings.results, now: now),
            history: QueryHistory(catalog: catalog), methods: MethodFunctions(databases: databases), logger: logger,
            now: now, execute: { work in EngineHouse.pool.submit { _ in work() } })
    }

    /// Closes what is open but leaves the files, as a crash would.
    func abandon() throws {
        try catalog.close()
        data.release()
    }

    deinit {
        runtime.shutdown()
        try? catalog.close()
        data.release()
        try? FileManager.default.removeItem(at: directory)
    }

    /// A session in ML.PUBLIC.
    func open(_ principal: Principal = EngineHouse.admin, schema: String? = "PUBLIC") throws -> Client {
        Client(
            house: self,
            session: try engine.openSession(
                principal: principal, database: schema == nil ? nil : name("ML"), schema: schema.map(name),
                warehouse: nil))
    }

    /// A new user with a role of the same name that may use ML and ML.PUBLIC, and nothing more.
    func member(_ text: String, usage: Bool = true) throws -> Principal {
        let identifier = name(text)
        try accounts.createRole(identifier, as: EngineHouse.admin)
        try accounts.createUser(identifier, as: EngineHouse.admin)
        try accounts.grantRole(identifier, to: .user, identifier, as: EngineHouse.admin)
        if usage {
            let database = try registry.findDatabase(name("ML"), as: EngineHouse.admin).reference
            let schema = try registry.findSchema(Namespace(name("ML"), name("PUBLIC")), as: EngineHouse.admin).reference
            _ = try accounts.grant(["USAGE"], on: .object(database), to: identifier, as: EngineHouse.admin)
            _ = try accounts.grant(["USAGE"], on: .object(schema), to: identifier, as: EngineHouse.admin)
        }
        return Principal(user: identifier, role: identifier)
    }
}

func name(_ text: String) -> Identifier { Identifier(resolved: text) }

/// The wall clock, moved on by hand.
final class MovableClock: Sendable {
    private let offset = Mutex(0.0)
    var now: Date { Date().addingTimeInterval(offset.withLock { $0 }) }
    func advance(_ seconds: Double) { offset.withLock { $0 += seconds } }
}

/// A session and the house it lives in.
struct Client: Sendable {
    let house: EngineHouse
    let session: Session

    /// What a statement gave, decoded from its JSON form.
    struct Answer: Sendable {
        let columns: [ResultColumn]
        let rows: [[String?]]
        let result: StatementResult
        let queryID: String
        /// The first cell.
        var value: String? { rows.first?.first ?? nil }
        var names: [String] { columns.map(\.name) }
    }

    func submit(_ request: StatementRequest, requestID: String? = nil) -> QueryExecution {
        house.engine.submit(request, to: session, requestID: requestID)
    }

    func submit(_ sql: String, requestID: String? = nil) -> QueryExecution {
        submit(StatementRequest(sql: sql, prefersArrow: false), requestID: requestID)
    }

    /// Runs a statement to its end.
    @discardableResult
    func run(_ sql: String, _ bindings: [String] = [], arrow: Bool = false, describeOnly: Bool = false) async throws
        -> Answer
    {
        let run = submit(
            StatementRequest(sql: sql, bindings: bindings, describeOnly: describeOnly, prefersArrow: arrow))
        return try await finish(run)
    }

    func finish(_ run: QueryExecution) async throws -> Answer {
        guard await run.finished(within: 120), let outcome = run.outcome else {
            throw RegistryError(.timeout, "The test's statement does not end: \(run.sql.prefix(200))")
        }
        let result = try outcome.get()
        return Answer(columns: result.columns, rows: try rows(of: result), result: result, queryID: run.id)
    }

    func rows(_ sql: String, _ bindings: [String] = []) async throws -> [[String?]] {
        try await run(sql, bindings).rows
    }

    func value(_ sql: String, _ bindings: [String] = []) async throws -> String? { try await run(sql, bindings).value }

    /// The error of a statement that must fail.
    func failure(_ sql: String, _ bindings: [String] = [], describeOnly: Bool = false) async -> RegistryError? {
        do {
            _ = try await run(sql, bindings, describeOnly: describeOnly)
            return nil
        } catch {
            return error as? RegistryError
        }
    }

    private func rows(of result: StatementResult) throws -> [[String?]] {
        switch result.rows {
        case .json(let chunks):
            return try chunks.flatMap { chunk in
                try SyntaxNode(parsing: [UInt8(ascii: "[")] + chunk.bytes + [UInt8(ascii: "]")]).elements.map { row in
                    row.elements.map(\.text)
                }
            }
        case .arrow(let chunks):
            return try chunks.flatMap { try ResultCell.rows(ofArrow: $0.bytes, result.columns) }
        case .transfer, .described: return []
        }
    }
}
