import Foundation
import NIOHTTP1
import Types

/// A session with a running server over Snowflake's protocol: logs in, runs statements, cancels them.
///
/// Statements run one at a time. A session token that has expired is renewed, and a session that is gone, e.g. since the
/// server was started again, is replaced by a new one before the statement is sent again: `onNewSession` tells of it.
///
///     let session = ServerSession(at: place, start: SessionStart(user: "ADMIN"), credential: .password(secret))
///     try await session.login()
///     let result = try await session.run("SELECT 1")
///     try await result.forEachPart { rows in … }
package actor ServerSession {
    private let connection: HTTPConnection
    /// Cancelling must not wait for the statement that it is about.
    private let second: HTTPConnection
    private var start: SessionStart
    private let credential: LoginCredential
    private let parameters: [String: String]
    private var token = ""
    private var master = ""
    private var running: String?
    /// Where the session is.
    package private(set) var state = SessionState()
    /// How often a session was opened.
    package private(set) var logins = 0

    /// - Parameter parameters: the session's parameters besides those that the results' form needs.
    package init(
        at place: ServerPlace, start: SessionStart, credential: LoginCredential, parameters: [String: String] = [:]
    ) {
        connection = HTTPConnection(place)
        second = HTTPConnection(place)
        self.start = start
        self.credential = credential
        self.parameters = parameters
    }

    /// Opens the session.
    ///
    /// - Throws: `ClientError.connection` or `.login`.
    package func login() async throws {
        var data: [String: Any] = [
            "CLIENT_APP_ID": "roost", "ACCOUNT_NAME": "roost", "LOGIN_NAME": start.user,
            "SESSION_PARAMETERS": parameters.merging(["PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "JSON"]) { $1 },
        ]
        switch credential {
        case .password(let password): data["PASSWORD"] = password
        case .token(let token):
            data["AUTHENTICATOR"] = "PROGRAMMATIC_ACCESS_TOKEN"
            data["TOKEN"] = token
        }
        let wanted = [
            ("databaseName", start.database), ("schemaName", start.schema), ("roleName", start.role),
            ("warehouse", start.warehouse),
        ]
        let query = wanted.compactMap { name, value in value.map { "\(name)=\(ServerSession.escaped($0))" } }
        let uri = (["requestId=\(ServerSession.newID())"] + query).joined(separator: "&")
        let answer = try await post("/session/v1/login-request?\(uri)", ["data": data], LoginContent.self)
        guard answer.success, let content = answer.data, let token = content.token else {
            throw ClientError.login(answer.message ?? "The server refused the login without a reason.")
        }
        self.token = token
        master = content.masterToken ?? ""
        logins += 1
        state.user = content.displayUserName ?? start.user
        state.database = content.sessionInfo?.databaseName
        state.schema = content.sessionInfo?.schemaName
        state.role = content.sessionInfo?.roleName
        state.warehouse = content.sessionInfo?.warehouseName
    }

    /// Ends the session; a server that is gone does no harm.
    package func close() async {
        if !token.isEmpty {
            _ = try? await connection.send(
                HTTPQuery(method: .POST, uri: "/session?delete=true", headers: [authorization]))
        }
        token = ""
        await connection.close()
        await second.close()
    }

    /// Runs one statement and waits for its result.
    ///
    /// - Throws: `ClientError`.
    package func run(_ sql: String) async throws -> StatementOutcome {
        let id = ServerSession.newID()
        running = id
        defer { running = nil }
        var answer = try await authorized(
            "/queries/v1/query-request?requestId=\(id)", ["sqlText": sql, "asyncExec": false])
        while answer.code == "333333" || answer.code == "333334", let url = answer.data?.getResultUrl {
            answer = try await authorized(url, nil)
        }
        guard answer.success, let content = answer.data else { throw ServerSession.failure(answer) }
        state.database = content.finalDatabaseName
        state.schema = content.finalSchemaName
        state.warehouse = content.finalWarehouseName
        state.role = content.finalRoleName
        return StatementOutcome(content, of: self)
    }

    /// Asks the server to cancel the statement that runs, if one does.
    ///
    /// - Returns: whether one ran.
    package func cancel() async -> Bool {
        guard let running else { return false }
        let body = try? JSONSerialization.data(withJSONObject: ["requestId": running, "sqlText": ""])
        _ = try? await second.send(
            HTTPQuery(
                method: .POST, uri: "/queries/v1/abort-request?requestId=\(ServerSession.newID())",
                headers: [authorization, ServerSession.json], body: Array(body ?? Data())))
        return true
    }

    /// The bytes behind a URL that the server signed.
    ///
    /// It is asked for at the server's own place: its public address need not be reachable from here.
    func fetch(_ url: String) async throws -> [UInt8] {
        let answer = try await connection.send(HTTPQuery(method: .GET, uri: ServerSession.path(of: url)))
        guard answer.status == 200 else {
            throw ClientError.connection(ServerSession.words(of: answer, "A part of the result can't be fetched"))
        }
        return answer.body
    }

    /// Sends bytes to a URL that the server signed.
    func upload(_ bytes: [UInt8], to url: String) async throws {
        let answer = try await connection.send(
            HTTPQuery(
                method: .PUT, uri: ServerSession.path(of: url), headers: [("Content-Type", "application/octet-stream")],
                body: bytes))
        guard answer.status == 200 else {
            throw ClientError.connection(ServerSession.words(of: answer, "The file can't be sent"))
        }
    }

    // MARK: Requests

    private static let json = ("Content-Type", "application/json")
    private var authorization: (String, String) { ("Authorization", "Snowflake Token=\"\(token)\"") }

    /// Sends a statement's request; renews the session where the server asks for it.
    private func authorized(_ uri: String, _ body: [String: Any]?) async throws -> Answer<StatementContent> {
        let bytes = try body.map { Array(try JSONSerialization.data(withJSONObject: $0)) }
        let method: HTTPMethod = body == nil ? .GET : .POST
        for _ in 0..<2 {
            let sent = try await connection.send(
                HTTPQuery(method: method, uri: uri, headers: [authorization, ServerSession.json], body: bytes ?? []))
            let answer = try ServerSession.decoded(sent, StatementContent.self)
            switch answer.code {
            case "390112": try await renew()
            case "390111", "390114":
                // A session that is gone can't tell whether it did what was asked before the connection was lost.
                guard !sent.isSecondTry else {
                    throw ClientError.connection(
                        "The server went away while the statement ran: whether it was carried out is not known.")
                }
                try await loginAgain()
            default: return answer
            }
        }
        throw ClientError.login("The server does not take the session that it has just given.")
    }

    private func renew() async throws {
        let body: [String: Any] = ["oldSessionToken": token, "requestType": "RENEW"]
        let bytes = Array(try JSONSerialization.data(withJSONObject: body))
        let answer = try await decoded(
            HTTPQuery(
                method: .POST, uri: "/session/token-request?requestId=\(ServerSession.newID())",
                headers: [("Authorization", "Snowflake Token=\"\(master)\""), ServerSession.json], body: bytes),
            RenewalContent.self)
        guard answer.success, let new = answer.data?.sessionToken else { return try await loginAgain() }
        token = new
        master = answer.data?.masterToken ?? master
    }

    /// Opens a new session at the old one's place.
    private func loginAgain() async throws {
        if let database = state.database { start.database = Identifier(resolved: database).description }
        if let schema = state.schema { start.schema = Identifier(resolved: schema).description }
        if let role = state.role { start.role = Identifier(resolved: role).description }
        if let warehouse = state.warehouse { start.warehouse = Identifier(resolved: warehouse).description }
        try await login()
    }

    private func post<Content: Decodable & Sendable>(
        _ uri: String, _ body: [String: Any], _: Content.Type
    ) async throws -> Answer<Content> {
        let bytes = Array(try JSONSerialization.data(withJSONObject: body))
        return try await decoded(
            HTTPQuery(method: .POST, uri: uri, headers: [ServerSession.json], body: bytes), Content.self)
    }

    private func decoded<Content: Decodable & Sendable>(
        _ query: HTTPQuery, _: Content.Type
    ) async throws -> Answer<Content> {
        try ServerSession.decoded(try await connection.send(query), Content.self)
    }

    private static func decoded<Content: Decodable & Sendable>(
        _ answer: HTTPAnswer, _: Content.Type
    ) throws -> Answer<Content> {
        guard answer.status == 200 else {
            throw ClientError.connection(ServerSession.words(of: answer, "The server does not answer as Roost does"))
        }
        do { return try JSONDecoder().decode(Answer<Content>.self, from: Data(answer.body)) } catch {
            throw ClientError.connection("The server's answer can't be read: it is no answer of Roost.")
        }
    }

    // MARK: Words

    private static func failure(_ answer: Answer<StatementContent>) -> ClientError {
        let data = answer.data
        let position: RegistryError.Position? =
            if let line = data?.line, let column = data?.pos, line >= 1, column >= 0 {
                .init(line: line, column: column)
            } else {
                nil
            }
        return .statement(
            StatementFailure(
                code: answer.code ?? "000000", sqlState: data?.sqlState ?? "",
                message: answer.message ?? "The statement failed without a reason.", position: position,
                queryID: data?.queryId ?? ""))
    }

    private static func words(of answer: HTTPAnswer, _ what: String) -> String {
        let text = String(decoding: answer.body.prefix(300), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
        return "\(what) (status \(answer.status))\(text.isEmpty ? "." : ": \(text)")"
    }

    private static func newID() -> String { UUID().uuidString.lowercased() }

    /// The path of a signed URL, from its `/transfer/` on: a prefix is a proxy's.
    private static func path(of url: String) -> String {
        url.range(of: "/transfer/").map { String(url[$0.lowerBound...]) } ?? url
    }

    private static func escaped(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
