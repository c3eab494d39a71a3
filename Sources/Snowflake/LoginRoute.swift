import Access
import Engine
import Hummingbird
import NIOPosix
import Store
import Types

extension SnowflakeDoor {
    /// `POST /session/v1/login-request`: credentials in, a session's tokens out.
    func login(_ request: Request) async throws -> [UInt8] {
        do {
            return try await openSession(request)
        } catch let needed as PasswordChangeNeeded {
            return SnowflakeDoor.failure(LoginRefusal.passwordChange.error, queryID: "", passwordTicket: needed.ticket)
        }
    }

    private func openSession(_ request: Request) async throws -> [UInt8] {
        let body = try await body(of: request, atMost: SnowflakeDoor.loginLimitBytes)
        let data = body["data"] ?? .null
        let query = request.uri.queryParameters
        func parameter(_ name: String) -> String? { query[Substring(name)].map(String.init) }
        let user = data["LOGIN_NAME"]?.text ?? ""
        let chosen = data["CHOSEN_NEW_PASSWORD"]?.text
        var credential = try SnowflakeDoor.credential(in: data)
        if chosen != nil, data["PASSWORD"]?.text == nil {
            credential = .passwordChangeTicket(body["inFlightCtx"]?.text ?? "")
        }
        let wanted = (
            database: parameter("databaseName"), schema: parameter("schemaName"), warehouse: parameter("warehouse"),
            role: parameter("roleName")
        )
        var settings: [(String, String)] = []
        if case .object(let members) = data["SESSION_PARAMETERS"] ?? .null {
            settings = members.compactMap { member in member.value.scalarText.map { (member.key.uppercased(), $0) } }
        }
        let secondary = try SnowflakeDoor.secondaryRoles(in: data)
        let engine = self.engine
        let sessionSettings = settings
        let login = try await admission(user, credential, newPassword: chosen)
        let session = try await blocking.runIfActive { () throws -> Session in
            func name(_ text: String?) throws -> Identifier? {
                try text.flatMap { $0.isEmpty ? nil : try Identifier(parsing: $0) }
            }
            let entry = try engine.accounts.entry(of: login, role: try name(wanted.role), secondary: secondary)
            var place = SnowflakeDoor.usualPlace(of: login.user)
            if let database = try name(wanted.database) { place = (database, nil) }
            if let schema = try name(wanted.schema) { place.schema = schema }
            let session = try engine.openSession(
                principal: entry.principal, database: place.database, schema: place.schema,
                warehouse: try name(wanted.warehouse) ?? SnowflakeDoor.usualWarehouse(of: login.user),
                confinedTo: entry.confinedTo)
            for (key, value) in sessionSettings { session.setClientParameter(key, value) }
            return session
        }
        let pair = tokens.issue(session: session.id, user: login.sessionUser)
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

/// The password is right, and the user must choose another before it can log in.
private struct PasswordChangeNeeded: Error {
    /// Stands for the password in the next login.
    let ticket: String
}

extension SnowflakeDoor {
    /// Checks a credential; a refusal is held back first.
    ///
    /// - Parameter newPassword: what a user who must change its password chose.
    private func admission(
        _ user: String, _ credential: Credential, newPassword: String?
    ) async throws -> Admission {
        let (engine, authenticator) = (self.engine, self.authenticator)
        let attempt = try await blocking.runIfActive { try authenticator.attempt(user, credential) }
        let checked = try await authenticator.check(attempt)
        switch try await blocking.runIfActive({ try authenticator.conclude(checked) }) {
        case .welcome(let login): return login
        case .mustChangePassword(let row, let ticket):
            guard let newPassword else { throw PasswordChangeNeeded(ticket: ticket) }
            return try await blocking.runIfActive {
                try engine.accounts.replacePassword(of: row, with: newPassword)
                return try authenticator.welcome(row)
            }
        case .refused(let error, let delay):
            // Failures only are slowed: guessing gets slow, everybody else does not notice.
            try await Task.sleep(for: delay)
            throw error
        }
    }

    /// Where a session of the user begins when the client does not say: DEFAULT_NAMESPACE.
    private static func usualPlace(of user: UserRow) -> (database: Identifier?, schema: Identifier?) {
        guard let parts = try? Identifier.split(user.defaultNamespace), parts.count <= 2 else { return (nil, nil) }
        return (parts[0], parts.count == 2 ? parts[1] : nil)
    }

    /// The warehouse of a session whose client names none: DEFAULT_WAREHOUSE.
    private static func usualWarehouse(of user: UserRow) -> Identifier? {
        try? Identifier(parsing: user.defaultWarehouse)
    }

    /// The secondary roles that a login asks for, nil where it does not.
    private static func secondaryRoles(in data: SyntaxNode) throws -> SecondaryRoles? {
        guard let text = data["SECONDARY_ROLES"]?.text, !text.isEmpty else { return nil }
        switch text.uppercased() {
        case "ALL": return .all
        case "NONE": return SecondaryRoles.none
        default:
            throw RegistryError(
                .invalidArgument, "Secondary roles are ALL or NONE at login, not '\(text.prefix(60))'.",
                hint: "USE SECONDARY ROLES takes a list.")
        }
    }

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
                hint: "Log in with a password, an access token, a key pair or OAuth.")
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
