/// A Snowflake column type, as results, tables and methods declare it.
///
/// Source: https://docs.snowflake.com/en/sql-reference/intro-summary-data-types
public enum SQLType: Hashable, Sendable, Codable {
    /// NUMBER(precision, scale); precision in 1...38, scale in 0...precision. All integer names are `fixed(38, 0)`.
    case fixed(precision: Int, scale: Int)
    /// FLOAT, DOUBLE, REAL: 64 bits.
    case real
    /// VARCHAR; length in characters.
    case text(length: Int)
    case boolean
    case date
    /// Scale: digits of the fraction of a second, in 0...9.
    case time(scale: Int)
    case timestampNTZ(scale: Int)
    case timestampLTZ(scale: Int)
    case timestampTZ(scale: Int)
    /// Length in bytes.
    case binary(length: Int)
    case variant
    case object
    case array

    /// NUMBER(38,0): what every integer name means.
    public static let integer = SQLType.fixed(precision: 38, scale: 0)
    /// VARCHAR of the greatest length.
    public static let string = SQLType.text(length: maximumTextLength)
    /// Longest VARCHAR, in characters. Source: Snowflake, data types for text strings.
    public static let maximumTextLength = 16_777_216
    /// Longest BINARY, in bytes.
    public static let maximumBinaryLength = 8_388_608

    /// The name in a `rowtype` entry of the wire protocol, lower case: `fixed`, `text`, `timestamp_ntz`, ….
    public var wireName: String {
        switch self {
        case .fixed: "fixed"
        case .real: "real"
        case .text: "text"
        case .boolean: "boolean"
        case .date: "date"
        case .time: "time"
        case .timestampNTZ: "timestamp_ntz"
        case .timestampLTZ: "timestamp_ltz"
        case .timestampTZ: "timestamp_tz"
        case .binary: "binary"
        case .variant: "variant"
        case .object: "object"
        case .array: "array"
        }
    }

    /// The name as DESCRIBE TABLE shows it: `NUMBER(38,0)`, `VARCHAR(16777216)`, `FLOAT`, ….
    public var sqlName: String {
        switch self {
        case .fixed(let precision, let scale): "NUMBER(\(precision),\(scale))"
        case .real: "FLOAT"
        case .text(let length): "VARCHAR(\(length))"
        case .boolean: "BOOLEAN"
        case .date: "DATE"
        case .time(let scale): "TIME(\(scale))"
        case .timestampNTZ(let scale): "TIMESTAMP_NTZ(\(scale))"
        case .timestampLTZ(let scale): "TIMESTAMP_LTZ(\(scale))"
        case .timestampTZ(let scale): "TIMESTAMP_TZ(\(scale))"
        case .binary(let length): "BINARY(\(length))"
        case .variant: "VARIANT"
        case .object: "OBJECT"
        case .array: "ARRAY"
        }
    }

    /// The DuckDB type that holds values of this type: the one table of the two dialects.
    ///
    /// Integers are BIGINT where Snowflake's are NUMBER(38,0) by name (INT, BIGINT, …); NUMBER(38,0) itself is HUGEINT.
    /// VARIANT is JSON, OBJECT is MAP(VARCHAR, JSON), ARRAY is JSON[].
    package var duckName: String {
        switch self {
        case .fixed(let precision, let scale):
            if scale == 0 && precision == 38 { "HUGEINT" } else { "DECIMAL(\(precision),\(scale))" }
        case .real: "DOUBLE"
        case .text: "VARCHAR"
        case .boolean: "BOOLEAN"
        case .date: "DATE"
        case .time: "TIME"
        case .timestampNTZ: "TIMESTAMP"
        case .timestampLTZ, .timestampTZ: "TIMESTAMPTZ"
        case .binary: "BLOB"
        case .variant: "JSON"
        case .object: "MAP(VARCHAR, JSON)"
        case .array: "JSON[]"
        }
    }

    /// Parses a type as written in SQL: `NUMBER(10, 2)`, `double precision`, `STRING`, `TIMESTAMP_NTZ(9)`, ….
    ///
    /// Returns nil where the name is not a type of Snowflake.
    public init?(parsing text: String) {
        let open = text.firstIndex(of: "(")
        let word = text[..<(open ?? text.endIndex)].uppercased().split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        var numbers: [Int] = []
        if let open {
            guard text.last == ")" else { return nil }
            for part in text[text.index(after: open)..<text.index(before: text.endIndex)].split(separator: ",") {
                let digits = part.filter { !$0.isWhitespace }
                guard let number = Int(digits), number >= 0 else { return nil }
                numbers.append(number)
            }
        }
        let scale = numbers.first ?? 9
        switch word {
        case "NUMBER", "NUMERIC", "DECIMAL", "DEC":
            let precision = numbers.first ?? 38
            let scale = numbers.count > 1 ? numbers[1] : 0
            guard (1...38).contains(precision), scale <= precision else { return nil }
            self = .fixed(precision: precision, scale: scale)
        case "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT": self = .integer
        case "FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "DOUBLE PRECISION", "REAL": self = .real
        case "VARCHAR", "STRING", "TEXT", "NVARCHAR", "NVARCHAR2", "CHAR VARYING", "NCHAR VARYING":
            self = .text(length: numbers.first ?? SQLType.maximumTextLength)
        case "CHAR", "CHARACTER", "NCHAR": self = .text(length: numbers.first ?? 1)
        case "BINARY", "VARBINARY": self = .binary(length: numbers.first ?? SQLType.maximumBinaryLength)
        case "BOOLEAN", "BOOL": self = .boolean
        case "DATE": self = .date
        case "TIME" where scale <= 9: self = .time(scale: scale)
        case "DATETIME" where scale <= 9, "TIMESTAMP" where scale <= 9, "TIMESTAMP_NTZ" where scale <= 9,
            "TIMESTAMPNTZ" where scale <= 9, "TIMESTAMP WITHOUT TIME ZONE" where scale <= 9:
            self = .timestampNTZ(scale: scale)
        case "TIMESTAMP_LTZ" where scale <= 9, "TIMESTAMPLTZ" where scale <= 9,
            "TIMESTAMP WITH LOCAL TIME ZONE" where scale <= 9:
            self = .timestampLTZ(scale: scale)
        case "TIMESTAMP_TZ" where scale <= 9, "TIMESTAMPTZ" where scale <= 9,
            "TIMESTAMP WITH TIME ZONE" where scale <= 9:
            self = .timestampTZ(scale: scale)
        case "VARIANT": self = .variant
        case "OBJECT": self = .object
        case "ARRAY": self = .array
        default: return nil
        }
    }
}

/// One column of a result: name as SQL shows it, type, and whether NULL may occur.
public struct ResultColumn: Hashable, Sendable {
    /// As SQL shows it: upper case unless quoted.
    public let name: String
    /// The type on the wire.
    public let type: SQLType
    /// Whether NULL may occur.
    public let nullable: Bool

    /// - Parameters: as the properties.
    public init(_ name: String, _ type: SQLType, nullable: Bool = true) {
        self.name = name
        self.type = type
        self.nullable = nullable
    }
}
