package import Access
package import Engine
import Foundation
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
package import NIOPosix
package import Registry
package import Store
package import Tracking
package import Transfer
import Types

/// JSON as requests bring it and answers carry it.
typealias JSON = SyntaxNode

/// MLflow's REST: what the mlflow client speaks to a tracking server and registry.
///
/// Turns requests into calls of the registry and of tracking, and outcomes into JSON; no rule of the registry lives here.
/// Source: MLFLOW.md, recorded from the unmodified client.
package struct MLflowDoor: Sendable {
    /// The version that the door answers for: the client that its answers were recorded from.
    package static let version = "3.17.2"
    /// Largest body of a call, in bytes; the client's own limit for a batch is 1 MB.
    static let bodyLimit = 16 << 20
    /// Bytes of a body that is read where it arrives.
    static let smallBytes = 16 << 10

    let registry: ModelRegistry
    let tracking: TrackingStore
    let artifacts: ArtifactStore
    let accounts: Accounts
    let authenticator: Authenticator
    let logins: RememberedLogins
    let pages: PageTokens
    let multipart: MultipartUploads
    let urls: URLMint
    /// Largest file, in bytes.
    let uploadLimit: Int64
    let logger: Logger
    /// Runs what blocks: the catalog, the disk.
    let blocking: NIOThreadPool
    /// Tells others of what happens.
    package let webhooks: WebhookDeliverer

    package init(
        registry: ModelRegistry, tracking: TrackingStore, artifacts: ArtifactStore, accounts: Accounts,
        authenticator: Authenticator, key: SigningKey, multipart: MultipartUploads, urls: URLMint, uploadLimit: Int64,
        webhooks: WebhookRules = WebhookRules(), logger: Logger, blocking: NIOThreadPool, resolving: NIOThreadPool
    ) {
        self.registry = registry
        self.tracking = tracking
        self.artifacts = artifacts
        self.accounts = accounts
        self.authenticator = authenticator
        logins = RememberedLogins(accounts)
        pages = PageTokens(key: key)
        self.multipart = multipart
        self.urls = urls
        self.uploadLimit = uploadLimit
        self.logger = logger
        self.blocking = blocking
        let home = tracking.home
        self.webhooks = WebhookDeliverer(
            registry: registry, sender: WebhookSender(rules: webhooks, resolving: resolving),
            secrets: WebhookSecrets(key: key), home: home, logger: logger, blocking: blocking)
    }

    /// One call of the API.
    struct Route: Sendable {
        /// How a call is done.
        enum Work: Sendable {
            /// On a thread for what blocks.
            case blocking(@Sendable (MLflowDoor, Call) throws -> JSON)
            /// Waits for others, e.g. over the network, and blocks nothing meanwhile.
            case waiting(@Sendable (MLflowDoor, Call) async throws -> JSON)
        }

        let method: HTTPRequest.Method
        /// Behind `/api` and `/ajax-api`, e.g. `/2.0/mlflow/runs/get`.
        let path: String
        let work: Work

        init(
            _ method: HTTPRequest.Method, _ path: String,
            _ handle: @escaping @Sendable (MLflowDoor, Call) throws -> JSON
        ) {
            self.method = method
            self.path = path
            work = .blocking(handle)
        }

        init(
            _ method: HTTPRequest.Method, _ path: String,
            waiting handle: @escaping @Sendable (MLflowDoor, Call) async throws -> JSON
        ) {
            self.method = method
            self.path = path
            work = .waiting(handle)
        }
    }

    /// All calls but those of artifacts. What each needs is in ``rules``.
    static let routes: [Route] = registeredModelRoutes + modelVersionRoutes + experimentRoutes + runRoutes
        + loggedModelRoutes + webhookRoutes + userRoutes + roleRoutes + serverRoutes

    static let prefixes = ["/api", "/ajax-api"]

    /// Adds the door's routes.
    package func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        router.add(middleware: UnknownCalls(door: self))
        for prefix in Self.prefixes {
            for route in Self.routes {
                router.on(RouterPath(prefix + route.path), method: route.method) { request, context in
                    await respond(request) { try await call(route, request, context.parameters) }
                }
            }
            addArtifactRoutes(to: router, prefix: prefix)
        }
        router.get("/version") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: Self.version)))
        }
    }

    private func call(_ route: Route, _ request: Request, _ parameters: Parameters) async throws -> Response {
        let principal = try await principal(of: request)
        guard Self.rules[route.key] != nil else {
            throw RegistryError(.permissionDenied, "Nobody may call '\(route.key)': it has no rule.")
        }
        let call = Call(
            principal: principal, arguments: try await arguments(of: request, parameters), host: request.head.authority)
        switch route.work {
        case .blocking(let handle):
            return Self.response(.ok, json: try await blocking.runIfActive { try handle(self, call).json })
        case .waiting(let handle): return Self.response(.ok, try await handle(self, call))
        }
    }

    static func response(_ status: HTTPResponse.Status, _ json: JSON, headers: HTTPFields = [:]) -> Response {
        response(status, json: json.json, headers: headers)
    }

    private static func response(
        _ status: HTTPResponse.Status, json: String, headers: HTTPFields = [:]
    ) -> Response {
        var all: HTTPFields = [.contentType: "application/json", .xContentTypeOptions: "nosniff"]
        for field in headers { all[field.name] = field.value }
        return Response(status: status, headers: all, body: .init(byteBuffer: ByteBuffer(string: json)))
    }

    /// Gives an answer, or the error as one.
    func respond(_ request: Request, _ body: () async throws -> Response) async -> Response {
        do {
            try Self.checkOrigin(request)
            return try await body()
        } catch let error as RegistryError {
            let shown = MLflowError(error)
            var headers: HTTPFields = [:]
            if shown.status == .unauthorized { headers[.wwwAuthenticate] = "Basic realm=\"mlflow\"" }
            if shown.status.code >= 500 {
                logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            }
            return Self.response(shown.status, shown.json, headers: headers)
        } catch {
            logger.debug("request broke off", metadata: ["error": "\(error)"])
            return Self.response(
                .badRequest,
                .make(["error_code": "BAD_REQUEST", "message": "The request was cut off or can't be read."]))
        }
    }

    /// A page of another site, open in a user's browser, must not write here.
    private static func checkOrigin(_ request: Request) throws {
        guard request.method != .get, request.method != .head else { return }
        if let name = HTTPField.Name("Sec-Fetch-Site"), request.headers[name]?.lowercased() == "cross-site" {
            throw RegistryError(.permissionDenied, "Requests that a page of another site sends are not taken.")
        }
        guard let origin = request.headers[.origin] else { return }
        let host = URL(string: origin).flatMap { url in
            url.host.map { name in url.port.map { "\(name):\($0)" } ?? name }
        }
        guard let host, host == request.head.authority else {
            throw RegistryError(
                .permissionDenied, "Requests of the origin '\(origin.prefix(200))' are not taken: it is another site.")
        }
    }

    // MARK: Who calls

    /// The user of a request, in its default role.
    func principal(of request: Request) async throws -> Principal {
        let header = request.headers[.authorization] ?? ""
        if let known = logins.principal(showing: header) { return known }
        let (name, credential) = try Self.credential(header)
        return try await logins.remembering(header) { try await login(name, credential) }
    }

    func login(
        _ name: String, _ credential: Credential
    ) async throws -> (principal: Principal, admission: Admission) {
        let authenticator = self.authenticator
        let attempt = try await blocking.runIfActive { try authenticator.attempt(name, credential) }
        let checked = try await authenticator.check(attempt)
        switch try await blocking.runIfActive({ try authenticator.conclude(checked) }) {
        case .welcome(let admission):
            let accounts = self.accounts
            return (try await blocking.runIfActive { try accounts.entry(of: admission).principal }, admission)
        case .mustChangePassword:
            throw RegistryError(
                .unauthenticated, "The password must be changed first.",
                hint: "Log in with 'roost sql' or a Snowflake client and choose another.")
        case .refused(let error, let delay):
            try await Task.sleep(for: delay)
            throw error
        }
    }

    private static func credential(_ header: String) throws -> (String, Credential) {
        let parts = header.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw RegistryError(
                .unauthenticated, "This server needs a user and password, or an access token.",
                hint: "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.")
        }
        switch parts[0].lowercased() {
        case "basic":
            guard let data = Data(base64Encoded: parts[1].trimmingCharacters(in: .whitespaces)),
                let text = String(validating: data, as: UTF8.self), let colon = text.firstIndex(of: ":")
            else { throw RegistryError(.unauthenticated, "The Authorization header is not valid Basic authentication.") }
            return (String(text[..<colon]), .password(String(text[text.index(after: colon)...])))
        case "bearer": return ("", .programmaticAccessToken(parts[1].trimmingCharacters(in: .whitespaces)))
        default:
            throw RegistryError(
                .unauthenticated, "The authentication scheme '\(parts[0].prefix(40))' is not offered: use Basic or Bearer.")
        }
    }
}

extension SyntaxNode: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}
