import Access
import Dispatch
import DuckDB
import Engine
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Inference
import Logging
import MLflow
import NIOCore
import NIOPosix
import NIOSSL
import Registry
import ServiceLifecycle
import Snowflake
import Store
import Synchronization
import Tracking
import Transfer
import Types
import UnixSignals

/// The parts of a running server: made in their order, closed in the reverse.
final class House: Sendable {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let started: Date
    private let directory: DataDirectory
    private let catalog: CatalogStore
    private let artifacts: ArtifactStore
    private let registry: ModelRegistry
    private let runtime: ModelRuntime
    private let engine: QueryEngine
    private let tokens: SessionTokens
    private let authenticator: Authenticator
    private let access: AccessControl
    private let accounts: Accounts
    private let signingKey: SigningKey
    private let urls: SignedURL
    /// Where the server is reached: known exactly once it listens.
    private let published: PublishedAddress
    private let statements: NIOThreadPool
    private let blocking: NIOThreadPool
    /// Where names of webhooks' receivers are resolved: what hangs there holds up nothing else.
    private let resolving: NIOThreadPool
    /// Whether the process was told to stop.
    private let isStopping = Atomic(false)

    /// Opens everything but the port.
    ///
    /// - Throws: `RegistryError` naming the part that can't be opened and what mends it.
    init(_ configuration: ServerConfiguration, logger: Logger, started: Date) throws {
        self.configuration = configuration
        self.logger = logger
        self.started = started
        let now: @Sendable () -> Date = { Date() }
        directory = try DataDirectory(at: URL(fileURLWithPath: configuration.dataDirectory).standardizedFileURL)
        catalog = try CatalogStore(file: directory.catalogFile, clock: .wall)
        artifacts = try ArtifactStore(directory: directory.blobs)
        access = AccessControl()
        let cost = try PasswordHash.Cost.rounds(configuration.passwordCost)
        accounts = Accounts(catalog: catalog, access: access, cost: cost)
        registry = ModelRegistry(
            catalog: catalog, artifacts: artifacts,
            trees: try VersionTree(directory: directory.versions, artifacts: artifacts), access: access,
            limits: configuration.limits, retention: Int64(configuration.collectionRetentionSeconds) * 1000)
        try House.checkAuthorities(configuration.webhooks.certificates)
        let library = try Library.load(directory: configuration.nativeDirectory)
        let memory = SQLMemory(setting: configuration.sqlMemoryBytes)
        let databases = try UserDatabases(
            library: library, dataDirectory: directory.url, memoryBytes: memory.engineBytes,
            threads: configuration.sqlThreads)
        let administrator = try Identifier(parsing: configuration.adminUser)
        if let first = try accounts.bootstrap(administrator: administrator, password: configuration.adminPassword) {
            try House.welcome(first)
        }
        try registry.prepareAtStart()
        try databases.reconcile(with: registry)
        // Not before: what a crash left in the databases' logs must be read.
        MemoryLimit.set(residentBytes: memory.serverBytes)
        runtime = ModelRuntime(
            House.runtimeConfiguration(
                configuration, versions: directory.versions, environments: directory.environments), logger: logger)
        published = PublishedAddress(try House.address(configuration, port: configuration.port))
        signingKey = try SigningKey.loadOrCreate(in: directory.keys)
        urls = SignedURL(key: signingKey)
        statements = NIOThreadPool(numberOfThreads: configuration.statements)
        blocking = NIOThreadPool(numberOfThreads: 8)
        resolving = NIOThreadPool(numberOfThreads: 2)
        tokens = SessionTokens(
            lifetimes: .init(
                sessionSeconds: configuration.sessionValiditySeconds, masterSeconds: configuration.masterValiditySeconds
            ))
        authenticator = Authenticator(
            catalog: catalog, issuer: try configuration.oauth.map { try OAuthIssuer($0) }, cost: cost)
        let settings = House.engineSettings(configuration)
        engine = QueryEngine(
            settings: settings, registry: registry, access: access, accounts: accounts, runtime: runtime, urls: urls,
            address: { [published] host in published.base(requestHost: host) }, databases: databases,
            results: try ResultStore(directory: directory.results, settings: settings.results, now: now),
            history: QueryHistory(catalog: catalog, logger: logger), methods: MethodFunctions(databases: databases),
            logger: logger, now: now,
            execute: { [statements] work in statements.submit { state in if state == .active { work() } } })
        AdministratorOperations(
            catalog: catalog, artifacts: artifacts, access: access, databases: databases, directory: directory,
            backupDirectory: configuration.backupDirectory
        ) { [registry, runtime, directory] in
            House.collector(registry, runtime, directory, configuration)
        }.register(with: engine.operations)
    }

    /// Listens until the process is told to stop.
    func serve() async throws {
        statements.start()
        blocking.start()
        let multipart = MultipartUploads(
            artifacts: artifacts, maximumBytes: Int64(configuration.uploadLimitBytes))
        resolving.start()
        let counters = RequestCounters()
        let router = Router()
        router.add(middleware: CountingMiddleware(counters: counters))
        router.add(middleware: HostCheck(allowed: servedHosts))
        let mlflow = MLflowDoor(
            registry: registry,
            tracking: TrackingStore(
                catalog: catalog, access: access, home: configuration.homeSchema,
                bytesQuota: configuration.trackedBytesQuota),
            artifacts: artifacts, accounts: accounts, authenticator: authenticator, key: signingKey, multipart: multipart,
            urls: URLMint(
                urls: urls, validitySeconds: configuration.transferValiditySeconds, now: { Date() },
                address: { [published] in published.address }),
            uploadLimit: Int64(configuration.uploadLimitBytes), webhooks: configuration.webhooks, logger: logger,
            blocking: blocking, resolving: resolving)
        HealthRoutes(
            engine: engine, counters: counters, webhooks: { mlflow.webhooks.counts }, startedAt: started
        ).addRoutes(to: router)
        var door = SnowflakeDoor.Settings()
        door.requestLimitBytes = configuration.requestLimitBytes
        door.slowStatementSeconds = configuration.slowStatementSeconds
        SnowflakeDoor(
            engine: engine, authenticator: authenticator, tokens: tokens, settings: door, logger: logger,
            blocking: blocking
        ).addRoutes(to: router)
        mlflow.addRoutes(to: router)
        TransferRoutes(
            urls: urls, uploads: uploads, multipart: multipart, artifacts: artifacts, results: engine.results, blocking: blocking,
            now: { Date() }, logger: logger
        ).addRoutes(to: router)

        let application = Application(
            router: router, server: try server(),
            configuration: .init(
                address: .hostname(configuration.address, port: configuration.port), serverName: "roost",
                backlog: 1024),
            services: [
                Maintenance(
                    engine: engine, tokens: tokens, logger: logger, blocking: blocking,
                    collector: House.collector(registry, runtime, directory, configuration)),
                WebhookDeliveries(deliverer: mlflow.webhooks),
            ],
            onServerRunning: { [self] channel in announce(channel) },
            logger: quietLogger)
        let notice = ShutdownNotice { [self] in
            isStopping.store(true, ordering: .releasing)
            // Statements are cut short, so that their requests are answered and the server stops within seconds.
            engine.closeSessions(unless: { _ in false })
        }
        var group = ServiceGroupConfiguration(
            services: [.init(service: application), .init(service: notice)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
        group.maximumGracefulShutdownDuration = House.shutdownTime
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            // What does not end in time, e.g. an upload whose client stalls, is cut off: the server ends all the same.
            guard isStopping.load(ordering: .acquiring) else { throw error }
            logger.warning("requests did not end in time and were cut off", metadata: ["error": "\(error)"])
        }
    }

    /// Longest wait for requests to end by themselves once the process was told to stop.
    private static let shutdownTime = Duration.seconds(10)
    /// Time after which a connection is closed whose client neither asks nor takes part in a request.
    private static let idleTime = Duration.seconds(90)
    /// Longest wait for statements that are being cut short, in seconds.
    private static let drainSeconds = 5.0
    /// Longest wait for the query history where statements did not end, in seconds.
    private static let lastWriteSeconds = 2.0

    /// Stops the workers, waits for the threads that use the stores, and closes these; safe after a failed start, too.
    func close() {
        engine.closeSessions(unless: { _ in false })
        runtime.shutdown()
        guard drained() else {
            // Everything acknowledged is on disk: an open store does no harm, one closed under its users would.
            logger.warning("statements did not end in time; the server stops without closing its stores")
            writeHistory()
            return
        }
        do {
            try engine.history.flush()
            try catalog.close()
        } catch {
            logger.error("the catalog could not be closed", metadata: ["error": "\(error)"])
        }
        directory.release()
    }

    /// Whether all threads that statements and routes run on have come to rest.
    private func drained() -> Bool {
        let done = DispatchGroup()
        for pool in [statements, blocking, resolving] {
            done.enter()
            pool.shutdownGracefully { _ in done.leave() }
        }
        return done.wait(timeout: .now() + House.drainSeconds) == .success
    }

    /// Writes the history while others still use the catalog; gives up where one of them holds it.
    private func writeHistory() {
        let done = DispatchGroup()
        DispatchQueue.global().async(group: done) { [engine, logger] in
            do { try engine.history.flush() } catch {
                logger.error("the query history could not be written", metadata: ["error": "\(error)"])
            }
        }
        if done.wait(timeout: .now() + House.lastWriteSeconds) == .timedOut {
            logger.warning("the query history could not be written: the catalog is in use")
        }
    }

    // MARK: Parts

    private var uploads: Uploads {
        Uploads(artifacts: artifacts, maximumBytes: Int64(configuration.uploadLimitBytes)) { [registry] target, blob in
            switch target {
            case .stageUpload(let stageID, let path):
                try registry.recordUpload(of: blob, to: .stage(stageID), path: path)
            case .liveVersionUpload(let versionID, let path):
                try registry.recordUpload(of: blob, to: .version(versionID), path: path)
            case .blobDownload, .resultChunk, .uploadPart:
                throw RegistryError(.invalidArgument, "This URL is not for a file that is sent as a whole.")
            }
        }
    }

    /// Hummingbird's own lines, e.g. on every connection that breaks off, are for debugging.
    private var quietLogger: Logger {
        var logger = logger
        if logger.logLevel >= .info { logger.logLevel = .warning }
        return logger
    }

    private var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(configuration.address) }

    /// The hosts that requests may name; empty for any.
    private var servedHosts: AllowedHosts {
        var hosts = configuration.allowedHosts
        if hosts.isEmpty, !isLoopback { return AllowedHosts([String]()) }
        if let host = configuration.publicURL.flatMap(URL.init(string:))?.host { hosts.insert(host) }
        return AllowedHosts(hosts.union(AllowedHosts.loopbackNames))
    }

    private func server() throws -> HTTPServerBuilder {
        let http = HTTPServerBuilder { responder in
            LoopBoundChannel(
                base: HTTP1Channel(
                    responder: responder,
                    configuration: .init(additionalChannelHandlers: [IdleConnectionHandler(timeout: House.idleTime)])))
        }
        guard let certificate = configuration.tlsCertificate, let key = configuration.tlsKey else { return http }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            return try .tls(http, tlsConfiguration: tls)
        } catch {
            throw RegistryError(
                .invalidArgument, "The TLS certificate '\(certificate)' or its key '\(key)' can't be used: \(error).",
                hint: "Both must be PEM files, and the key must be the certificate's.", cause: error)
        }
    }

    private static func checkAuthorities(_ file: String?) throws {
        guard let file else { return }
        do { _ = try NIOSSLCertificate.fromPEMFile(file) } catch {
            throw RegistryError(
                .invalidArgument, "The authorities in '\(file)' can't be used: \(error).",
                hint: "The setting 'webhook-certificates' is a PEM file of certificates.", cause: error)
        }
    }

    private func announce(_ channel: any Channel) {
        let port = channel.localAddress?.port ?? configuration.port
        do { published.set(try House.address(configuration, port: port)) } catch {
            logger.error("the public address is not valid", metadata: ["error": "\(error)"])
        }
        let scheme = configuration.tlsCertificate == nil ? "http" : "https"
        let host = configuration.address.contains(":") ? "[\(configuration.address)]" : configuration.address
        FileHandle.standardError.write(Data("listening on \(scheme)://\(host):\(port)\n".utf8))
        if PublicAddress.isWildcard(configuration.address), configuration.publicURL == nil,
            configuration.allowedHosts.isEmpty
        {
            logger.warning(
                """
                clients on other machines can't transfer files or fetch large results: the URLs that they get begin \
                with this machine's loopback address. Set public-url, or allowed-hosts, to what they call this server
                """,
                metadata: ["url": "\(published.base(requestHost: nil))"])
        }
        logger.info(
            "ready",
            metadata: ["ms": "\(Int(Date().timeIntervalSince(started) * 1000))", "data": "\(directory.url.path)"])
    }

    private static func address(_ configuration: ServerConfiguration, port: Int) throws -> PublicAddress {
        try PublicAddress(
            publicURL: configuration.publicURL,
            allowedHosts: Array(configuration.allowedHosts.union(AllowedHosts.loopbackNames)),
            listenHost: configuration.address, listenPort: port, tls: configuration.tlsCertificate != nil)
    }

    private static func welcome(_ first: Accounts.FirstStart) throws {
        guard let password = first.generatedPassword else { return }
        FileHandle.standardError.write(
            Data(
                """
                The administrator is \(first.administrator) with the password \(password)
                It is shown this once; 'roost admin reset-password' makes a new one.

                """.utf8))
    }

    private static func collector(
        _ registry: ModelRegistry, _ runtime: ModelRuntime, _ directory: DataDirectory,
        _ configuration: ServerConfiguration
    ) -> GarbageCollector {
        GarbageCollector(
            registry: registry, databases: directory.databases, environments: directory.environments,
            environmentsInUse: runtime.environmentsInUse,
            retentionSeconds: configuration.collectionRetentionSeconds,
            graceSeconds: configuration.collectionGraceSeconds,
            trackingRetentionSeconds: configuration.trackingRetentionSeconds)
    }

    static func runtimeConfiguration(_ configuration: ServerConfiguration, versions: URL, environments: URL)
        -> RuntimeConfiguration
    {
        var runtime = RuntimeConfiguration(
            versionsDirectory: versions, environmentsDirectory: environments,
            basePython: configuration.workerPython)
        runtime.uv = configuration.uv
        runtime.sandbox = configuration.sandbox == "on" ? .full : configuration.sandbox == "off" ? .off : .partial
        runtime.workersPerMethod = configuration.workers
        runtime.maximumWorkers = configuration.maximumWorkers
        runtime.workerMemory = configuration.workerMemoryBytes
        runtime.callTimeoutSeconds = Double(configuration.workerTimeoutSeconds)
        runtime.loadTimeoutSeconds = Double(configuration.workerLoadTimeoutSeconds)
        runtime.maximumResultBytes = configuration.workerResultBytes
        runtime.workerIdleSeconds = Double(configuration.workerIdleSeconds)
        runtime.usesEstimators = configuration.directEstimator
        return runtime
    }

    private static func engineSettings(_ configuration: ServerConfiguration) -> QueryEngine.Settings {
        var settings = QueryEngine.Settings()
        settings.chunkRows = configuration.resultChunkRows
        settings.chunkBytes = configuration.resultChunkBytes
        settings.statementTimeoutSeconds = configuration.statementTimeoutSeconds
        settings.transferValiditySeconds = configuration.transferValiditySeconds
        settings.sqlThreads = configuration.sqlThreads
        settings.warehouseWorkers = configuration.warehouseWorkers
        settings.results.memoryBytes = configuration.resultMemoryBytes
        settings.results.diskBytes = configuration.resultDiskBytes
        settings.results.validitySeconds = Double(configuration.resultValiditySeconds)
        return settings
    }
}

/// The address in URLs that the server hands out.
final class PublishedAddress: Sendable {
    private let current: Mutex<PublicAddress>

    init(_ address: PublicAddress) {
        current = Mutex(address)
    }

    var address: PublicAddress { current.withLock(\.self) }

    func base(requestHost: String?) -> String { address.base(requestHost: requestHost) }

    func set(_ new: PublicAddress) { current.withLock { $0 = new } }
}
