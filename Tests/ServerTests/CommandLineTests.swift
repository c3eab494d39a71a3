import Foundation
import Testing
import Types

@testable import Server

/// The built `roost`, as a process.
@Suite("roost", .serialized, .timeLimit(.minutes(5)))
struct CommandLineTests {
    private let folder: TemporaryFolder
    private let password = "correct horse battery"

    init() throws { folder = try TemporaryFolder() }

    private func serve(_ more: [String] = [], data: String = "data", environment: [String: String] = [:]) throws
        -> RoostProcess
    {
        try RoostProcess(
            [
                "serve", "--port", "0", "--data-directory", folder.path(data), "--native-directory",
                RoostProcess.native,
                "--worker-python", "/no/python", "--sql-memory", "268435456",
            ] + more,
            environment: ["ROOST_ADMIN_PASSWORD": password].merging(environment) { $1 })
    }

    @Test(
        "It serves health, readiness and metrics, and ends in time on SIGTERM and SIGINT", arguments: [SIGTERM, SIGINT])
    func life(_ signal: Int32) async throws {
        let server = try serve()
        let base = "http://127.0.0.1:\(try await server.port())"
        #expect(Curl.get("\(base)/health") == (200, "ok\n"))
        #expect(Curl.get("\(base)/ready").status == 200)
        let metrics = Curl.get("\(base)/metrics")
        #expect(metrics.status == 200)
        for name in [
            "roost_sessions 0", "roost_statements_total{outcome=\"success\"} 0", "process_resident_memory_bytes ",
            "roost_workers 0",
        ] {
            #expect(metrics.body.contains(name), "\(name)")
        }
        for line in metrics.body.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z_]+(\{[a-z]+="[^"]*"\})? -?[0-9.e+]+/) != nil, "\(line)")
        }
        #expect(Curl.get("\(base)/no-such").status == 404)
        let counted = Curl.get("\(base)/metrics").body
        #expect(counted.contains("roost_http_requests_total{status=\"4xx\"} 1\n"), "\(counted)")
        #expect(counted.contains("roost_http_requests_total{status=\"2xx\"} 3\n"), "\(counted)")
        server.signal(signal)
        #expect(try await server.exitCode(within: 5) == 0, "\(server.standardError)")
        // The directory is free again at once.
        let again = try serve()
        _ = try await again.port()
        again.signal(SIGTERM)
        #expect(try await again.exitCode(within: 5) == 0)
    }

    @Test("A statement that runs does not keep it from ending")
    func endsUnderLoad() async throws {
        let server = try serve()
        let base = "http://127.0.0.1:\(try await server.port())"
        let login = Curl.get(
            "\(base)/session/v1/login-request",
            [
                "-H", "Content-Type: application/json", "-d",
                #"{"data":{"LOGIN_NAME":"admin","PASSWORD":"\#(password)"}}"#,
            ])
        let token = try #require(login.body.firstMatch(of: /"token":"([^"]+)"/)).1
        let query = Curl.get(
            "\(base)/queries/v1/query-request?requestId=1",
            [
                "-H", "Authorization: Snowflake Token=\"\(token)\"", "-d",
                #"{"sqlText":"SELECT SYSTEM$WAIT(600)","asyncExec":true}"#,
            ])
        #expect(query.body.contains("333334"))
        server.signal(SIGTERM)
        #expect(try await server.exitCode(within: 5) == 0, "\(server.standardError)")
    }

    @Test("A request that waits for its statement is answered at once when the server is told to stop")
    func endsUnderRequest() async throws {
        let server = try serve(["--slow-statement", "50"])
        let port = try await server.port()
        let login = Curl.get(
            "http://127.0.0.1:\(port)/session/v1/login-request",
            ["-d", #"{"data":{"LOGIN_NAME":"admin","PASSWORD":"\#(password)"}}"#])
        let token = try #require(login.body.firstMatch(of: /"token":"([^"]+)"/)).1
        let body = #"{"sqlText":"SELECT SYSTEM$WAIT(600)"}"#
        let client = try RawClient(
            port: port,
            "POST /queries/v1/query-request?requestId=1 HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Length: \(body.count)\r\nAuthorization: Snowflake Token=\"\(token)\"\r\n\r\n\(body)")
        for _ in 0..<600 {
            if Curl.get("http://127.0.0.1:\(port)/metrics").body.contains("roost_statements_unfinished 1\n") { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        server.signal(SIGTERM)
        #expect(try await server.exitCode(within: 20) == 0, "\(server.standardError)")
        #expect(client.answer().contains("\"success\":false"))
    }

    @Test("A client that stalls in the middle of its request does not keep it from ending")
    func endsUnderStalledRequest() async throws {
        let server = try serve()
        let port = try await server.port()
        let client = try RawClient(
            port: port,
            "POST /session/v1/login-request HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        #expect(Curl.get("http://127.0.0.1:\(port)/health").status == 200)
        server.signal(SIGTERM)
        #expect(try await server.exitCode(within: 25) == 0, "\(server.standardError)")
        _ = client.answer()
    }

    @Test("On a wildcard address without a public name it says what clients can't do, with one it does not")
    func wildcard() async throws {
        for (arguments, isWarned) in [
            ([], true), (["--public-url", "http://models.example"], false),
            (["--allowed-hosts", "models.example"], false),
        ] as [([String], Bool)] {
            let server = try serve(["--address", "0.0.0.0"] + arguments)
            let port = try await server.port()
            #expect(Curl.get("http://127.0.0.1:\(port)/health").status == 200)
            server.signal(SIGTERM)
            #expect(try await server.exitCode(within: 5) == 0, "\(server.standardError)")
            #expect(server.standardError.contains("public-url") == isWarned, "\(server.standardError)")
        }
    }

    @Test("Host headers of other names are refused on loopback, allowed ones pass")
    func hosts() async throws {
        let server = try serve(["--allowed-hosts", "roost.example, Other.example,ported.example:8443"])
        let port = try await server.port()
        func status(_ host: String) -> Int {
            Curl.get("http://127.0.0.1:\(port)/health", ["-H", "Host: \(host)"]).status
        }
        for host in [
            "127.0.0.1:\(port)", "localhost", "LOCALHOST:\(port)", "[::1]:\(port)", "roost.example", "other.example:80",
            "Ported.example:8443",
        ] {
            #expect(status(host) == 200, "\(host)")
        }
        for host in [
            "evil.example", "evil.example:\(port)", "127.0.0.1.evil.example", "roost.example.evil", "[::2]",
            "ported.example", "ported.example:\(port)",
        ] {
            #expect(status(host) == 421, "\(host)")
        }
    }

    @Test("A second server on the same directory is refused, the first serves on")
    func sameDirectory() async throws {
        let server = try serve()
        let port = try await server.port()
        let second = try serve()
        #expect(try await second.exitCode(within: 20) == 9, "\(second.standardError)")
        #expect(
            second.standardError.contains("\(server.id)") || second.standardError.contains("in use"),
            "\(second.standardError)")
        #expect(Curl.get("http://127.0.0.1:\(port)/health").status == 200)
        let reset = try RoostProcess(["admin", "reset-password", "--data-directory", folder.path("data")])
        #expect(try await reset.exitCode(within: 20) == 9, "\(reset.standardError)")
    }

    @Test("A busy port is named, with a way out")
    func busyPort() async throws {
        let server = try serve()
        let port = try await server.port()
        let second = try serve(["--port", "\(port)"], data: "other")
        #expect(try await second.exitCode(within: 30) == 9)
        #expect(
            second.standardError.contains("Port \(port)") && second.standardError.contains("--port"),
            "\(second.standardError)")
    }

    @Test(
        "Missing native libraries, a bad data directory and a bad certificate end the start with a clear line",
        arguments: [
            (["--native-directory", "/no/such/native"], "libduckdb"), (["--data-directory", "/proc/no"], "/proc/no"),
            (["--tls-certificate", "/no/c.pem", "--tls-key", "/no/k.pem"], "TLS"),
            (["--address", "192.0.2.1"], "192.0.2.1"),
            // A name that no resolver has to be asked about: its one part is too long.
            (["--address", String(repeating: "x", count: 80)], "xxx' can't be resolved. The setting 'address'"),
            (["--admin-password", "short"], "password"), (["--port", "x"], "port"),
            (["--config", "/no/such.yaml"], "/no/such.yaml"),
            (["--sandbox", "maybe"], "sandbox"), (["--public-url", "not a url"], "URL"),
        ])
    func badStart(_ arguments: [String], _ word: String) async throws {
        let server = try serve(arguments)
        let code = try await server.exitCode(within: 30)
        #expect(code != nil && code != 0, "it runs")
        #expect(server.standardError.contains(word), "\(server.standardError)")
        #expect(!server.standardError.contains("Fatal error") && code != 1, "\(code ?? 0) \(server.standardError)")
    }

    @Test("TLS with a self-signed certificate serves https, and plain http is no way in")
    func tls() async throws {
        let (certificate, key) = (folder.path("c.pem"), folder.path("k.pem"))
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            key, "-out", certificate,
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        let server = try serve(["--tls-certificate", certificate, "--tls-key", key])
        let port = try await server.port()
        #expect(server.standardError.contains("listening on https://"))
        #expect(Curl.get("https://127.0.0.1:\(port)/health", ["--cacert", certificate]) == (200, "ok\n"))
        #expect(Curl.get("https://127.0.0.1:\(port)/health").status != 200)
        #expect(Curl.get("http://127.0.0.1:\(port)/health").status != 200)
        server.signal(SIGTERM)
        #expect(try await server.exitCode(within: 5) == 0)
    }

    @Test("The generated password is shown once, and reset-password gives a new one that works")
    func passwords() async throws {
        func login(_ base: String, _ password: String) -> Bool {
            Curl.get(
                "\(base)/session/v1/login-request",
                ["-d", #"{"data":{"LOGIN_NAME":"ADMIN","PASSWORD":"\#(password)"}}"#]
            ).body.contains("\"success\":true")
        }
        let first = try serve(environment: ["ROOST_ADMIN_PASSWORD": ""])
        let base = "http://127.0.0.1:\(try await first.port())"
        let shown = String(try #require(first.standardError.firstMatch(of: /with the password (\S+)/)).1)
        #expect(login(base, shown) && !login(base, "wrong"))
        first.signal(SIGTERM)
        #expect(try await first.exitCode(within: 5) == 0)
        let reset = try RoostProcess(["admin", "reset-password", "--data-directory", folder.path("data")])
        #expect(try await reset.exitCode(within: 30) == 0, "\(reset.standardError)")
        let new = reset.standardOutput.trimmingCharacters(in: .newlines)
        #expect(new.count >= 12)
        let own = try RoostProcess(
            ["admin", "reset-password", "--data-directory", folder.path("data")],
            environment: ["ROOST_NEW_PASSWORD": "short"])
        #expect(try await own.exitCode(within: 30) == 6, "\(own.standardError)")
        let unknown = try RoostProcess(["admin", "reset-password", "NOBODY", "--data-directory", folder.path("data")])
        #expect(try await unknown.exitCode(within: 30) == 7, "\(unknown.standardError)")
        let nowhere = try RoostProcess(["admin", "reset-password", "--data-directory", folder.path("nowhere")])
        #expect(try await nowhere.exitCode(within: 30) == 7, "\(nowhere.standardError)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("nowhere")))
        let second = try serve(environment: ["ROOST_ADMIN_PASSWORD": ""])
        let again = "http://127.0.0.1:\(try await second.port())"
        #expect(!second.standardError.contains("with the password"))
        #expect(login(again, new) && !login(again, shown))
    }

    @Test("roost doctor names every part, and says by its exit code whether they work")
    func doctor() async throws {
        let bad = try RoostProcess(
            [
                "doctor", "--native-directory", "/no/native", "--worker-python", "/no/python", "--data-directory",
                folder.path("data"),
            ])
        #expect(try await bad.exitCode(within: 60) == 10)
        for word in ["FAIL  duckdb", "FAIL  worker python", "data directory", "disk", "sandbox"] {
            #expect(bad.standardOutput.contains(word), "\(word): \(bad.standardOutput)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
        let some = try RoostProcess([
            "doctor", "--native-directory", RoostProcess.native, "--worker-python", "/no/python",
        ])
        _ = try await some.exitCode(within: 60)
        #expect(some.standardOutput.contains("ok    duckdb"), "\(some.standardOutput)")
    }

    @Test("roost serve --help names every key, its default and its variable")
    func help() async throws {
        let help = try RoostProcess(["serve", "--help"])
        #expect(try await help.exitCode(within: 20) == 0)
        let text = help.standardOutput.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for key in ConfigurationKey.all {
            #expect(text.contains("--\(key.name) "), "\(key.name)")
            #expect(text.contains("[\(key.environmentName)]"), "\(key.environmentName)")
        }
        let version = try RoostProcess(["--version"])
        #expect(try await version.exitCode(within: 20) == 0)
        #expect(version.standardOutput.contains(RoostServer.version))
        let unknown = try RoostProcess(["serve", "--no-such-flag"])
        #expect(try await unknown.exitCode(within: 20) == 2)
    }
}
