/// One setting of the server: what `roost serve --help` prints and what every provider is read with.
///
/// A key is given as a flag (`--data-directory`), in the environment (`ROOST_DATA_DIRECTORY`) or in the YAML file
/// (`data-directory:`); flags win over the environment, the environment over the file.
public struct ConfigurationKey: Sendable {
    /// The name, as flag and in the file.
    public let name: String
    /// What it sets, with its unit and range.
    public let documentation: String
    /// The default, as text; nil where there is none.
    public let defaultText: String?
    /// Whether the value must never be shown.
    public let isSecret: Bool
    /// Whether the value is a list: with commas between, or a list of the YAML file.
    public let isList: Bool

    init(
        _ name: String, _ defaultText: String?, isSecret: Bool = false, isList: Bool = false, _ documentation: String
    ) {
        self.name = name
        self.documentation = documentation
        self.defaultText = defaultText
        self.isSecret = isSecret
        self.isList = isList
    }

    /// The name of the environment variable.
    public var environmentName: String { "ROOST_" + name.uppercased().split(separator: "-").joined(separator: "_") }

    /// Every key there is.
    public static let all: [ConfigurationKey] = [
        ConfigurationKey("data-directory", "roost-data", "Directory that holds everything Roost keeps."),
        ConfigurationKey(
            "backup-directory", nil,
            "Directory below which 'roost backup' has a running server write; none: it refuses."),
        ConfigurationKey("address", "127.0.0.1", "Address to listen on; 0.0.0.0 opens the server to the network."),
        ConfigurationKey("port", "8080", "Port to listen on, in 0...65535; 0 takes any free one."),
        ConfigurationKey(
            "public-url", nil,
            "URL under which clients reach the server; default: an allowed host that the request names, else the listening address."
        ),
        ConfigurationKey(
            "allowed-hosts", nil, isList: true,
            "Comma-separated hosts, with or without a port, that a request's Host header may name; default: local names when listening on loopback, else any."
        ),
        ConfigurationKey("tls-certificate", nil, "PEM file of the certificate chain; turns on TLS with tls-key."),
        ConfigurationKey("tls-key", nil, "PEM file of the certificate's private key."),
        ConfigurationKey("admin-user", "ADMIN", "Name of the administrator made at first start."),
        ConfigurationKey(
            "admin-password", nil, isSecret: true,
            "The administrator's password at first start; default: generated and shown once."),
        ConfigurationKey(
            "oauth-issuer", nil,
            "Issuer of the OAuth tokens that may log in, as their iss claim has it; needs oauth-audience and oauth-keys."
        ),
        ConfigurationKey(
            "oauth-audience", nil, isList: true, "Comma-separated audiences: a token's aud claim must name one of them."
        ),
        ConfigurationKey(
            "oauth-keys", nil, "File of the issuer's public keys, a JSON Web Key Set; read when it changes."),
        ConfigurationKey("oauth-user-claim", "sub", "Claim of a token that names the user, by its login name."),
        ConfigurationKey(
            "password-cost", "15",
            "Binary logarithm of scrypt's rounds for new passwords: each one more doubles the time and memory of a login."),
        ConfigurationKey(
            "native-directory", ".roost/native", "Directory of the native libraries, as `make setup` fills it."),
        ConfigurationKey(
            "worker-python", ".roost/python/bin/python", "Python of the workers' base environment."),
        ConfigurationKey("uv", "uv", "The uv program that builds models' own environments."),
        ConfigurationKey(
            "sandbox", "on", "Confinement of models' code: on, partial (without bubblewrap), or off. Use on."),
        ConfigurationKey("workers", nil, "Most worker processes of one method at once; default: the number of cores."),
        ConfigurationKey("maximum-workers", nil, "Most worker processes altogether; default: four a core."),
        ConfigurationKey(
            "warehouse-workers", nil,
            "Worker processes that a warehouse of size X-Small may use at once; each size doubles it; default: the number of cores."
        ),
        ConfigurationKey("worker-memory", "4294967296", "Most memory of one worker, in bytes."),
        ConfigurationKey("worker-timeout", "600", "Longest that one batch may take in a worker, in seconds."),
        ConfigurationKey(
            "worker-load-timeout", "120", "Longest that loading a model may take in a worker, in seconds."),
        ConfigurationKey("worker-result", "1073741824", "Largest result of one batch, in bytes."),
        ConfigurationKey("worker-idle", "300", "Seconds after which an idle worker is retired."),
        ConfigurationKey(
            "direct-estimator", "on",
            "Whether workers call a scikit-learn estimator directly once its outputs were found equal to the handler's."
        ),
        ConfigurationKey(
            "sql-memory", "2147483648",
            "Most memory of the SQL engine's tables, sorts and joins, in bytes; statements that take the server over one and a half times as much and 512 MiB are refused."
        ),
        ConfigurationKey("sql-threads", nil, "Threads of the SQL engine; default: the number of cores."),
        ConfigurationKey("statements", "64", "Most statements that run at once; further ones wait."),
        ConfigurationKey(
            "statement-timeout", "172800", "Longest that a statement may run, in seconds; a session may lower it."),
        ConfigurationKey(
            "slow-statement", "20", "Seconds after which the client is told to poll for a statement's result."),
        ConfigurationKey(
            "session-validity", "3600",
            "Seconds that a session token is valid after the login, its renewal or a heartbeat; clients renew it."),
        ConfigurationKey(
            "master-validity", "14400",
            "Seconds that a session can be renewed after the login, its last renewal or a heartbeat."),
        ConfigurationKey("result-chunk-rows", "100000", "Rows in one part of a result, about."),
        ConfigurationKey("result-chunk-bytes", "16777216", "Most bytes in one part of a result, about."),
        ConfigurationKey(
            "result-memory", "33554432", "Bytes of all results kept in memory; what is over goes to disk."),
        ConfigurationKey("result-disk", "10737418240", "Most bytes of results kept on disk; the oldest go first."),
        ConfigurationKey("result-validity", "86400", "Seconds that a result can be fetched again."),
        ConfigurationKey("transfer-validity", "3600", "Seconds that a signed upload or download URL is valid."),
        ConfigurationKey(
            "collection-grace", "3600",
            "Seconds that a stored file without any reference is kept: longer than an upload."),
        ConfigurationKey(
            "collection-retention", "86400",
            "Seconds that dropped models can be brought back, and the files of dropped versions, stages and databases are kept."),
        ConfigurationKey(
            "tracking-retention", "2592000",
            "Seconds that deleted runs, experiments and logged models of MLflow's clients can be restored and are kept, with their files."
        ),
        ConfigurationKey("upload-limit", "5368709120", "Largest file that can be uploaded, in bytes."),
        ConfigurationKey("request-limit", "67108864", "Largest request body of a statement, decompressed, in bytes."),
        ConfigurationKey("limit-versions-per-model", "1000", "Most versions of a model."),
        ConfigurationKey("limit-methods-per-version", "10", "Most methods of a version."),
        ConfigurationKey("limit-imports-per-version", "10", "Most imports of a version."),
        ConfigurationKey("limit-arguments-per-method", "500", "Most arguments of a method; more travel as one object."),
        ConfigurationKey(
            "limit-configuration-bytes", "256000", "Most bytes of a version's manifest and environment files."),
        ConfigurationKey("limit-metadata-bytes", "102400", "Most bytes of a version's metadata."),
        ConfigurationKey("limit-version-bytes", "16106127360", "Most bytes of all files of a version."),
        ConfigurationKey("limit-files-per-version", "10000", "Most files of a version."),
        ConfigurationKey("limit-tag-value-length", "256", "Most characters of a tag's value."),
        ConfigurationKey("limit-tags-per-object", "50", "Most tags on an object."),
        ConfigurationKey("limit-allowed-values-per-tag", "300", "Most values that a tag allows."),
        ConfigurationKey(
            "quota-models-per-schema", nil, "Most models that a schema may hold; default: any number."),
        ConfigurationKey(
            "quota-bytes-per-schema", nil,
            "Most bytes of all versions' and stages' files that a schema may hold; default: any number."),
        ConfigurationKey(
            "quota-tracked-bytes", nil,
            "Most bytes of the files of all runs and logged models, deleted ones until they are collected; default: any number."
        ),
        ConfigurationKey(
            "home-schema", "ML.REGISTRY",
            "Schema, as DATABASE.SCHEMA, of the models whose names say no other to MLflow's clients, and of their experiments and runs."
        ),
        ConfigurationKey(
            "webhook-schemes", "https", isList: true,
            "Schemes that webhooks' addresses may have: https, or http,https."),
        ConfigurationKey(
            "webhook-private-addresses", "off",
            "Whether webhooks may be sent to this machine and to private networks: on or off."),
        ConfigurationKey(
            "webhook-certificates", nil,
            "PEM file of authorities that sign certificates of webhooks' receivers, beside those of the system."),
        ConfigurationKey("log-level", "info", "trace, debug, info, notice, warning, error or critical."),
        ConfigurationKey("log-format", "text", "Form of log lines: text or json."),
    ]

    static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }
}
