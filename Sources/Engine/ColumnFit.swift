import DuckDB
import SnowflakeSQL
import Types

/// Values as a table's columns take them: what DuckDB's types do not say of VARCHAR(n) and BINARY(n), and texts of
/// timestamps in Snowflake's forms.
///
/// A text that is too long is an error: Snowflake's 100078, and nothing of the statement stays.
enum ColumnFit {
    /// Whether a column takes less, or other texts, than its DuckDB type.
    static func isNarrow(_ type: SQLType) -> Bool {
        switch type {
        case .text(let length): length < SQLType.maximumTextLength
        case .binary, .date, .timestampNTZ, .timestampLTZ, .timestampTZ: true
        default: false
        }
    }

    /// The value as the column takes it, as DuckDB SQL; `value` is the name of a column of the type `given`.
    ///
    /// - Parameter countsUnits: whether texts of digits are what clients bind beside a NULL.
    static func fitted(
        _ value: String, of given: LogicalType, to type: SQLType, countsUnits: Bool = false
    ) -> String {
        if countsUnits, given == .varchar, let counted = counted(value, type) { return counted }
        switch type {
        case .text(let length) where length < SQLType.maximumTextLength:
            let text = given == .varchar ? value : "CAST(\(value) AS VARCHAR)"
            return """
                CASE WHEN length(\(text)) > \(length) \
                THEN error('String ''' || left(\(text), 256) || ''' is too long and would be truncated') ELSE \(text) END
                """
        case .binary(let length):
            let bytes = given == .varchar ? "sf_binary(\(value))" : value
            guard length < SQLType.maximumBinaryLength, given == .varchar || given == .blob else { return bytes }
            return """
                CASE WHEN octet_length(\(bytes)) > \(length) \
                THEN error('Binary value ''' || left(hex(\(bytes)), 256) || ''' is too long and would be truncated') \
                ELSE \(bytes) END
                """
        // Digits alone count from 1970.
        case .date where given == .varchar: return "sf_to_date(\(value))"
        case .timestampNTZ where given == .varchar: return "sf_to_timestamp(\(value))"
        case .timestampLTZ where given == .varchar, .timestampTZ where given == .varchar:
            return "sf_to_timestamptz(\(value))"
        default: return value
        }
    }
}

extension ColumnFit {
    /// A text of digits as the moment that the connector means where it binds moments beside a NULL: dates in
    /// milliseconds, the others in nanoseconds. Nil for a type that knows no moments.
    ///
    /// Source: `snowflake.connector.converter`, `_date_to_snowflake_bindings` and its like.
    private static func counted(_ value: String, _ type: SQLType) -> String? {
        let number = "CAST(\(value) AS HUGEINT)"
        let moment: String
        let text: String
        switch type {
        case .date: (moment, text) = ("CAST(make_timestamp(CAST(\(number) * 1000 AS BIGINT)) AS DATE)", "sf_to_date(\(value))")
        case .time:
            (moment, text) = ("CAST(make_timestamp(CAST(\(number) // 1000 AS BIGINT)) AS TIME)", "CAST(\(value) AS TIME)")
        case .timestampNTZ:
            (moment, text) = ("make_timestamp(CAST(\(number) // 1000 AS BIGINT))", "sf_to_timestamp(\(value))")
        case .timestampLTZ, .timestampTZ:
            (moment, text) = (
                "timezone('UTC', make_timestamp(CAST(\(number) // 1000 AS BIGINT)))", "sf_to_timestamptz(\(value))")
        default: return nil
        }
        return "CASE WHEN regexp_full_match(\(value), '-?[0-9]+') THEN \(moment) ELSE \(text) END"
    }
}

extension StatementContext {
    /// What an INSERT reads, each value as the column of `names` takes it.
    ///
    /// - Parameter names: the columns that are written, in order.
    func fitted(_ planned: PlannedQuery, to names: [Identifier], of target: WriteTarget) throws -> String {
        let types = names.map { target.type(of: $0) }
        let bound = request.boundRows?.columns ?? []
        guard !bound.isEmpty || types.contains(where: ColumnFit.isNarrow) else { return planned.sql }
        let given = try connection.prepare(planned.sql).columns
        // DuckDB says what is wrong with another number of values.
        guard given.count == names.count else { return planned.sql }
        let values = given.indices.map { index in
            ColumnFit.fitted(
                "c\(index)", of: given[index].type, to: types[index],
                countsUnits: bound.count == names.count && bound[index].mixesNulls)
        }
        let list = given.indices.map { "c\($0)" }
        guard values != list else { return planned.sql }
        return "SELECT \(values.joined(separator: ", ")) FROM (\(planned.sql)) q(\(list.joined(separator: ", ")))"
    }

    /// The types of a scratch table's columns, by name.
    func columnTypes(of rows: ScratchTable) throws -> [String: LogicalType] {
        let columns = try connection.prepare("SELECT * FROM \(rows.sql)").columns
        return Dictionary(columns.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
    }

    /// Looks at the texts of the rows that an INSERT with DEFAULT has added: those can't stand in a query.
    ///
    /// - Parameter last: the greatest row number from before, nil for an empty table.
    func checkLengths(of target: WriteTarget, after last: Int?) throws {
        let columns = target.columns.filter { ColumnFit.isNarrow(target.type(of: Identifier(resolved: $0.name))) }
        guard !columns.isEmpty else { return }
        let checks = columns.map { column in
            let name = Identifier(resolved: column.name)
            let given: LogicalType =
                switch column.type {
                case .text: .varchar
                case .binary: .blob
                default: .integer
                }
            return "count(\(ColumnFit.fitted(name.quoted, of: given, to: target.type(of: name))))"
        }
        let rows = last.map { " WHERE rowid > \($0)" } ?? ""
        _ = try connection.number("SELECT \(checks.joined(separator: ", ")) FROM \(target.sql)\(rows)")
    }
}
