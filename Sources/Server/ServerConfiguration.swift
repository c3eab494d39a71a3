import Access
import Configuration
import Foundation
import MLflow
import Packaging
import Registry
import SystemPackage
import Transfer
import Types

/// The server's settings, read once at start.
public struct ServerConfiguration: Sendable {
    var dataDirectory: String
    var backupDirectory: String?
    var address: String
    var port: Int
    var publicURL: String?
    var allowedHosts: Set<String>
    var tlsCertificate: String?
    var tlsKey: String?
    var adminUser: String
    var adminPassword: String?
    var oauthIssuer: String?
    var oauthAudience: Set<String>
    var oauthKeys: String?
    var oauthUserClaim: String
    var passwordCost: Int
    var nativeDirectory: String
    var workerPython: String
    var uv: String
    var sandbox: String
    var workers: Int
    var maximumWorkers: Int
    var warehouseWorkers: Int
    var workerMemoryBytes: Int
    var workerTimeoutSeconds: Int
    var workerLoadTimeoutSeconds: Int
    var workerResultBytes: Int
    var workerIdleSeconds: Int
    var directEstimator: Bool
    var sqlMemoryBytes: Int
    var sqlThreads: Int
    var statements: Int
    var statementTimeoutSeconds: Int
    var slowStatementSeconds: Double
    var sessionValiditySeconds: Int
    var masterValiditySeconds: Int
    var resultChunkRows: Int
    var resultChunkBytes: Int
    var resultMemoryBytes: Int
    var resultDiskBytes: Int
    var resultValiditySeconds: Int
    var transferValiditySeconds: Int
    var collectionGraceSeconds: Int
    var collectionRetentionSeconds: Int
    var trackingRetentionSeconds: Int
    var trackedBytesQuota: Int?
    var uploadLimitBytes: Int
    var requestLimitBytes: Int
    var limits: RegistryLimits
    var homeSchema: Namespace
    var webhooks: WebhookRules
    var logLevel: String
    var logFormat: String

    /// Reads the settings: flags over the environment over the file.
    ///
    /// - Parameters:
    ///   - flags: values by key name, as given on the command line.
    ///   - file: a YAML file of keys, nil for none.
    /// - Throws: `RegistryError` with code `invalidArgument` naming the key, its value and what is expected.
    public static func read(flags: [String: String], environment: [String: String], file: String?) async throws
        -> ServerConfiguration
    {
        var ours: [String: String] = [:]
        for key in ConfigurationKey.all { ours[key.environmentName] = environment[key.environmentName] }
        for name in flags.keys where ConfigurationKey.named(name) == nil {
            throw RegistryError(.invalidArgument, "There is no setting '\(name)'.")
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                values: Dictionary(
                    uniqueKeysWithValues: flags.map {
                        (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
                    })),
            KeyMappingProvider(upstream: EnvironmentVariablesProvider(environmentVariables: ours)) { key in
                AbsoluteConfigKey(["roost"] + key.components, context: key.context)
            },
        ]
        if let file { providers.append(try await ServerConfiguration.provider(of: file)) }
        return try ServerConfiguration(values: ConfigReader(providers: providers))
    }

    /// The settings of a YAML file.
    ///
    /// - Throws: `invalidArgument` for a file that can't be read, an unknown setting, and one without a value.
    private static func provider(of file: String) async throws -> any ConfigProvider {
        let hint = "It must be YAML with one 'key: value' a line."
        let lines: [(name: String, value: String)]
        do {
            lines = ServerConfiguration.lines(in: try String(contentsOfFile: file, encoding: .utf8))
        } catch {
            throw RegistryError(
                .invalidArgument, "The configuration file '\(file)' can't be read.", hint: hint, cause: error)
        }
        for (name, _) in lines where ConfigurationKey.named(name) == nil {
            throw RegistryError(
                .invalidArgument, "The configuration file '\(file)' has the unknown setting '\(name)'.",
                hint: RegistryError.nearMiss(name, ConfigurationKey.all.map(\.name)))
        }
        let provider: FileProvider<YAMLSnapshot>
        do {
            provider = try await FileProvider<YAMLSnapshot>(filePath: .init(file))
        } catch {
            // The first line says where; further ones would show what stands there, which may be secret.
            let reason = "\(error)".split(whereSeparator: \.isNewline).first ?? ""
            throw RegistryError(
                .invalidArgument, "The configuration file '\(file)' can't be read: \(reason)", hint: hint, cause: error)
        }
        for (name, value) in lines {
            if ["~", "null", "Null", "NULL"].contains(value) { throw notOfItsForm(name, "null") }
            // What is neither a value nor a list has keys of its own, and no value under this one.
            if let found = try? provider.value(forKey: AbsoluteConfigKey([name]), type: .string), found.value == nil {
                throw notOfItsForm(name, "a mapping")
            }
        }
        return provider
    }

    /// The keys at the margin of a YAML text, with what stands behind them.
    private static func lines(in text: String) -> [(name: String, value: String)] {
        text.split(whereSeparator: \.isNewline).compactMap { line -> (name: String, value: String)? in
            guard let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].split(separator: "#", omittingEmptySubsequences: false)[0]
            return (String(line[..<colon]), value.trimmingCharacters(in: .whitespaces))
        }
    }

    private static func notOfItsForm(_ name: String, _ given: String) -> RegistryError {
        let form = ConfigurationKey.named(name)?.isList == true ? "one value or a list of values" : "one value"
        return RegistryError(
            .invalidArgument, "The setting '\(name)' is \(given): \(form) is expected.",
            hint: given == "null" ? "Leave the line out for the default." : nil)
    }

    /// The issuer of OAuth tokens, nil where none is named.
    var oauth: OAuthConfiguration? {
        guard let oauthIssuer, let oauthKeys else { return nil }
        return OAuthConfiguration(
            issuer: oauthIssuer, audience: oauthAudience, keysFile: oauthKeys, userClaim: oauthUserClaim)
    }

    private static func namespace(_ text: String) throws -> Namespace {
        let hint = "It is a database and a schema as SQL writes them, e.g. ML.REGISTRY."
        do {
            let parts = try Identifier.split(text)
            guard parts.count == 2 else {
                throw RegistryError(.invalidArgument, "It has \(parts.count) parts.")
            }
            return Namespace(parts[0], parts[1])
        } catch let error as RegistryError {
            throw RegistryError(
                .invalidArgument, "The setting 'home-schema' is '\(text)': database.schema is expected.", hint: hint,
                cause: error)
        }
    }

    private init(values: ConfigReader) throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        func text(_ name: String) throws -> String? {
            let key = ConfigKey([name])
            var value = values.string(forKey: key)
            if value == nil, let list = values.stringArray(forKey: key) {
                guard let setting = ConfigurationKey.named(name), setting.isList else {
                    let isSecret = ConfigurationKey.named(name)?.isSecret == true
                    throw ServerConfiguration.notOfItsForm(
                        name, isSecret ? "a list" : "the list [\(list.joined(separator: ", "))]")
                }
                value = list.joined(separator: ",")
            }
            return (value?.isEmpty == false ? value : nil) ?? ConfigurationKey.named(name)?.defaultText
        }
        func required(_ name: String) throws -> String {
            guard let value = try text(name) else {
                throw RegistryError(.invalidArgument, "The setting '\(name)' is missing.")
            }
            return value
        }
        func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int? = nil) throws -> Int {
            guard let value = try text(name) else {
                guard let fallback else { throw RegistryError(.invalidArgument, "The setting '\(name)' is missing.") }
                return fallback
            }
            guard let number = Int(value), range.contains(number) else {
                throw RegistryError(
                    .invalidArgument,
                    "The setting '\(name)' is '\(value)': a whole number in \(range.lowerBound)...\(range.upperBound) is expected."
                )
            }
            return number
        }
        func choice(_ name: String, _ allowed: [String]) throws -> String {
            let value = try required(name).lowercased()
            guard allowed.contains(value) else {
                throw RegistryError(
                    .invalidArgument,
                    "The setting '\(name)' is '\(value)': one of \(allowed.joined(separator: ", ")) is expected.")
            }
            return value
        }
        dataDirectory = try required("data-directory")
        backupDirectory = try text("backup-directory")
        address = try required("address")
        port = try number("port", in: 0...65535)
        publicURL = try text("public-url")
        allowedHosts = Set(
            (try text("allowed-hosts") ?? "").split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces).lowercased()
            }.filter { !$0.isEmpty })
        for host in allowedHosts where HostAndPort(host) == nil {
            throw RegistryError(
                .invalidArgument,
                "The setting 'allowed-hosts' has '\(host)': a host name or address is expected, a port may follow it.")
        }
        tlsCertificate = try text("tls-certificate")
        tlsKey = try text("tls-key")
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw RegistryError(
                .invalidArgument, "TLS needs both tls-certificate and tls-key: only one of them is set.")
        }
        adminUser = try required("admin-user")
        adminPassword = try text("admin-password")
        oauthIssuer = try text("oauth-issuer")
        oauthAudience = Set(
            (try text("oauth-audience") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty })
        oauthKeys = try text("oauth-keys")
        oauthUserClaim = try required("oauth-user-claim")
        let given = [oauthIssuer != nil, !oauthAudience.isEmpty, oauthKeys != nil]
        guard Set(given).count == 1 else {
            throw RegistryError(
                .invalidArgument, "OAuth needs oauth-issuer, oauth-audience and oauth-keys: only some of them are set.")
        }
        passwordCost = try number("password-cost", in: 10...20)
        nativeDirectory = try required("native-directory")
        workerPython = try required("worker-python")
        uv = try required("uv")
        sandbox = try choice("sandbox", ["on", "partial", "off"])
        workers = try number("workers", in: 1...1024, default: cores)
        maximumWorkers = try number("maximum-workers", in: 1...4096, default: max(4, 4 * cores))
        warehouseWorkers = try number("warehouse-workers", in: 1...1024, default: cores)
        workerMemoryBytes = try number("worker-memory", in: 268_435_456...Int.max)
        workerTimeoutSeconds = try number("worker-timeout", in: 1...604_800)
        workerLoadTimeoutSeconds = try number("worker-load-timeout", in: 1...86_400)
        workerResultBytes = try number("worker-result", in: 1_048_576...Int.max)
        workerIdleSeconds = try number("worker-idle", in: 1...86_400)
        directEstimator = ["on", "true"].contains(
            try choice("direct-estimator", ["on", "off", "true", "false"]))
        sqlMemoryBytes = try number("sql-memory", in: 67_108_864...Int.max)
        sqlThreads = try number("sql-threads", in: 1...1024, default: cores)
        statements = try number("statements", in: 1...4096)
        statementTimeoutSeconds = try number("statement-timeout", in: 1...604_800)
        slowStatementSeconds = Double(try number("slow-statement", in: 1...50))
        sessionValiditySeconds = try number("session-validity", in: 1...604_800)
        masterValiditySeconds = try number("master-validity", in: 1...2_592_000)
        resultChunkRows = try number("result-chunk-rows", in: 1...10_000_000)
        resultChunkBytes = try number("result-chunk-bytes", in: 4096...1_073_741_824)
        resultMemoryBytes = try number("result-memory", in: 0...Int.max)
        resultDiskBytes = try number("result-disk", in: 0...Int.max)
        resultValiditySeconds = try number("result-validity", in: 1...604_800)
        transferValiditySeconds = try number("transfer-validity", in: 1...604_800)
        collectionGraceSeconds = try number("collection-grace", in: 0...31_536_000)
        collectionRetentionSeconds = try number("collection-retention", in: 0...315_360_000)
        trackingRetentionSeconds = try number("tracking-retention", in: 0...315_360_000)
        uploadLimitBytes = try number("upload-limit", in: 1...Int.max)
        requestLimitBytes = try number("request-limit", in: 1_048_576...1_073_741_824)
        limits = RegistryLimits()
        limits.versionsPerModel = try number("limit-versions-per-model", in: 1...Int.max)
        limits.package.methods = try number("limit-methods-per-version", in: 1...Int.max)
        limits.package.imports = try number("limit-imports-per-version", in: 1...Int.max)
        limits.package.arguments = try number("limit-arguments-per-method", in: 1...Int.max)
        limits.package.configurationBytes = try number("limit-configuration-bytes", in: 1...Int.max)
        limits.metadataBytes = try number("limit-metadata-bytes", in: 1...Int.max)
        limits.versionBytes = try number("limit-version-bytes", in: 1...Int.max)
        limits.filesPerVersion = try number("limit-files-per-version", in: 1...Int.max)
        limits.tagValueLength = try number("limit-tag-value-length", in: 1...Int.max)
        limits.tagsPerObject = try number("limit-tags-per-object", in: 1...Int.max)
        limits.allowedValuesPerTag = try number("limit-allowed-values-per-tag", in: 1...Int.max)
        limits.quotas.models = try text("quota-models-per-schema").map { _ in
            try number("quota-models-per-schema", in: 1...Int.max)
        }
        limits.quotas.bytes = try text("quota-bytes-per-schema").map { _ in
            try number("quota-bytes-per-schema", in: 1...Int.max)
        }
        trackedBytesQuota = try text("quota-tracked-bytes").map { _ in
            try number("quota-tracked-bytes", in: 1...Int.max)
        }
        homeSchema = try ServerConfiguration.namespace(try required("home-schema"))
        webhooks = WebhookRules()
        webhooks.schemes = Set(
            try required("webhook-schemes").split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces).lowercased()
            })
        guard !webhooks.schemes.isEmpty, webhooks.schemes.isSubset(of: ["http", "https"]) else {
            throw RegistryError(
                .invalidArgument,
                "The setting 'webhook-schemes' is '\(try required("webhook-schemes"))': https, or http,https, is expected.")
        }
        webhooks.allowsPrivateAddresses = ["on", "true"].contains(
            try choice("webhook-private-addresses", ["on", "off", "true", "false"]))
        webhooks.certificates = try text("webhook-certificates")
        logLevel = try choice("log-level", ["trace", "debug", "info", "notice", "warning", "error", "critical"])
        logFormat = try choice("log-format", ["text", "json"])
    }
}
