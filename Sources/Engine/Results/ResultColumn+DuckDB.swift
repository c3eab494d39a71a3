package import DuckDB
package import Types

extension SQLType {
    /// The Snowflake type of a result column, from its DuckDB type alone.
    ///
    /// Integers of every width are NUMBER(38,0). Types that Snowflake lacks (UUID, INTERVAL, ENUM, BIT, TIMETZ, and a
    /// bare NULL) are text.
    package init(duck type: LogicalType) {
        self =
            switch type {
            case .boolean: .boolean
            case .tinyint, .smallint, .integer, .bigint, .hugeint, .utinyint, .usmallint, .uinteger, .ubigint,
                .uhugeint:
                .integer
            case .decimal(let width, let scale): .fixed(precision: width, scale: scale)
            case .float, .double: .real
            case .blob: .binary(length: SQLType.maximumBinaryLength)
            case .date: .date
            case .time, .timeNS: .time(scale: 9)
            case .timestamp, .timestampS, .timestampMS, .timestampNS: .timestampNTZ(scale: 9)
            case .timestampTZ: .timestampLTZ(scale: 9)
            case .list, .array: .array
            case .struct, .map, .union: .object
            case .json, .variant: .variant
            case .varchar, .bit, .uuid, .bignum, .timeTZ, .interval, .enum, .geometry, .null, .any, .unknown: .string
            }
    }
}

extension ResultColumn {
    /// A column of a DuckDB result; NULL may occur.
    package init(_ column: Column) {
        self.init(column.name, SQLType(duck: column.type))
    }
}
