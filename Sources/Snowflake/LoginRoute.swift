import Access
import Engine
import Hummingbird
import NIOPosix
import Store
import Types

extension SnowflakeDoor {
    /// `POST /session/v1/login-request`: credentials in, a session's tokens out.
    func login(_ request: Request) async throws -> [UInt8] {
        let data = try await body(of: request, atMost: SnowflakeDoor.loginLimitBytes)["data"] ?? .null
        let query = request.uri.queryParameters
        func parameter(_ name: String) -> String? { query[Substring(name)].map(String.init) }
        let user = data["LOGIN_NAME"]?.text ?? ""
        let credential = try SnowflakeDoor.credential(in: data)
        let wanted = (
            database: parameter("databaseName"), schema: parameter("schemaName"), warehouse: parameter("warehouse"),
            role: parameter("roleName")
        )
        var settings: [(String, String)] = []
        if case .object(let members) = data["SESSION_PARAMETERS"] ?? .null {
            settings = members.compactMap { member in member.value.scalarText.map { (member.key.uppercased(), $0) } }
        }
        let engine = self.engine
        let authenticator = self.authenticator
        let sessionSettings = settings
        let attempt = try await blocking.runIfActive { try authenticator.attempt(user, credential) }
        let checked = try await authenticator.check(attempt)
        let outcome = try await blocking.runIfActive { try authenticator.conclude(checked) }
        let account: SessionUser
        switch outcome {
        case .welcome(let row): account = SessionUser(id: row.object.id, name: row.object.name)
        case .refused(let error, let delay):
            // Failures only are slowed: guessing gets slow, everybody else does not notice.
            try await Task.sleep(for: delay)
            throw error
        }
        let session = try await blocking.runIfActive { () throws -> Session in
            let principal = try engine.accounts.principal(
                account.name, role: try wanted.role.flatMap { $0.isEmpty ? nil : try Identifier(parsing: $0) })
            func name(_ text: String?) throws -> Identifier? {
                try text.flatMap { $0.isEmpty ? nil : try Identifier(parsing: $0) }
            }
            let session = try engine.openSession(
                principal: principal, database: try name(wanted.database), schema: try name(wanted.schema),
                warehouse: try name(wanted.warehouse))
            for (key, value) in sessionSettings { session.setClientParameter(key, value) }
            return session
        }
        let pair = tokens.issue(session: session.id, user: account)
        let state = session.summary
        var writer = AnswerWriter()
        writer.open()
        writer.open("data")
        writer.write("masterToken", pair.masterToken)
        writer.write("token", pair.sessionToken)
        writer.write("validityInSeconds", pair.sessionSeconds)
        writer.write("masterValidityInSeconds", pair.masterSeconds)
        writer.write("displayUserName", session.user.name)
        writer.write("serverVersion", Session.serverVersion)
        writer.write("firstLogin", false)
        writer.write("remMeToken", nil)
        writer.write("remMeValidityInSeconds", 0)
        writer.write("healthCheckInterval", 45)
        writer.write("newClientForUpgrade", nil)
        writer.write("sessionId", session.id)
        writer.writeParameters(of: session)
        writer.open("sessionInfo")
        writer.write("databaseName", state.database?.name)
        writer.write("schemaName", state.schema?.name)
        writer.write("warehouseName", state.warehouse?.name)
        writer.write("roleName", state.role.name)
        writer.close()
        writer.close()
        return writer.finish()
    }
}

extension SnowflakeDoor {
    /// The credential in a login's data, by the authenticator that the client names.
    ///
    /// Source: SNOWFLAKE.md §11.
    static func credential(in data: SyntaxNode) throws -> Credential {
        let token = data["TOKEN"]?.text ?? ""
        switch data["AUTHENTICATOR"]?.text?.uppercased() ?? "SNOWFLAKE" {
        case "SNOWFLAKE", "USERNAME_PASSWORD_MFA": return .password(data["PASSWORD"]?.text ?? "")
        case "PROGRAMMATIC_ACCESS_TOKEN": return .programmaticAccessToken(token)
        case "SNOWFLAKE_JWT": return .keyPairJWT(token)
        case "OAUTH": return .oauth(token)
        case let other:
            throw RegistryError(
                .unauthenticated, "The authenticator '\(other.prefix(60))' is not offered by this server.",
                hint: "Log in with user and password.")
        }
    }
}

extension AnswerWriter {
    /// The session parameters that clients learn from every answer.
    mutating func writeParameters(of session: Session) {
        openArray("parameters")
        for parameter in session.clientParameters {
            open()
            write("name", parameter.name)
            switch parameter.value {
            case .text(let text): write("value", text)
            case .number(let number): write("value", number)
            case .flag(let flag): write("value", flag)
            }
            close()
        }
        closeArray()
    }
}

extension SyntaxNode {
    /// The text of a string, number or boolean.
    var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .object, .array, .null: nil
        }
    }
}
