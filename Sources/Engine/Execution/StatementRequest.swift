package import Types

/// One statement as a door hands it to a session.
package struct StatementRequest: Sendable {
    /// The statement's text; exactly one statement.
    package var sql: String
    /// Values for `?` and `:n`, in order from 1, as SQL literals (see ``BindingLiteral``).
    package var bindings: [String]
    /// Rows of values for `?`, where an INSERT comes with arrays; ``bindings`` is empty then.
    package var boundRows: BoundRows?
    /// Whether to compile only: columns are known, nothing runs.
    package var describeOnly: Bool
    /// Statement parameters, names upper case.
    package var parameters: [String: String]
    /// The form the client can read SELECT results in.
    package var prefersArrow: Bool
    /// The host and port by which the client reached the server, for URLs that it is given; nil where unknown.
    package var host: String?

    package init(
        sql: String, bindings: [String] = [], boundRows: BoundRows? = nil, describeOnly: Bool = false,
        parameters: [String: String] = [:], prefersArrow: Bool = true, host: String? = nil
    ) {
        self.sql = sql
        self.bindings = bindings
        self.boundRows = boundRows
        self.describeOnly = describeOnly
        self.parameters = parameters
        self.prefersArrow = prefersArrow
        self.host = host
    }
}

/// A bound value on the wire, turned into a SQL literal.
///
/// Moments travel as nanoseconds since 1970 UTC and become whole microseconds, further digits cut off: no floating
/// point, which would lose them, and nothing that is too large for 64 bits on the way.
package enum BindingLiteral {
    /// - Parameters:
    ///   - type: the client's type name: TEXT, FIXED, REAL, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ, BINARY, …
    ///   - value: the value's text, nil for NULL.
    /// - Throws: `RegistryError` with code `invalidArgument` when the text is not a value of that type, `invalidValue`
    ///   for a date or time that is out of range.
    ///
    /// Source: `to_snowflake_bindings` of the Python connector's `converter.py`.
    package static func literal(type: String, value: String?) throws -> String {
        guard let value else { return "NULL" }
        switch type.uppercased() {
        case "FIXED":
            guard value.wholeMatch(of: /[+-]?[0-9]+(\.[0-9]+)?/) != nil else { throw invalid(type) }
            return value
        case "REAL":
            // Swift reads hexadecimal numbers, too, which SQL does not.
            guard Double(value) != nil, !value.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }) else {
                throw invalid(type)
            }
            return "'\(value)'::DOUBLE"
        case "BOOLEAN":
            switch value.lowercased() {
            case "true", "1": return "TRUE"
            case "false", "0": return "FALSE"
            default: throw invalid(type)
            }
        case "DATE":
            let days = floored(try number(value, type), by: 86_400_000)
            guard days.magnitude <= farthestDay else { throw outOfRange(type) }
            return "(DATE '1970-01-01' + INTERVAL (\(days)) DAY)::DATE"
        case "TIME":
            let micros = floored(try number(value, type), by: 1000)
            guard (0..<86_400_000_000).contains(micros) else { throw outOfRange(type) }
            return "(TIME '00:00:00' + INTERVAL (\(micros)) MICROSECOND)"
        case "TIMESTAMP_NTZ", "TIMESTAMP": return "make_timestamp(\(try microseconds(value, type)))"
        case "TIMESTAMP_LTZ", "TIMESTAMP_TZ":
            // The offset from UTC, in minutes and 1440, may follow. The moment is in UTC with it or without.
            let parts = value.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 1 || parts.count == 2 && (Int(parts[1]).map { (0...2880).contains($0) } ?? false)
            else { throw invalid(type) }
            return "make_timestamptz(\(try microseconds(String(parts[0]), type)))"
        case "BINARY":
            guard value.utf8.count.isMultiple(of: 2), value.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                throw invalid(type)
            }
            return "from_hex(\(quote(value)))"
        case "VARIANT", "OBJECT", "ARRAY": return "\(quote(value))::JSON"
        case "TEXT", "CHAR", "VARCHAR", "STRING", "ANY": return quote(value)
        default:
            throw RegistryError(.invalidArgument, "A bound value has the unknown type '\(type.prefix(40))'.")
        }
    }

    /// A text as a SQL string literal, quotes doubled.
    package static func quote(_ text: String) -> String { QuotedText.literal(text) }

    /// The days from 1970 to the last day that DuckDB has timestamps for, and to the first.
    private static let farthestDay: UInt128 = 106_751_991
    /// The microseconds that DuckDB has timestamps for; its greatest number stands for infinity.
    ///
    /// Source: https://duckdb.org/docs/stable/sql/data_types/timestamp
    private static let timestamps: ClosedRange<Int128> = -9_223_372_022_400_000_000...9_223_372_036_854_775_806

    /// Microseconds of nanoseconds.
    private static func microseconds(_ value: String, _ type: String) throws -> Int128 {
        let micros = floored(try number(value, type), by: 1000)
        guard timestamps.contains(micros) else { throw outOfRange(type) }
        return micros
    }

    /// A whole number; one with more digits than any date or time has is out of range.
    private static func number(_ value: String, _ type: String) throws -> Int128 {
        let digits = value.hasPrefix("-") || value.hasPrefix("+") ? value.dropFirst() : value[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw invalid(type) }
        guard let number = Int128(value) else { throw outOfRange(type) }
        return number
    }

    /// The quotient, rounded down.
    private static func floored(_ number: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func invalid(_ type: String) -> RegistryError {
        RegistryError(.invalidArgument, "A bound value is not of its declared type \(type).")
    }

    private static func outOfRange(_ type: String) -> RegistryError {
        RegistryError(.invalidValue, "A bound value of type \(type.prefix(40)) is out of range.")
    }
}
