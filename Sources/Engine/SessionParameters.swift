import Types

/// A parameter as clients are told it: typed.
package struct ClientParameter: Sendable {
    package enum Value: Sendable {
        case text(String)
        case number(Int)
        case flag(Bool)
    }

    package let name: String
    package let value: Value
}

/// The parameters of a session: known ones with their defaults and checks, and what the client sent besides.
///
/// Source: https://docs.snowflake.com/en/sql-reference/parameters
package struct SessionParameters: Sendable {
    /// One known parameter.
    struct Definition: Sendable {
        enum Kind: Sendable {
            case flag
            case number(ClosedRange<Int>)
            case text
            case choice([String])
        }

        let name: String
        let kind: Kind
        let defaultText: String
        let description: String
    }

    static let definitions: [Definition] = [
        Definition(
            name: "ABORT_DETACHED_QUERY", kind: .flag, defaultText: "false",
            description: "Has no effect: statements go on without their client."),
        Definition(
            name: "AUTOCOMMIT", kind: .flag, defaultText: "true", description: "Each statement is a transaction."),
        Definition(
            name: "BINARY_OUTPUT_FORMAT", kind: .choice(["HEX", "BASE64"]), defaultText: "HEX",
            description: "How BINARY is shown as text."),
        Definition(
            name: "CLIENT_SESSION_KEEP_ALIVE", kind: .flag, defaultText: "false",
            description: "The client keeps its session alive."),
        Definition(
            name: "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", kind: .number(0...0), defaultText: "0",
            description: "Bound values from which a client uses a stage; 0 for never."),
        Definition(
            name: "CLIENT_TELEMETRY_ENABLED", kind: .flag, defaultText: "false",
            description: "The client sends telemetry."),
        Definition(
            name: "DATE_OUTPUT_FORMAT", kind: .text, defaultText: "YYYY-MM-DD",
            description: "How DATE is shown as text."),
        Definition(
            name: "ERROR_ON_NONDETERMINISTIC_UPDATE", kind: .choice(["false"]), defaultText: "false",
            description: "UPDATE takes one of several source rows."),
        Definition(
            name: "JSON_INDENT", kind: .number(0...16), defaultText: "0",
            description: "Has no effect: VARIANT, OBJECT and ARRAY are compact JSON."),
        Definition(name: "LOCK_TIMEOUT", kind: .number(0...604_800), defaultText: "43200", description: "Seconds."),
        Definition(
            name: "MULTI_STATEMENT_COUNT", kind: .number(0...Int.max), defaultText: "1",
            description: "Statements in one request; 0 for any number."),
        Definition(
            name: "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", kind: .choice(["ARROW", "JSON"]), defaultText: "ARROW",
            description: "Form of SELECT results."),
        Definition(name: "QUERY_TAG", kind: .text, defaultText: "", description: "A label for the query history."),
        Definition(
            name: "QUOTED_IDENTIFIERS_IGNORE_CASE", kind: .flag, defaultText: "false",
            description: "Quoted identifiers are folded to upper case."),
        Definition(
            name: "ROWS_PER_RESULTSET", kind: .number(0...Int.max), defaultText: "0",
            description: "Most rows of a result; 0 for all."),
        Definition(
            name: "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", kind: .number(0...604_800), defaultText: "0",
            description: "Has no effect."),
        Definition(
            name: "STATEMENT_TIMEOUT_IN_SECONDS", kind: .number(0...604_800), defaultText: "172800",
            description: "Longest run of a statement."),
        Definition(
            name: "TIMESTAMP_LTZ_OUTPUT_FORMAT", kind: .text, defaultText: "",
            description: "Has no effect."),
        Definition(
            name: "TIMESTAMP_NTZ_OUTPUT_FORMAT", kind: .text, defaultText: "YYYY-MM-DD HH24:MI:SS.FF3",
            description: "How TIMESTAMP_NTZ is shown as text."),
        Definition(
            name: "TIMESTAMP_OUTPUT_FORMAT", kind: .text, defaultText: "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
            description: "Has no effect."),
        Definition(
            name: "TIMESTAMP_TYPE_MAPPING", kind: .choice(["TIMESTAMP_NTZ"]), defaultText: "TIMESTAMP_NTZ",
            description: "What TIMESTAMP means."),
        Definition(
            name: "TIMESTAMP_TZ_OUTPUT_FORMAT", kind: .text, defaultText: "", description: "Has no effect."),
        Definition(
            name: "TIMEZONE", kind: .choice(["UTC", "Etc/UTC", "GMT"]), defaultText: "UTC",
            description: "The session's time zone."),
        Definition(name: "TIME_OUTPUT_FORMAT", kind: .text, defaultText: "HH24:MI:SS", description: "Has no effect."),
        Definition(
            name: "USE_CACHED_RESULT", kind: .flag, defaultText: "true",
            description: "Has no effect: results are not used again for other statements."),
        Definition(
            name: "WEEK_START", kind: .choice(["0", "1"]), defaultText: "0", description: "Weeks begin on Mondays."),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: definitions.map { ($0.name, $0) })

    private var values: [String: String] = [:]
    private var clientValues: [String: String] = [:]

    /// The value of a parameter: set, else its default; nil for an unknown one.
    package subscript(name: String) -> String? {
        values[name] ?? clientValues[name] ?? SessionParameters.byName[name]?.defaultText
    }

    func isSet(_ name: String) -> Bool { values[name] != nil }

    /// `ALTER SESSION SET name = value`.
    ///
    /// - Throws: `invalidArgument` for a value that the parameter does not take.
    mutating func set(_ name: String, _ value: String) throws {
        guard let definition = SessionParameters.byName[name] else {
            throw RegistryError(
                .invalidArgument, "Invalid parameter '\(name.prefix(100))'.",
                hint: RegistryError.nearMiss(name, SessionParameters.definitions.map(\.name))
                    ?? "SHOW PARAMETERS lists those there are.")
        }
        func refuse(_ expected: String) -> RegistryError {
            RegistryError(
                .invalidArgument, "Invalid value '\(value.prefix(100))' for parameter \(name): \(expected) is expected."
            )
        }
        switch definition.kind {
        case .flag:
            guard ["TRUE", "FALSE", "ON", "OFF", "1", "0"].contains(value.uppercased()) else {
                throw refuse("TRUE or FALSE")
            }
            values[name] = ["TRUE", "ON", "1"].contains(value.uppercased()) ? "true" : "false"
        case .number(let range):
            guard let number = Int(value), range.contains(number) else {
                throw refuse("a number in \(range.lowerBound)...\(range.upperBound)")
            }
            values[name] = value
        case .choice(let choices):
            guard let choice = choices.first(where: { $0.uppercased() == value.uppercased() }) else {
                throw refuse("one of \(choices.joined(separator: ", "))")
            }
            values[name] = choice
        case .text: values[name] = value
        }
    }

    mutating func unset(_ name: String) { values[name] = nil }

    /// Values that the client sent at login: those that the server knows are checked, and kept back when they are wrong.
    mutating func setFromClient(_ name: String, _ value: String) {
        if SessionParameters.byName[name] != nil {
            do { try set(name, value) } catch { clientValues[name] = nil }
        } else {
            clientValues[name] = value
        }
    }

    var ignoresCaseOfQuotedIdentifiers: Bool { self["QUOTED_IDENTIFIERS_IGNORE_CASE"] == "true" }

    func statementTimeoutSeconds(limit: Int) -> Int {
        let own = Int(self["STATEMENT_TIMEOUT_IN_SECONDS"] ?? "") ?? 0
        return own == 0 ? limit : min(own, limit)
    }

    var forClient: [ClientParameter] {
        let sent = [
            "AUTOCOMMIT", "TIMEZONE", "CLIENT_SESSION_KEEP_ALIVE", "CLIENT_TELEMETRY_ENABLED",
            "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT",
            "QUOTED_IDENTIFIERS_IGNORE_CASE", "TIMESTAMP_TYPE_MAPPING",
        ]
        return sent.compactMap { name in
            guard let value = self[name] else { return nil }
            if let number = Int(value) { return ClientParameter(name: name, value: .number(number)) }
            let isFlag = value == "true" || value == "false"
            return ClientParameter(name: name, value: isFlag ? .flag(value == "true") : .text(value))
        }
    }
}
