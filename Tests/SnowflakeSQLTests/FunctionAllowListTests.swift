import SnowflakeSQL
import Testing

@Suite struct FunctionAllowListTests {
    @Test(arguments: [
        "read_text", "read_csv", "read_parquet", "parquet_scan", "parquet_metadata", "glob", "getenv", "sniff_csv",
        "query",
        "query_table", "pragma_version", "duckdb_tables", "duckdb_settings", "duckdb_secrets", "current_setting",
        "getvariable",
        "nextval", "currval", "txid_current", "in_search_path", "json_execute_serialized_sql", "json_serialize_sql",
        "write_log",
        "current_schemas", "current_query", "sleep_ms", "pg_sleep", "setseed", "version", "which_secret", "read_blob",
        "arrow_scan", "seq_scan", "histogram", "test_all_types", "checkpoint", "has_table_privilege",
    ])
    func refusesWhatReachesOut(name: String) {
        #expect(!FunctionAllowList.allows(function: name))
        #expect(!FunctionAllowList.allows(tableFunction: name))
    }

    @Test(arguments: [
        "count_star", "SUM", "sf_varchar", "sf_flatten", "list_value", "~~", "+", "regexp_full_match", "date_part",
    ])
    func allowsWhatQueriesNeed(name: String) {
        #expect(FunctionAllowList.allows(function: name))
    }

    /// DuckDB would keep what they make outside its memory limit; the prelude's macros ask before they call them.
    @Test(arguments: [
        "repeat", "lpad", "rpad", "range", "generate_series", "list_resize", "format", "list_reduce",
        "damerau_levenshtein", "roost_text_size", "roost_range_end", "current_user", "user",
    ])
    func refusesWhatMakesLargeValuesOfSmallOnes(name: String) {
        #expect(!FunctionAllowList.allows(function: name))
    }

    @Test func allowsFewTableFunctions() {
        #expect(FunctionAllowList.allows(tableFunction: "RANGE"))
        #expect(FunctionAllowList.allows(tableFunction: "unnest"))
        #expect(!FunctionAllowList.allows(tableFunction: "sum"))
    }

    @Test func hasThePreludesText() {
        #expect(Prelude.sql.contains("MACRO sf_varchar(x)"))
    }
}
