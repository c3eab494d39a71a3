import ArgumentParser
import Foundation
import Server

/// The settings that every command of the server takes, one flag a key of ``ConfigurationKey``.
struct SettingOptions: ParsableArguments {
    @Option(
        name: .customLong("config"), help: "YAML file of settings, one 'key: value' a line (environment: ROOST_CONFIG)."
    )
    var config: String?

    @Option(name: .customLong("data-directory"), help: SettingOptions.help("data-directory"))
    var dataDirectory: String?

    @Option(name: .customLong("backup-directory"), help: SettingOptions.help("backup-directory"))
    var backupDirectory: String?

    @Option(name: .customLong("address"), help: SettingOptions.help("address"))
    var address: String?

    @Option(name: .customLong("port"), help: SettingOptions.help("port"))
    var port: String?

    @Option(name: .customLong("public-url"), help: SettingOptions.help("public-url"))
    var publicUrl: String?

    @Option(name: .customLong("allowed-hosts"), help: SettingOptions.help("allowed-hosts"))
    var allowedHosts: String?

    @Option(name: .customLong("tls-certificate"), help: SettingOptions.help("tls-certificate"))
    var tlsCertificate: String?

    @Option(name: .customLong("tls-key"), help: SettingOptions.help("tls-key"))
    var tlsKey: String?

    @Option(name: .customLong("admin-user"), help: SettingOptions.help("admin-user"))
    var adminUser: String?

    @Option(name: .customLong("admin-password"), help: SettingOptions.help("admin-password"))
    var adminPassword: String?

    @Option(name: .customLong("oauth-issuer"), help: SettingOptions.help("oauth-issuer"))
    var oauthIssuer: String?

    @Option(name: .customLong("oauth-audience"), help: SettingOptions.help("oauth-audience"))
    var oauthAudience: String?

    @Option(name: .customLong("oauth-keys"), help: SettingOptions.help("oauth-keys"))
    var oauthKeys: String?

    @Option(name: .customLong("oauth-user-claim"), help: SettingOptions.help("oauth-user-claim"))
    var oauthUserClaim: String?

    @Option(name: .customLong("password-cost"), help: SettingOptions.help("password-cost"))
    var passwordCost: String?

    @Option(name: .customLong("native-directory"), help: SettingOptions.help("native-directory"))
    var nativeDirectory: String?

    @Option(name: .customLong("worker-python"), help: SettingOptions.help("worker-python"))
    var workerPython: String?

    @Option(name: .customLong("uv"), help: SettingOptions.help("uv"))
    var uv: String?

    @Option(name: .customLong("sandbox"), help: SettingOptions.help("sandbox"))
    var sandbox: String?

    @Option(name: .customLong("workers"), help: SettingOptions.help("workers"))
    var workers: String?

    @Option(name: .customLong("maximum-workers"), help: SettingOptions.help("maximum-workers"))
    var maximumWorkers: String?

    @Option(name: .customLong("warehouse-workers"), help: SettingOptions.help("warehouse-workers"))
    var warehouseWorkers: String?

    @Option(name: .customLong("worker-memory"), help: SettingOptions.help("worker-memory"))
    var workerMemory: String?

    @Option(name: .customLong("worker-timeout"), help: SettingOptions.help("worker-timeout"))
    var workerTimeout: String?

    @Option(name: .customLong("worker-load-timeout"), help: SettingOptions.help("worker-load-timeout"))
    var workerLoadTimeout: String?

    @Option(name: .customLong("worker-result"), help: SettingOptions.help("worker-result"))
    var workerResult: String?

    @Option(name: .customLong("worker-idle"), help: SettingOptions.help("worker-idle"))
    var workerIdle: String?

    @Option(name: .customLong("direct-estimator"), help: SettingOptions.help("direct-estimator"))
    var directEstimator: String?

    @Option(name: .customLong("sql-memory"), help: SettingOptions.help("sql-memory"))
    var sqlMemory: String?

    @Option(name: .customLong("sql-threads"), help: SettingOptions.help("sql-threads"))
    var sqlThreads: String?

    @Option(name: .customLong("statements"), help: SettingOptions.help("statements"))
    var statements: String?

    @Option(name: .customLong("statement-timeout"), help: SettingOptions.help("statement-timeout"))
    var statementTimeout: String?

    @Option(name: .customLong("slow-statement"), help: SettingOptions.help("slow-statement"))
    var slowStatement: String?

    @Option(name: .customLong("session-validity"), help: SettingOptions.help("session-validity"))
    var sessionValidity: String?

    @Option(name: .customLong("master-validity"), help: SettingOptions.help("master-validity"))
    var masterValidity: String?

    @Option(name: .customLong("result-chunk-rows"), help: SettingOptions.help("result-chunk-rows"))
    var resultChunkRows: String?

    @Option(name: .customLong("result-chunk-bytes"), help: SettingOptions.help("result-chunk-bytes"))
    var resultChunkBytes: String?

    @Option(name: .customLong("result-memory"), help: SettingOptions.help("result-memory"))
    var resultMemory: String?

    @Option(name: .customLong("result-disk"), help: SettingOptions.help("result-disk"))
    var resultDisk: String?

    @Option(name: .customLong("result-validity"), help: SettingOptions.help("result-validity"))
    var resultValidity: String?

    @Option(name: .customLong("transfer-validity"), help: SettingOptions.help("transfer-validity"))
    var transferValidity: String?

    @Option(name: .customLong("collection-grace"), help: SettingOptions.help("collection-grace"))
    var collectionGrace: String?

    @Option(name: .customLong("collection-retention"), help: SettingOptions.help("collection-retention"))
    var collectionRetention: String?

    @Option(name: .customLong("tracking-retention"), help: SettingOptions.help("tracking-retention"))
    var trackingRetention: String?

    @Option(name: .customLong("upload-limit"), help: SettingOptions.help("upload-limit"))
    var uploadLimit: String?

    @Option(name: .customLong("request-limit"), help: SettingOptions.help("request-limit"))
    var requestLimit: String?

    @Option(name: .customLong("limit-versions-per-model"), help: SettingOptions.help("limit-versions-per-model"))
    var limitVersionsPerModel: String?

    @Option(name: .customLong("limit-methods-per-version"), help: SettingOptions.help("limit-methods-per-version"))
    var limitMethodsPerVersion: String?

    @Option(name: .customLong("limit-imports-per-version"), help: SettingOptions.help("limit-imports-per-version"))
    var limitImportsPerVersion: String?

    @Option(name: .customLong("limit-arguments-per-method"), help: SettingOptions.help("limit-arguments-per-method"))
    var limitArgumentsPerMethod: String?

    @Option(name: .customLong("limit-configuration-bytes"), help: SettingOptions.help("limit-configuration-bytes"))
    var limitConfigurationBytes: String?

    @Option(name: .customLong("limit-metadata-bytes"), help: SettingOptions.help("limit-metadata-bytes"))
    var limitMetadataBytes: String?

    @Option(name: .customLong("limit-version-bytes"), help: SettingOptions.help("limit-version-bytes"))
    var limitVersionBytes: String?

    @Option(name: .customLong("limit-files-per-version"), help: SettingOptions.help("limit-files-per-version"))
    var limitFilesPerVersion: String?

    @Option(name: .customLong("limit-tag-value-length"), help: SettingOptions.help("limit-tag-value-length"))
    var limitTagValueLength: String?

    @Option(name: .customLong("limit-tags-per-object"), help: SettingOptions.help("limit-tags-per-object"))
    var limitTagsPerObject: String?

    @Option(
        name: .customLong("limit-allowed-values-per-tag"), help: SettingOptions.help("limit-allowed-values-per-tag"))
    var limitAllowedValuesPerTag: String?

    @Option(name: .customLong("quota-models-per-schema"), help: SettingOptions.help("quota-models-per-schema"))
    var quotaModelsPerSchema: String?

    @Option(name: .customLong("quota-bytes-per-schema"), help: SettingOptions.help("quota-bytes-per-schema"))
    var quotaBytesPerSchema: String?

    @Option(name: .customLong("quota-tracked-bytes"), help: SettingOptions.help("quota-tracked-bytes"))
    var quotaTrackedBytes: String?

    @Option(name: .customLong("home-schema"), help: SettingOptions.help("home-schema"))
    var homeSchema: String?

    @Option(name: .customLong("webhook-schemes"), help: SettingOptions.help("webhook-schemes"))
    var webhookSchemes: String?

    @Option(name: .customLong("webhook-private-addresses"), help: SettingOptions.help("webhook-private-addresses"))
    var webhookPrivateAddresses: String?

    @Option(name: .customLong("webhook-certificates"), help: SettingOptions.help("webhook-certificates"))
    var webhookCertificates: String?

    @Option(name: .customLong("log-level"), help: SettingOptions.help("log-level"))
    var logLevel: String?

    @Option(name: .customLong("log-format"), help: SettingOptions.help("log-format"))
    var logFormat: String?

    /// Values given as flags, by key.
    var flags: [String: String] {
        let all: [(String, String?)] = [
            ("data-directory", dataDirectory),
            ("backup-directory", backupDirectory),
            ("address", address),
            ("port", port),
            ("public-url", publicUrl),
            ("allowed-hosts", allowedHosts),
            ("tls-certificate", tlsCertificate),
            ("tls-key", tlsKey),
            ("admin-user", adminUser),
            ("admin-password", adminPassword),
            ("oauth-issuer", oauthIssuer),
            ("oauth-audience", oauthAudience),
            ("oauth-keys", oauthKeys),
            ("oauth-user-claim", oauthUserClaim),
            ("password-cost", passwordCost),
            ("native-directory", nativeDirectory),
            ("worker-python", workerPython),
            ("uv", uv),
            ("sandbox", sandbox),
            ("workers", workers),
            ("maximum-workers", maximumWorkers),
            ("warehouse-workers", warehouseWorkers),
            ("worker-memory", workerMemory),
            ("worker-timeout", workerTimeout),
            ("worker-load-timeout", workerLoadTimeout),
            ("worker-result", workerResult),
            ("worker-idle", workerIdle),
            ("direct-estimator", directEstimator),
            ("sql-memory", sqlMemory),
            ("sql-threads", sqlThreads),
            ("statements", statements),
            ("statement-timeout", statementTimeout),
            ("slow-statement", slowStatement),
            ("session-validity", sessionValidity),
            ("master-validity", masterValidity),
            ("result-chunk-rows", resultChunkRows),
            ("result-chunk-bytes", resultChunkBytes),
            ("result-memory", resultMemory),
            ("result-disk", resultDisk),
            ("result-validity", resultValidity),
            ("transfer-validity", transferValidity),
            ("collection-grace", collectionGrace),
            ("collection-retention", collectionRetention),
            ("tracking-retention", trackingRetention),
            ("upload-limit", uploadLimit),
            ("request-limit", requestLimit),
            ("limit-versions-per-model", limitVersionsPerModel),
            ("limit-methods-per-version", limitMethodsPerVersion),
            ("limit-imports-per-version", limitImportsPerVersion),
            ("limit-arguments-per-method", limitArgumentsPerMethod),
            ("limit-configuration-bytes", limitConfigurationBytes),
            ("limit-metadata-bytes", limitMetadataBytes),
            ("limit-version-bytes", limitVersionBytes),
            ("limit-files-per-version", limitFilesPerVersion),
            ("limit-tag-value-length", limitTagValueLength),
            ("limit-tags-per-object", limitTagsPerObject),
            ("limit-allowed-values-per-tag", limitAllowedValuesPerTag),
            ("quota-models-per-schema", quotaModelsPerSchema),
            ("quota-bytes-per-schema", quotaBytesPerSchema),
            ("quota-tracked-bytes", quotaTrackedBytes),
            ("home-schema", homeSchema),
            ("webhook-schemes", webhookSchemes),
            ("webhook-private-addresses", webhookPrivateAddresses),
            ("webhook-certificates", webhookCertificates),
            ("log-level", logLevel),
            ("log-format", logFormat),
        ]
        return Dictionary(uniqueKeysWithValues: all.compactMap { name, value in value.map { (name, $0) } })
    }

    /// The settings from flags, environment and file.
    func configuration() async throws -> ServerConfiguration {
        let environment = ProcessInfo.processInfo.environment
        return try await ServerConfiguration.read(
            flags: flags, environment: environment, file: config ?? environment["ROOST_CONFIG"])
    }

    /// What a key sets, its default and its environment variable.
    static func help(_ name: String) -> ArgumentHelp {
        guard let key = ConfigurationKey.all.first(where: { $0.name == name }) else { return "" }
        let fallback = key.defaultText.map { " Default: \($0)." } ?? ""
        return ArgumentHelp("\(key.documentation)\(fallback) [\(key.environmentName)]", valueName: "value")
    }
}
