import Access
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix
import Registry
import Store
import Synchronization
import Tracking
import Transfer
import Types

@testable import MLflow

/// MLflow's door over a real registry in a directory of its own.
final class DoorHouse: Sendable {
    static let password = "correct horse battery"
    /// A user who holds no role but PUBLIC, which has nothing here.
    static let lowly = "LOWLY"

    let directory = FileManager.default.temporaryDirectory.appending(path: "mlflow-\(UUID().uuidString)")
    let catalog: CatalogStore
    let door: MLflowDoor
    let application: Application<RouterResponder<BasicRequestContext>>
    /// Every route that the door added: method and path.
    let routes: [String]

    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    init() throws {
        let data = try DataDirectory(at: directory)
        catalog = try CatalogStore(file: data.catalogFile, clock: .wall)
        _ = try catalog.pragma("synchronous = OFF")
        let artifacts = try ArtifactStore(directory: data.blobs)
        let access = AccessControl()
        let accounts = Accounts(catalog: catalog, access: access, cost: .cheapest)
        let registry = ModelRegistry(
            catalog: catalog, artifacts: artifacts,
            trees: try VersionTree(directory: data.versions, artifacts: artifacts), access: access)
        _ = try accounts.bootstrap(password: DoorHouse.password)
        try registry.prepareAtStart()
        let admin = Principal(user: Identifier(resolved: "ADMIN"), role: Identifier(resolved: "ACCOUNTADMIN"))
        var properties = Accounts.UserProperties()
        properties.password = .some(DoorHouse.password)
        try accounts.createUser(Identifier(resolved: DoorHouse.lowly), properties, as: admin)
        let home = Namespace(Identifier(resolved: "ML"), Identifier(resolved: "REGISTRY"))
        let logger = Logger(label: "door") { _ in SwiftLogNoOpLogHandler() }
        let key = try SigningKey.loadOrCreate(in: data.keys)
        let address = try PublicAddress(
            publicURL: nil, allowedHosts: ["localhost"], listenHost: "127.0.0.1", listenPort: 8080, tls: false)
        var webhooks = WebhookRules()
        webhooks.allowsPrivateAddresses = true
        door = MLflowDoor(
            registry: registry, tracking: TrackingStore(catalog: catalog, access: access, home: home),
            artifacts: artifacts, accounts: accounts,
            authenticator: Authenticator(catalog: catalog, cost: .cheapest),
            key: key, multipart: MultipartUploads(artifacts: artifacts, maximumBytes: 1 << 20),
            urls: URLMint(
                urls: SignedURL(key: key), validitySeconds: 60, now: { Date() }, address: { address }),
            uploadLimit: 1 << 20, webhooks: webhooks, logger: logger,
            blocking: DoorHouse.pool, resolving: DoorHouse.pool)
        let router = Router()
        door.addRoutes(to: router)
        // The router shows `:id` as `{id}`.
        routes = router.routes.map { route in
            "\(route.method.rawValue) \(route.path)".replacing("{", with: ":").replacing("}", with: "")
        }
        application = Application(router: router, logger: logger)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func test(_ body: @escaping @Sendable (Caller) async throws -> Void) async throws {
        try await application.test(.router) { client in try await body(Caller(client: client)) }
    }

    /// What the catalog holds, as a text that any change of it changes.
    func state() throws -> String {
        let tables = [
            "object", "model_version", "alias", "label", "experiment", "experiment_tag", "run", "run_param", "run_tag",
            "metric_point", "run_metric", "dataset", "run_dataset", "run_model", "logged_model", "logged_model_param",
            "logged_model_tag", "logged_model_metric", "tracked_file", "webhook", "user_account", "role_grant",
            "privilege_grant", "audit",
        ]
        return try catalog.read { reader in
            try tables.map { table in "\(table) \(try reader.rows("SELECT * FROM \(table)").map(\.values))" }
                .joined(separator: "\n")
        }
    }
}

/// Sends requests as a user.
struct Caller: Sendable {
    let client: any TestClientProtocol

    struct Answer: Sendable {
        let status: Int
        let json: JSON
        let text: String

        var code: String { json.name("error_code") }
    }

    func send(
        _ method: String, _ path: String, _ body: String? = nil, as user: String? = "ADMIN",
        headers more: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = more
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if let user {
            let credential = Data("\(user):\(DoorHouse.password)".utf8).base64EncodedString()
            headers[.authorization] = "Basic \(credential)"
        }
        let method = HTTPRequest.Method(rawValue: method) ?? .get
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        let text = String(buffer: response.body)
        return Answer(
            status: Int(response.status.code), json: (try? JSON(parsing: text.utf8)) ?? .null, text: text)
    }
}
