import Access
import Engine
import Hummingbird
import Types

extension SnowflakeDoor {
    /// `POST /session/token-request`: a new session token for a master token.
    func renew(_ request: Request) async throws -> [UInt8] {
        guard let master = SnowflakeDoor.token(in: request) else {
            throw RegistryError(.unauthenticated, "The request carries no master token.", hint: "Log in again.")
        }
        let old = try await body(of: request, atMost: SnowflakeDoor.loginLimitBytes)["oldSessionToken"]?.text
        let pair = try tokens.renew(master: master, old: old.flatMap { $0.isEmpty ? nil : $0 })
        try requireUser(tokens.user(ofSession: pair.sessionID), ofSession: pair.sessionID)
        var writer = AnswerWriter()
        writer.open()
        writer.open("data")
        writer.write("sessionToken", pair.sessionToken)
        writer.write("validityInSecondsST", pair.sessionSeconds)
        writer.write("masterToken", pair.masterToken)
        writer.write("validityInSecondsMT", pair.masterSeconds)
        writer.write("sessionId", pair.sessionID)
        writer.close()
        return writer.finish()
    }

    /// `POST /session/heartbeat`: keeps a session from expiring.
    func heartbeat(_ request: Request) throws -> [UInt8] {
        let session = try session(of: request)
        if let token = SnowflakeDoor.token(in: request) { _ = try tokens.extend(token) }
        _ = session
        return SnowflakeDoor.plainSuccess
    }

    /// `POST /session?delete=true`: ends the session. Any other POST to this path is refused.
    func close(_ request: Request) throws -> [UInt8] {
        guard request.uri.queryParameters["delete"] == "true" else {
            throw RegistryError(.invalidArgument, "POST /session needs delete=true.")
        }
        end(session: try session(of: request).id)
        return SnowflakeDoor.plainSuccess
    }

    /// `POST /telemetry/send`: accepted from sessions and thrown away.
    func telemetry(_ request: Request) async throws -> [UInt8] {
        _ = try session(of: request)
        for try await _ in request.body {}
        return Array(#"{"data":"Log Received","code":null,"message":null,"success":true}"#.utf8)
    }

    static let plainSuccess = Array(#"{"data":null,"code":null,"message":null,"success":true}"#.utf8)
}
