package import Access
package import Engine
package import Hummingbird
package import Logging
import NIOCore
package import NIOPosix
package import Types

/// Snowflake's wire protocol: what the Python connector, Snowpark and snowflake-ml-python speak.
///
/// Turns requests into calls of the engine and outcomes into JSON; no rule of the registry lives here. Errors of SQL and
/// of login are answers with HTTP status 200, since clients retry every other status.
/// Source: SNOWFLAKE.md, recorded from the unmodified clients.
package struct SnowflakeDoor: Sendable {
    /// Limits of the door, from the server's configuration.
    package struct Settings: Sendable {
        /// Largest request body, decompressed, in bytes.
        package var requestLimitBytes = 64 << 20
        /// Seconds a request is held before the client is told to poll.
        package var slowStatementSeconds = 20.0

        package init() {}
    }

    let engine: QueryEngine
    let authenticator: Authenticator
    let tokens: SessionTokens
    let settings: Settings
    let logger: Logger
    /// Runs what blocks: hashing passwords, opening sessions.
    let blocking: NIOThreadPool

    package init(
        engine: QueryEngine, authenticator: Authenticator, tokens: SessionTokens, settings: Settings, logger: Logger,
        blocking: NIOThreadPool
    ) {
        self.engine = engine
        self.authenticator = authenticator
        self.tokens = tokens
        self.settings = settings
        self.logger = logger
        self.blocking = blocking
    }

    /// Adds the door's routes.
    package func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        router.post("/session/v1/login-request") { request, _ in await answer { try await login(request) } }
        router.post("/session/token-request") { request, _ in await answer { try await renew(request) } }
        router.post("/session/heartbeat") { request, _ in await answer { try heartbeat(request) } }
        router.post("/session") { request, _ in await answer { try close(request) } }
        router.post("/telemetry/send") { request, _ in await answer { try await telemetry(request) } }
        router.post("/queries/v1/query-request") { request, _ in await answer { try await query(request) } }
        router.post("/queries/v1/abort-request") { request, _ in await answer { try await abort(request) } }
        router.post("/queries/:id/abort-request") { request, context in
            await answer { try abort(request, queryID: context.parameters.get("id") ?? "") }
        }
        router.get("/queries/:id/result") { request, context in
            await answer { try await result(request, queryID: context.parameters.get("id") ?? "") }
        }
        router.get("/monitoring/queries/:id") { request, context in
            await answer { try monitoring(request, queryID: context.parameters.get("id") ?? "") }
        }
    }

    /// Gives an answer's bytes, or the error as an answer of the protocol.
    private func answer(_ body: () async throws -> [UInt8]) async -> Response {
        var bytes: [UInt8]
        do {
            bytes = try await body()
        } catch let error as RegistryError {
            bytes = SnowflakeDoor.failure(error, queryID: "")
        } catch {
            logger.error("request failed unexpectedly", metadata: ["error": "\(error)"])
            bytes = SnowflakeDoor.failure(
                RegistryError(.internal, "The request failed inside the server."), queryID: "")
        }
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The answer to a failed request.
    ///
    /// - Parameter passwordTicket: for a login that needs a new password: what the client sends along with it.
    static func failure(_ error: RegistryError, queryID: String, passwordTicket: String? = nil) -> [UInt8] {
        let wire = SnowflakeError(error)
        var writer = AnswerWriter()
        writer.open()
        writer.open("data")
        writer.write("internalError", false)
        writer.write("errorCode", wire.code)
        writer.write("age", 0)
        writer.write("sqlState", wire.sqlState)
        writer.write("queryId", queryID)
        writer.write("line", error.position?.line ?? -1)
        writer.write("pos", error.position?.column ?? -1)
        writer.write("type", error.code == .syntax || error.code == .notFound ? "COMPILATION" : "EXECUTION")
        if let passwordTicket {
            // The client logs in once more, with the password that its callback gives.
            writer.write("nextAction", "PWD_CHANGE")
            writer.write("inFlightCtx", passwordTicket)
        }
        writer.close()
        writer.write("code", wire.code)
        writer.write("message", SnowflakeError.message(of: error))
        writer.write("success", false)
        writer.write("headers", nil)
        writer.close()
        return writer.bytes
    }

    /// The session that a request's token belongs to, of a user who may still act.
    ///
    /// - Throws: `sessionExpired` or `unauthenticated`.
    func session(of request: Request) throws -> Session {
        guard let token = SnowflakeDoor.token(in: request) else {
            throw RegistryError(.unauthenticated, "The request carries no session token.", hint: "Log in first.")
        }
        let holder = try tokens.holder(token)
        try requireUser(holder.user, ofSession: holder.sessionID)
        guard let session = engine.session(holder.sessionID) else {
            throw RegistryError(
                .sessionExpired, "The session no longer exists.", hint: "Log in again.", detail: ["token": "gone"])
        }
        return session
    }

    /// Ends a session whose user was dropped, disabled or renamed, or whose token has ended, and says so.
    ///
    /// - Parameter user: who logged in to it.
    func requireUser(_ user: SessionUser?, ofSession id: Int64) throws {
        guard let user, !engine.accounts.isCurrent(user) else { return }
        end(session: id)
        throw RegistryError(
            .sessionExpired, "The session has ended: its user or token may not act any more.",
            hint: "Log in again.", detail: ["token": "gone"])
    }

    /// Ends a session: its tokens are unknown from now on, what runs in it is cancelled.
    func end(session id: Int64) {
        tokens.revoke(session: id)
        engine.closeSession(id)
    }

    /// The text between the quotes of `Authorization: Snowflake Token="…"`.
    static func token(in request: Request) -> String? {
        guard let header = request.headers[.authorization], header.hasPrefix("Snowflake Token=\"") else { return nil }
        let token = header.dropFirst("Snowflake Token=\"".count).prefix { $0 != "\"" }
        return token.isEmpty || token == "None" ? nil : String(token)
    }
}
