import ArgumentParser
import Client
import Foundation

/// How a command finds a running server and logs in to it.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Host of the server. Default: 127.0.0.1. [ROOST_HOST]", valueName: "name"))
    var host: String?

    @Option(help: ArgumentHelp("Port of the server. Default: 8080. [ROOST_PORT]", valueName: "number"))
    var port: Int?

    @Option(help: ArgumentHelp("http or https. Default: http. [ROOST_PROTOCOL]", valueName: "name"))
    var `protocol`: String?

    @Option(
        help: ArgumentHelp(
            "PEM file of a certificate to trust, e.g. the server's own. [ROOST_CA_CERTIFICATE]", valueName: "file"))
    var caCertificate: String?

    @Option(name: [.short, .long], help: ArgumentHelp("User to log in as. [ROOST_USER]", valueName: "name"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "Programmatic access token to log in with, in place of a password. [ROOST_TOKEN]", valueName: "token"))
    var token: String?

    @Option(
        name: [.short, .long], help: ArgumentHelp("Database to begin in. [ROOST_DATABASE]", valueName: "name"))
    var database: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Schema to begin in. [ROOST_SCHEMA]", valueName: "name"))
    var schema: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Role to act in. Default: the user's default role. [ROOST_ROLE]", valueName: "name"))
    var role: String?

    @Option(
        name: [.short, .long], help: ArgumentHelp("Warehouse to begin with. [ROOST_WAREHOUSE]", valueName: "name"))
    var warehouse: String?

    /// Where the server is.
    func place(_ environment: [String: String]) throws -> ServerPlace {
        func value(_ option: String?, _ key: String) -> String? {
            option ?? environment[key].flatMap { $0.isEmpty ? nil : $0 }
        }
        var port = self.port ?? 8080
        if self.port == nil, let text = value(nil, "ROOST_PORT") {
            guard let number = Int(text) else {
                throw ClientError.usage("ROOST_PORT is '\(text)': a number is expected.")
            }
            port = number
        }
        guard (1...65_535).contains(port) else {
            throw ClientError.usage("The port \(port) is out of range: 1 to 65535 are expected.")
        }
        let scheme = (value(self.protocol, "ROOST_PROTOCOL") ?? "http").lowercased()
        guard ["http", "https"].contains(scheme) else {
            throw ClientError.usage("The protocol is '\(scheme)': http or https is expected.")
        }
        return ServerPlace(
            host: value(host, "ROOST_HOST") ?? "127.0.0.1", port: port, isSecure: scheme == "https",
            certificateFile: value(caCertificate, "ROOST_CA_CERTIFICATE"))
    }

    /// Makes sessions with what was given, once a secret is known; not logged in yet.
    ///
    /// The secret is a token, `ROOST_TOKEN`, `ROOST_PASSWORD`, or is asked for on the terminal.
    func access() throws -> ServerAccess {
        let environment = ProcessInfo.processInfo.environment
        func value(_ option: String?, _ key: String) -> String? {
            option ?? environment[key].flatMap { $0.isEmpty ? nil : $0 }
        }
        let place = try place(environment)
        let token = value(self.token, "ROOST_TOKEN")
        guard let user = value(user, "ROOST_USER") ?? (token == nil ? nil : "") else {
            throw ClientError.usage("Who logs in is not said: give --user, or set ROOST_USER.")
        }
        let credential: LoginCredential
        if let token {
            credential = .token(token)
        } else if let password = value(nil, "ROOST_PASSWORD") {
            credential = .password(password)
        } else if let password = Terminal.secret("Password of \(user) at \(place.url): ") {
            credential = .password(password)
        } else {
            throw ClientError.usage(
                "There is no password, and no terminal to ask for it: set ROOST_PASSWORD, or ROOST_TOKEN.")
        }
        return ServerAccess(
            place: place, credential: credential,
            start: SessionStart(
                user: user, database: value(database, "ROOST_DATABASE"), schema: value(schema, "ROOST_SCHEMA"),
                role: value(role, "ROOST_ROLE"), warehouse: value(warehouse, "ROOST_WAREHOUSE")))
    }
}

/// What sessions with a server are made of.
struct ServerAccess {
    let place: ServerPlace
    let credential: LoginCredential
    let start: SessionStart

    /// A session that is not logged in yet.
    func session() -> ServerSession { ServerSession(at: place, start: start, credential: credential) }

    /// Logs in, runs `body`, and ends the session however that ends. Ctrl-C cancels the statement that runs; where none
    /// does, or the second time, it ends the process.
    func withSession<Value: Sendable>(_ body: (ServerSession) async throws -> Value) async throws -> Value {
        let session = session()
        try await session.login()
        let signals = InterruptSignal { isFirst in
            Task { if await !session.cancel() || !isFirst { Foundation.exit(130) } }
        }
        defer { signals.stop() }
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }
}

extension OutputFormat: ExpressibleByArgument {}
