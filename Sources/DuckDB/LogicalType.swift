import Types

/// A named member of a STRUCT or UNION type.
package struct Field: Hashable, Sendable {
    package let name: String
    package let type: LogicalType

    package init(_ name: String, _ type: LogicalType) {
        self.name = name
        self.type = type
    }
}

/// A DuckDB type.
///
/// Source: https://duckdb.org/docs/stable/sql/data_types/overview
package indirect enum LogicalType: Hashable, Sendable {
    case boolean
    case tinyint, smallint, integer, bigint, hugeint
    case utinyint, usmallint, uinteger, ubigint, uhugeint
    case float, double
    case decimal(width: Int, scale: Int)
    case varchar
    /// VARCHAR with the alias JSON.
    case json
    case blob, bit, uuid
    /// An integer of any size.
    case bignum
    case date
    case time, timeNS, timeTZ
    /// Microseconds without a time zone.
    case timestamp
    case timestampS, timestampMS, timestampNS
    /// Microseconds since 1970 UTC.
    case timestampTZ
    case interval
    case `enum`([String])
    case list(LogicalType)
    case array(LogicalType, count: Int)
    case map(LogicalType, LogicalType)
    case `struct`([Field])
    case union([Field])
    /// DuckDB's own VARIANT, and GEOMETRY: named here, not read.
    case variant, geometry
    /// The type of a bare NULL.
    case null
    /// Any type, for the arguments of a scalar function.
    case any
    /// Not known yet (a parameter decides), or an id that this version does not know.
    case unknown(Int)

    /// The type as SQL writes it, e.g. `STRUCT("a" INTEGER)[]`.
    package var sqlName: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .tinyint: "TINYINT"
        case .smallint: "SMALLINT"
        case .integer: "INTEGER"
        case .bigint: "BIGINT"
        case .hugeint: "HUGEINT"
        case .utinyint: "UTINYINT"
        case .usmallint: "USMALLINT"
        case .uinteger: "UINTEGER"
        case .ubigint: "UBIGINT"
        case .uhugeint: "UHUGEINT"
        case .float: "FLOAT"
        case .double: "DOUBLE"
        case .decimal(let width, let scale): "DECIMAL(\(width),\(scale))"
        case .varchar: "VARCHAR"
        case .json: "JSON"
        case .blob: "BLOB"
        case .bit: "BIT"
        case .uuid: "UUID"
        case .bignum: "BIGNUM"
        case .date: "DATE"
        case .time: "TIME"
        case .timeNS: "TIME_NS"
        case .timeTZ: "TIMETZ"
        case .timestamp: "TIMESTAMP"
        case .timestampS: "TIMESTAMP_S"
        case .timestampMS: "TIMESTAMP_MS"
        case .timestampNS: "TIMESTAMP_NS"
        case .timestampTZ: "TIMESTAMPTZ"
        case .interval: "INTERVAL"
        case .enum(let members): "ENUM(\(members.map { QuotedText.literal($0) }.joined(separator: ", ")))"
        case .list(let element): "\(element.sqlName)[]"
        case .array(let element, let count): "\(element.sqlName)[\(count)]"
        case .map(let key, let value): "MAP(\(key.sqlName), \(value.sqlName))"
        case .struct(let fields): "STRUCT(\(LogicalType.list(fields)))"
        case .union(let members): "UNION(\(LogicalType.list(members)))"
        case .variant: "VARIANT"
        case .geometry: "GEOMETRY"
        case .null: "\"NULL\""
        case .any: "ANY"
        case .unknown: "UNKNOWN"
        }
    }

    private static func list(_ fields: [Field]) -> String {
        fields.map { "\(QuotedText.identifier($0.name)) \($0.type.sqlName)" }.joined(separator: ", ")
    }
}
