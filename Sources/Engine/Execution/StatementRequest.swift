package import Types

/// One statement as a door hands it to a session.
package struct StatementRequest: Sendable {
    /// The statement's text; exactly one statement.
    package var sql: String
    /// Values for `?` and `:n`, in order from 1, as SQL literals (see ``BindingLiteral``).
    package var bindings: [String]
    /// Whether to compile only: columns are known, nothing runs.
    package var describeOnly: Bool
    /// Statement parameters, names upper case.
    package var parameters: [String: String]
    /// The form the client can read SELECT results in.
    package var prefersArrow: Bool

    package init(
        sql: String, bindings: [String] = [], describeOnly: Bool = false, parameters: [String: String] = [:],
        prefersArrow: Bool = true
    ) {
        self.sql = sql
        self.bindings = bindings
        self.describeOnly = describeOnly
        self.parameters = parameters
        self.prefersArrow = prefersArrow
    }
}

/// A bound value on the wire, turned into a SQL literal.
package enum BindingLiteral {
    /// - Parameters:
    ///   - type: the client's type name: TEXT, FIXED, REAL, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ, BINARY, …
    ///   - value: the value's text, nil for NULL.
    /// - Throws: `RegistryError` with code `invalidArgument` when the text is not a value of that type.
    package static func literal(type: String, value: String?) throws -> String {
        guard let value else { return "NULL" }
        switch type.uppercased() {
        case "FIXED":
            guard value.wholeMatch(of: /[+-]?[0-9]+(\.[0-9]+)?/) != nil else { throw invalid(type) }
            return value
        case "REAL":
            guard Double(value) != nil else { throw invalid(type) }
            return "'\(value)'::DOUBLE"
        case "BOOLEAN":
            switch value.lowercased() {
            case "true", "1": return "TRUE"
            case "false", "0": return "FALSE"
            default: throw invalid(type)
            }
        case "DATE":
            guard let days = epochDays(value) else { throw invalid(type) }
            return "(DATE '1970-01-01' + INTERVAL (\(days)) DAY)::DATE"
        case "TIME":
            guard let nanos = Int64(value) else { throw invalid(type) }
            return "(TIME '00:00:00' + INTERVAL (\(nanos / 1000)) MICROSECOND)"
        case "TIMESTAMP_NTZ", "TIMESTAMP":
            guard let nanos = Int64(value) else { throw invalid(type) }
            return "make_timestamp(\(nanos / 1000))"
        case "TIMESTAMP_LTZ", "TIMESTAMP_TZ":
            guard let text = value.split(separator: " ").first, let nanos = Int64(text) else { throw invalid(type) }
            return "to_timestamp(\(Double(nanos) / 1e9))"
        case "BINARY":
            guard value.count.isMultiple(of: 2), value.allSatisfy(\.isHexDigit) else { throw invalid(type) }
            return "from_hex(\(quote(value)))"
        case "VARIANT", "OBJECT", "ARRAY": return "\(quote(value))::JSON"
        case "TEXT", "CHAR", "VARCHAR", "STRING", "ANY": return quote(value)
        default:
            throw RegistryError(.invalidArgument, "A bound value has the unknown type '\(type.prefix(40))'.")
        }
    }

    /// A text as a SQL string literal, quotes doubled.
    package static func quote(_ text: String) -> String { QuotedText.literal(text) }

    /// A bound DATE travels as milliseconds since 1970.
    private static func epochDays(_ value: String) -> Int64? {
        Int64(value).map { $0 >= 0 ? $0 / 86_400_000 : ($0 - 86_399_999) / 86_400_000 }
    }

    private static func invalid(_ type: String) -> RegistryError {
        RegistryError(.invalidArgument, "A bound value is not of its declared type \(type).")
    }
}
