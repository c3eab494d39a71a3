import Access
import DuckDB
import Engine
import Foundation
import Hummingbird
import HummingbirdTesting
import Inference
import Logging
import NIOCore
import NIOPosix
import Registry
import Store
import Synchronization
import TestSupport
import Testing
import Transfer
import Types

@testable import Snowflake

/// The protocol's routes over a real engine, in a directory of its own, with a clock moved by hand.
final class DoorHouse: Sendable {
    static let password = "correct horse battery"
    let directory = FileManager.default.temporaryDirectory.appending(path: "door-\(UUID().uuidString)")
    let engine: QueryEngine
    let tokens: SessionTokens
    let application: Application<RouterResponder<BasicRequestContext>>
    /// Every route of the door: its path, with `:id` where a query's id stands, and its method.
    let routes: [(path: String, method: HTTPRequest.Method)]
    private let catalog: CatalogStore
    private let data: DataDirectory

    static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    init(_ change: (inout SnowflakeDoor.Settings) -> Void = { _ in }, chunkRows: Int = 100_000) throws {
        data = try DataDirectory(at: directory)
        catalog = try CatalogStore(file: data.catalogFile, clock: .wall)
        _ = try catalog.pragma("synchronous = OFF")
        let artifacts = try ArtifactStore(directory: data.blobs)
        let access = AccessControl()
        let accounts = Accounts(catalog: catalog, access: access, cost: .cheapest)
        let registry = ModelRegistry(
            catalog: catalog, artifacts: artifacts,
            trees: try VersionTree(directory: data.versions, artifacts: artifacts), access: access)
        let databases = try UserDatabases(
            library: try NativeLibrary.load(), dataDirectory: data.url, memoryBytes: 512 << 20, threads: 2)
        _ = try accounts.bootstrap(password: DoorHouse.password)
        try registry.prepareAtStart()
        try databases.reconcile(with: registry)
        let logger = Logger(label: "door") { _ in SwiftLogNoOpLogHandler() }
        var settings = QueryEngine.Settings()
        settings.chunkRows = chunkRows
        let now: @Sendable () -> Date = { Date() }
        engine = QueryEngine(
            settings: settings, registry: registry, access: access, accounts: accounts,
            runtime: ModelRuntime(
                RuntimeConfiguration(
                    versionsDirectory: data.versions, environmentsDirectory: data.environments, basePython: "/no/python"
                ),
                logger: logger),
            urls: SignedURL(key: try SigningKey.loadOrCreate(in: data.keys)), address: { _ in "http://127.0.0.1:1" },
            databases: databases,
            results: try ResultStore(directory: data.results, settings: settings.results, now: now),
            history: QueryHistory(catalog: catalog), methods: MethodFunctions(databases: databases), logger: logger,
            now: now, execute: { work in DoorHouse.pool.submit { _ in work() } })
        let offset = Offset()
        self.offset = offset
        tokens = SessionTokens(
            lifetimes: .init(sessionSeconds: 60, masterSeconds: 600),
            time: TimeSource { Int64(Date().timeIntervalSince1970 * 1000) + offset.milliseconds.withLock { $0 } })
        var door = SnowflakeDoor.Settings()
        change(&door)
        let router = Router()
        SnowflakeDoor(
            engine: engine, authenticator: Authenticator(catalog: catalog, cost: .cheapest), tokens: tokens,
            settings: door,
            logger: logger, blocking: DoorHouse.pool
        ).addRoutes(to: router)
        routes = router.routes.map { ("\($0.path)", $0.method) }
        application = Application(router: router, logger: logger)
    }

    private final class Offset: Sendable {
        let milliseconds = Mutex<Int64>(0)
    }
    private let offset: Offset

    /// Lets tokens grow older.
    func advance(seconds: Int64) { offset.milliseconds.withLock { $0 += seconds * 1000 } }

    deinit {
        try? catalog.close()
        data.release()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Runs `body` with a client of the routes.
    func test(_ body: @escaping @Sendable (Wire) async throws -> Void) async throws {
        try await application.test(.router) { try await body(Wire(client: $0)) }
    }
}

/// Requests of the protocol, and answers as trees.
struct Wire {
    let client: any TestClientProtocol

    func send(
        _ uri: String, _ body: String = "{}", token: String? = nil, method: HTTPRequest.Method = .post,
        encoding: String? = nil, bytes: [UInt8]? = nil
    ) async throws -> SyntaxNode {
        var headers = HTTPFields()
        if let token { headers[.authorization] = "Snowflake Token=\"\(token)\"" }
        if let encoding { headers[.contentEncoding] = encoding }
        return try await client.execute(
            uri: uri, method: method, headers: headers,
            body: method == .get ? nil : ByteBuffer(bytes: bytes ?? Array(body.utf8))
        ) { response in
            #expect(response.status == .ok && response.headers[.contentType] == "application/json")
            return try SyntaxNode(parsing: Array(response.body.readableBytesView))
        }
    }

    func login(
        _ user: String = "ADMIN", _ password: String = DoorHouse.password,
        query: String = "?databaseName=ML&schemaName=PUBLIC",
        more: String = ""
    ) async throws -> SyntaxNode {
        try await send(
            "/session/v1/login-request\(query)",
            #"{"data":{"LOGIN_NAME":"\#(user)","PASSWORD":"\#(password)"\#(more)}}"#)
    }

    /// Logs in; gives the session token and the master token.
    func tokens() async throws -> (session: String, master: String) {
        let data = try #require(try await login()["data"])
        return (data.name("token"), data.name("masterToken"))
    }

    func query(_ sql: String, _ token: String, more: String = "", id: String = UUID().uuidString) async throws
        -> SyntaxNode
    {
        try await send(
            "/queries/v1/query-request?requestId=\(id)", #"{"sqlText":\#(SyntaxNode.string(sql).json)\#(more)}"#,
            token: token)
    }
}

extension SyntaxNode {
    var succeeded: Bool { self["success"] == .bool(true) }
    var code: String { name("code") }
    var message: String { name("message") }
    func data(_ key: String) -> SyntaxNode? { self["data"]?[key] }
}
