package import Types

/// How an error looks on Snowflake's wire.
package struct SnowflakeError: Hashable, Sendable {
    /// Digits only: the client calls `int()` on it.
    package let code: String
    package let sqlState: String
    /// The prefix of the message, as Snowflake writes it.
    package let prefix: String

    /// Source: codes seen in the Python connector's `errorcode.py` and in Snowflake's documented messages.
    package init(_ error: RegistryError) {
        let compilation = "SQL compilation error:\n"
        switch error.code.kind {
        case .syntax where error.detail["empty"] != nil: self.init("000900", "42601", compilation)
        case .unsupported where error.detail["statements"] != nil: self.init("000008", "0A000", "")
        case .syntax: self.init("001003", "42000", compilation)
        case .invalidArgument: self.init("001008", "22023", compilation)
        case .notFound: self.init("002003", "02000", compilation)
        case .unknownColumn: self.init("000904", "42000", compilation)
        case .unknownFunction: self.init("002140", "42601", compilation)
        case .alreadyExists: self.init("002002", "42710", compilation)
        case .permissionDenied: self.init("003001", "42501", "SQL access control error:\n")
        case .unauthenticated where error.detail["login"] != nil:
            self.init(SnowflakeError.loginCode(error.detail["login"] ?? ""), "28000", "")
        case .unauthenticated:
            // A token that this server does not know belongs to a session that is gone.
            self.init(error.detail["token"] == nil ? "390100" : "390111", "28000", "")
        case .sessionExpired:
            // 390112: renew the session token. 390114: the master token is over, too. 390111: the session is gone.
            let code =
                switch error.detail["token"] {
                case "master": "390114"
                case "gone": "390111"
                default: "390112"
                }
            self.init(code, "08001", "")
        case .unsupported: self.init("000002", "0A000", compilation)
        case .limitExceeded: self.init("092605", "54000", compilation)
        case .failedPrecondition: self.init("092917", "42601", "SQL execution error:\n")
        case .conflict: self.init("000625", "40001", "")
        case .invalidValue:
            let (code, state) = SnowflakeError.valueCode(error.detail["value"])
            self.init(code, state, "")
        case .constraintViolation: self.init("100072", "22000", "")
        case .modelFailed: self.init("100357", "P0000", "")
        case .invalidPackage: self.init("092000", "22023", "SQL execution error:\n")
        case .cancelled: self.init("000604", "57014", "SQL execution canceled. ")
        case .timeout: self.init("000630", "57014", "")
        case .unavailable: self.init("000603", "57P03", "")
        case .corrupt: self.init("000606", "58030", "")
        case .internal: self.init("000603", "XX000", "SQL execution internal error:\n")
        }
    }

    /// The code for a `LoginRefusal`.
    ///
    /// Source: the Python connector's `CREDENTIAL_REJECTION_GS_CODES` and its codes for OAuth.
    private static func loginCode(_ reason: String) -> String {
        switch reason {
        case "passwordChange": "390120"
        case "token": "394400"
        case "keyPairInvalid": "390144"
        case "keyPairExpired": "394301"
        case "keyPairNotYetValid": "394302"
        case "keyPairLifetime": "394303"
        case "keyPairAlgorithm": "394305"
        case "keyPairFormat": "394306"
        case "oauth", "oauthNotOffered": "390303"
        case "oauthExpired": "390318"
        default: "390100"
        }
    }

    /// The code and SQLSTATE for what is wrong with a value (`ValueFault` of DuckDB).
    ///
    /// Source: Snowflake's messages, as its users quote them.
    private static func valueCode(_ fault: String?) -> (code: String, sqlState: String) {
        switch fault {
        case "timestamp": ("100035", "22007")
        case "boolean": ("100037", "22018")
        case "numberRange": ("100039", "22003")
        case "date": ("100040", "22007")
        case "divisionByZero": ("100051", "22012")
        case "json": ("100069", "22P02")
        case "tooLong": ("100078", "22000")
        case "time": ("100108", "22007")
        default: ("100038", "22018")
        }
    }

    private init(_ code: String, _ sqlState: String, _ prefix: String) {
        self.code = code
        self.sqlState = sqlState
        self.prefix = prefix
    }

    /// Most characters of a message: a name of a megabyte need not travel back.
    private static let longestMessage = 65_536

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= longestMessage ? text : text.prefix(longestMessage / 4) + "…"
    }

    /// The whole message: Snowflake's prefix, the position where one is known, the text and its hint.
    package static func message(of error: RegistryError) -> String {
        let text = shortened(error.text)
        let prefix = SnowflakeError(error).prefix
        guard let position = error.position, error.code != .notFound, !text.contains("line \(position.line)") else {
            return prefix + text
        }
        return prefix + "error line \(position.line) at position \(position.column)\n" + text
    }
}
