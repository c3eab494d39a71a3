/// Words that are no names, and words that DuckDB reserves and Snowflake does not.
enum Words {
    /// Words that end an operand's place: behind them an operand begins anew, and a bracket is no call.
    static let operators: Set<String> = [
        "SELECT", "DISTINCT", "ALL", "FROM", "WHERE", "GROUP", "BY", "HAVING", "QUALIFY", "ORDER", "LIMIT", "OFFSET",
        "FETCH", "UNION", "EXCEPT", "MINUS", "INTERSECT", "AND", "OR", "NOT", "IN", "IS", "LIKE", "ILIKE", "RLIKE",
        "REGEXP", "BETWEEN", "ESCAPE", "AS", "ON", "USING", "JOIN", "INNER", "OUTER", "CROSS", "NATURAL", "LATERAL",
        "WITH", "RECURSIVE", "CASE", "WHEN", "THEN", "ELSE", "VALUES", "EXISTS", "ANY", "SOME", "OVER", "PARTITION",
        "ROWS", "RANGE", "GROUPS", "ASC", "DESC", "NULLS", "WITHIN", "FILTER", "INTERVAL", "SET", "EXCLUDE", "RENAME",
        "PIVOT", "UNPIVOT", "FULL", "UNBOUNDED", "PRECEDING", "FOLLOWING", "GROUPING", "SETS", "ROLLUP", "CUBE",
        "COLLATE", "SAMPLE", "TABLESAMPLE", "IGNORE", "RESPECT",
    ]

    /// Of those, what may be called like a function, or be a name.
    static let callableOperators: Set<String> = [
        "RANGE", "FILTER", "GROUPING", "SET", "RENAME", "ROWS", "GROUPS", "SETS",
    ]

    /// Of those, what may be a column's name where an operator or nothing follows.
    static let softOperators: Set<String> = [
        "RANGE", "ROWS", "GROUPS", "SET", "SETS", "FILTER", "RENAME", "CUBE", "ROLLUP", "IGNORE", "RESPECT",
        "PRECEDING",
        "FOLLOWING", "UNBOUNDED", "WITHIN", "EXCLUDE", "OFFSET", "PARTITION", "OVER", "LIMIT", "NULLS",
    ]

    /// Values, not names.
    static let constants: Set<String> = ["NULL", "TRUE", "FALSE"]

    /// Words that begin a clause and so end a SELECT list or a FROM clause.
    static let clauseStarts: Set<String> = [
        "FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "EXCEPT", "MINUS",
        "INTERSECT", "CONNECT", "START", "INTO", "FOR",
    ]

    static let setOperators: Set<String> = ["UNION", "EXCEPT", "MINUS", "INTERSECT"]

    /// Words that DuckDB 1.5 reserves and Snowflake lets be names. Quoting them also takes DuckDB's own syntax away
    /// that Snowflake lacks (DESCRIBE, SUMMARIZE, SHOW inside FROM).
    /// Source: `duckdb_keywords()`, categories reserved and type_function.
    static let reservedInDuckDB: Set<String> = [
        "ANALYSE", "ANALYZE", "ASYMMETRIC", "BOTH", "DEFERRABLE", "DESCRIBE", "DO", "FOREIGN", "INITIALLY", "LAMBDA",
        "LEADING", "PIVOT_LONGER", "PIVOT_WIDER", "PLACING", "PRIMARY", "REFERENCES", "RETURNING", "SHOW", "SUMMARIZE",
        "SYMMETRIC", "TRAILING", "VARIADIC", "AUTHORIZATION", "BINARY", "COLLATION", "CONCURRENTLY", "FREEZE",
        "GENERATED", "GLOB", "ISNULL", "NOTNULL", "MAP", "OVERLAPS", "POSITIONAL", "SIMILAR", "STRUCT", "VERBOSE",
        "ANTI", "SEMI", "UNPACK", "UNIQUE", "CHECK", "COLUMN", "CONSTRAINT", "CREATE", "TABLE", "DEFAULT", "ARRAY",
        "ATTACH", "ASOF", "AT", "END",
    ]

    /// Parts of dates that stand as words in calls: DATE_TRUNC(month, d).
    static let datePart: [String: String] = {
        let names: [String: [String]] = [
            "year": ["YEAR", "Y", "YY", "YYY", "YYYY", "YR", "YEARS", "YRS"],
            "month": ["MONTH", "MM", "MON", "MONS", "MONTHS"],
            "day": ["DAY", "D", "DD", "DAYS", "DAYOFMONTH"],
            "dayofweek": ["DAYOFWEEK", "WEEKDAY", "DOW", "DW"],
            "isodow": ["DAYOFWEEKISO", "WEEKDAY_ISO", "DOW_ISO", "DW_ISO", "DAYOFWEEK_ISO"],
            "dayofyear": ["DAYOFYEAR", "YEARDAY", "DOY", "DY"],
            "week": ["WEEK", "W", "WK", "WEEKOFYEAR", "WOY", "WY", "WEEKS", "WEEKISO", "WEEK_ISO", "WEEKOFYEARISO"],
            "quarter": ["QUARTER", "Q", "QTR", "QTRS", "QUARTERS"],
            "isoyear": ["YEAROFWEEK", "YEAROFWEEKISO"],
            "hour": ["HOUR", "H", "HH", "HR", "HOURS", "HRS"],
            "minute": ["MINUTE", "M", "MI", "MIN", "MINUTES", "MINS"],
            "second": ["SECOND", "S", "SEC", "SECONDS", "SECS"],
            "millisecond": ["MILLISECOND", "MS", "MSEC", "MILLISECONDS"],
            "microsecond": ["MICROSECOND", "US", "USEC", "MICROSECONDS"],
            "nanosecond": ["NANOSECOND", "NS", "NSEC", "NANOSEC", "NSECOND", "NANOSECONDS", "NANOSECS", "NSECONDS"],
            "epoch": ["EPOCH_SECOND", "EPOCH", "EPOCH_SECONDS"],
            "epoch_ms": ["EPOCH_MILLISECOND", "EPOCH_MILLISECONDS"],
            "epoch_us": ["EPOCH_MICROSECOND", "EPOCH_MICROSECONDS"],
            "epoch_ns": ["EPOCH_NANOSECOND", "EPOCH_NANOSECONDS"],
            "timezone_hour": ["TIMEZONE_HOUR", "TZH"],
            "timezone_minute": ["TIMEZONE_MINUTE", "TZM"],
        ]
        var table: [String: String] = [:]
        for (part, words) in names {
            for word in words { table[word] = part }
        }
        return table
    }()
}
