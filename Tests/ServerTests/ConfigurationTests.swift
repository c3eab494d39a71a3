import Foundation
import Testing
import Types

@testable import Server

@Suite("Configuration")
struct ConfigurationTests {
    private func read(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async throws -> ServerConfiguration {
        try await ServerConfiguration.read(flags: flags, environment: environment, file: file)
    }

    @Test("Without anything set, every key has its default")
    func defaults() async throws {
        let configuration = try await read()
        #expect(configuration.address == "127.0.0.1" && configuration.port == 8080 && configuration.sandbox == "on")
        #expect(configuration.adminUser == "ADMIN" && configuration.adminPassword == nil && configuration.tlsKey == nil)
        #expect(configuration.workers == ProcessInfo.processInfo.activeProcessorCount)
    }

    @Test(
        "Limits that nothing is said about are those of Snowflake's documents",
        arguments: [
            ("limit-versions-per-model", 1000), ("limit-methods-per-version", 10), ("limit-imports-per-version", 10),
            ("limit-arguments-per-method", 500), ("limit-metadata-bytes", 100 << 10),
            ("limit-configuration-bytes", 250 << 10), ("limit-version-bytes", 15 << 30),
        ])
    func limits(name: String, value: Int) {
        #expect(ConfigurationKey.named(name)?.defaultText == "\(value)")
    }

    @Test("A flag wins over the environment, the environment over the file")
    func precedence() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "roost.yaml",
            "port: 1001\nworkers: 3\naddress: 127.0.0.3\ndirect-estimator: false\nlog-level: debug\nadmin-password: '0123456789ab'\n"
        )
        let onlyFile = try await read(file: file)
        #expect(onlyFile.port == 1001 && onlyFile.workers == 3 && onlyFile.address == "127.0.0.3")
        #expect(!onlyFile.directEstimator && onlyFile.logLevel == "debug" && onlyFile.adminPassword == "0123456789ab")
        let both = try await read(environment: ["ROOST_PORT": "1002", "ROOST_WORKERS": "4"], file: file)
        #expect(both.port == 1002 && both.workers == 4 && both.address == "127.0.0.3")
        let all = try await read(
            flags: ["port": "1003"], environment: ["ROOST_PORT": "1002", "ROOST_WORKERS": "4"], file: file)
        #expect(all.port == 1003 && all.workers == 4 && all.address == "127.0.0.3")
    }

    @Test("Every key can be given in the environment and in the file", arguments: ConfigurationKey.all.map(\.name))
    func everyKey(_ name: String) async throws {
        let key = try #require(ConfigurationKey.named(name))
        let values: [String: String] = [
            "public-url": "https://example.org", "allowed-hosts": "a.example,b.example", "tls-certificate": "c.pem",
            "tls-key": "k.pem",
            "oauth-issuer": "https://issuer.example", "oauth-audience": "roost", "oauth-keys": "keys.json",
            "admin-password": "0123456789ab", "workers": "5", "sql-threads": "5", "maximum-workers": "5",
            "warehouse-workers": "5",
            "backup-directory": "/srv/backups", "quota-models-per-schema": "5", "quota-bytes-per-schema": "5",
            "quota-tracked-bytes": "5",
            "webhook-private-addresses": "true", "webhook-certificates": "authorities.pem",
        ]
        let value = values[name] ?? key.defaultText ?? ""
        // Those that count together only.
        let groups = [["tls-key", "tls-certificate"], ["oauth-issuer", "oauth-audience", "oauth-keys"]]
        let others = (groups.first { $0.contains(name) } ?? []).filter { $0 != name }
        var environment = [key.environmentName: value]
        for other in others { environment[try #require(ConfigurationKey.named(other)).environmentName] = "x" }
        let fromEnvironment = try await read(environment: environment)
        let folder = try TemporaryFolder()
        let file = try folder.write("roost.yaml", "\(name): \"\(value)\"\n" + others.map { "\($0): x\n" }.joined())
        let fromFile = try await read(file: file)
        #expect("\(fromEnvironment)".count == "\(fromFile)".count)
        #expect(
            "\(fromFile)".contains(
                name == "allowed-hosts" ? "a.example" : value.lowercased() == value ? value : value.uppercased()))
    }

    @Test(
        "A bad value gives an error that names the key and what is expected",
        arguments: [
            ("port", "-1"), ("port", "65536"), ("port", "http"), ("port", "80.5"), ("sandbox", "maybe"),
            ("workers", "0"), ("workers", "x"), ("maximum-workers", "0"),
            ("worker-memory", "1"), ("worker-timeout", "0"), ("worker-idle", "0"), ("direct-estimator", "perhaps"),
            ("webhook-schemes", "https,ftp"), ("webhook-private-addresses", "perhaps"), ("home-schema", "REGISTRY"),
            ("sql-memory", "1000"),
            ("sql-threads", "0"), ("statements", "0"), ("statement-timeout", "0"), ("slow-statement", "0"),
            ("slow-statement", "51"), ("password-cost", "9"), ("password-cost", "21"),
            ("session-validity", "0"), ("master-validity", "-5"), ("result-chunk-rows", "0"),
            ("result-chunk-bytes", "1"), ("result-memory", "-1"),
            ("result-disk", "-1"), ("result-validity", "0"), ("transfer-validity", "0"), ("collection-grace", "-1"),
            ("collection-retention", "-1"),
            ("upload-limit", "0"), ("request-limit", "1"), ("log-level", "loud"), ("log-format", "xml"),
        ])
    func badValues(_ name: String, _ value: String) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("roost.yaml", "\(name): \"\(value)\"\n")
        let variable = try #require(ConfigurationKey.named(name)).environmentName
        for (flags, environment, path) in [
            ([name: value], [:], nil), ([:], [variable: value], nil), ([:], [:], file),
        ] as [([String: String], [String: String], String?)] {
            do {
                _ = try await read(flags: flags, environment: environment, file: path)
                Issue.record("\(name) = \(value) was taken")
            } catch let error as RegistryError {
                #expect(
                    error.code == .invalidArgument && error.text.contains(name) && error.text.contains(value),
                    "\(error)")
            }
        }
    }

    @Test("Hosts are given with commas or as a list of the file, with or without ports")
    func lists() async throws {
        let folder = try TemporaryFolder()
        let hosts: Set<String> = ["a.example", "b.example:8443", "::1"]
        for text in [
            "allowed-hosts: [a.example, 'B.example:8443', '::1']\n",
            "allowed-hosts:\n  - A.example\n  - b.example:8443\n  - '::1'\nport: 1\n",
            "allowed-hosts: 'a.example, b.example:8443,::1'\n",
            "allowed-hosts: a.example,b.example:8443,::1, # hosts\n",
        ] {
            #expect(try await read(file: folder.write("roost.yaml", text)).allowedHosts == hosts, "\(text)")
        }
        #expect(try await read(file: folder.write("roost.yaml", "allowed-hosts: []\n")).allowedHosts.isEmpty)
        #expect(try await read(file: folder.write("roost.yaml", "allowed-hosts:\nport:\n")).port == 8080)
        let flag = try await read(
            flags: ["allowed-hosts": "c.example"], file: folder.write("roost.yaml", "allowed-hosts: [a.example]\n"))
        #expect(flag.allowedHosts == ["c.example"])
    }

    @Test(
        "A value of the wrong form gives an error that names the key, the value and what is expected",
        arguments: [
            ("port: [1, 2]", ["port", "[1, 2]", "one value"]),
            ("port:\n  first: 1\n", ["port", "mapping", "one value"]),
            ("allowed-hosts: {a: b}", ["allowed-hosts", "mapping", "list of values"]),
            ("allowed-hosts: [[a]]", ["allowed-hosts"]), ("address: ~", ["address", "null"]),
            ("public-url: null # none", ["public-url", "null"]), ("tls-key: [a.pem]", ["tls-key", "[a.pem]"]),
            ("sql-memory: yes", ["sql-memory", "yes", "whole number"]), ("sandbox: []", ["sandbox", "[]"]),
            ("allowed-hosts: [https://a.example]", ["allowed-hosts", "https://a.example", "host name"]),
        ])
    func wrongForms(_ text: String, _ words: [String]) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("roost.yaml", text)
        do {
            _ = try await read(file: file)
            Issue.record("\(text) was taken")
        } catch let error as RegistryError {
            #expect(error.code == .invalidArgument)
            for word in words { #expect(error.text.contains(word), "\(error)") }
        }
    }

    @Test("A secret is not shown, however wrong its form is")
    func secretForms() async throws {
        let folder = try TemporaryFolder()
        for text in ["admin-password: [hunter2hunter2]", "admin-password:\n  hunter2hunter2: 1\n"] {
            let file = try folder.write("roost.yaml", text)
            let error = await #expect(throws: RegistryError.self) { try await read(file: file) }
            #expect(error?.text.contains("admin-password") == true && error?.text.contains("hunter2") == false)
        }
    }

    @Test("TLS needs both of its files, a flag must be known, a file must be there and be YAML")
    func others() async throws {
        let folder = try TemporaryFolder()
        for (flags, file) in [
            (["tls-key": "k.pem"], nil), (["tls-certificate": "c.pem"], nil), (["no-such-key": "1"], nil),
            ([:], folder.path("missing.yaml")),
            ([:], try folder.write("broken.yaml", "a: [")), ([:], try folder.write("unknown.yaml", "prot: 80\n")),
        ] as [([String: String], String?)] {
            do {
                _ = try await read(flags: flags, file: file)
                Issue.record("\(flags) \(file ?? "") was taken")
            } catch let error as RegistryError {
                #expect(error.code == .invalidArgument, "\(error)")
            }
        }
    }

    @Test("Keys have distinct names and a documentation of one line")
    func keys() {
        #expect(Set(ConfigurationKey.all.map(\.name)).count == ConfigurationKey.all.count)
        #expect(ConfigurationKey.all.allSatisfy { !$0.documentation.isEmpty && !$0.documentation.contains("\n") })
    }
}
