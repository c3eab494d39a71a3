/// The functions of DuckDB that may stand in a user's query after ``QueryRewriter`` has rewritten it, by the lower-case
/// names of DuckDB's serialised tree. A name that is in none of the sets is refused: what reads files, environment,
/// settings, the catalog or the system's state is simply not listed.
///
/// Placeholders (`roost_call_0`, …) are the engine's; it checks them against its own lists.
package enum FunctionAllowList {
    /// Whether `name` (any case) may be called in an expression: scalars, aggregates, window functions, operators, and
    /// the prelude's macros.
    package static func allows(function name: String) -> Bool {
        let name = name.lowercased()
        return scalars.contains(name) || aggregates.contains(name) || operators.contains(name) || macros.contains(name)
    }

    /// Whether `name` (any case) may be called in a FROM clause.
    package static func allows(tableFunction name: String) -> Bool { tableFunctions.contains(name.lowercased()) }

    /// Names near to a refused one, for a hint: Snowflake's spelling, upper case.
    package static var suggestions: [String] {
        (Array(scalars) + Array(aggregates)).map { $0.uppercased() } + Array(FunctionRules.renames.keys)
            + Array(FunctionRules.rules.keys)
    }

    static let tableFunctions: Set<String> = ["range", "generate_series", "unnest"]

    static let operators: Set<String> = [
        "+", "-", "*", "/", "//", "%", "||", "<<", ">>", "&", "|", "~", "~~", "!~~", "~~*", "!~~*", "->>", "->",
        "grouping",
    ]

    /// The macros of the prelude, read from its text; those with names of DuckDB's stand for columns only.
    static let macros: Set<String> = Set(Prelude.macros.keys.filter { $0.hasPrefix("sf_") })

    static let aggregates: Set<String> = words(
        """
        any_value approx_count_distinct approx_quantile arg_max arg_min avg bit_and bit_or bit_xor bool_and
        bool_or corr count count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy first
        first_value kurtosis kurtosis_pop lag last last_value lead list listagg mad max max_by mean median min
        min_by mode nth_value ntile percent_rank percentile_cont percentile_disc product quantile
        quantile_cont quantile_disc rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
        regr_sxx regr_sxy regr_syy row_number skewness stddev stddev_pop stddev_samp string_agg sum var_pop
        var_samp variance array_agg
        """)

    /// What makes a large value of a small argument (`repeat`, `lpad`, `range`, `list_resize`, `format`) or of two long
    /// texts (`damerau_levenshtein`), and what lets a value grow by itself (`list_reduce`), is not here: DuckDB keeps
    /// such values outside its memory limit. The prelude's macros call them, within limits.
    static let scalars: Set<String> = words(
        """
        abs acos acosh add_months age array_extract array_length array_slice array_to_string ascii asin asinh
        atan atan2 atanh bin bit_count bit_length cast_to_type cbrt ceil ceiling century char_length
        character_length chr coalesce concat concat_ws contains cos cosh cot current_date current_localtime
        current_localtimestamp current_time current_timestamp date_add date_diff date_part date_sub date_trunc
        datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade decode degrees
        element_at encode ends_with epoch epoch_ms epoch_ns epoch_us era even exp factorial flatten floor
        from_base64 from_hex gamma gcd gen_random_uuid get_current_time get_current_timestamp greatest
        greatest_common_divisor hamming hash hex hour if ifnull ilike_escape instr isfinite isinf isnan isodow
        isoyear jaccard jaro_similarity jaro_winkler_similarity json json_array json_array_length
        json_contains json_exists json_extract json_extract_path json_extract_path_text json_extract_string
        json_keys json_merge_patch json_object json_quote json_structure json_type json_valid json_value
        julian last_day lcase lcm least least_common_multiple left len length levenshtein lgamma like_escape
        list_aggregate list_any_value list_append list_apply list_avg list_cat list_concat list_contains
        list_cosine_distance list_cosine_similarity list_count list_distance list_distinct list_dot_product
        list_element list_extract list_filter list_first list_has list_has_all list_has_any list_indexof
        list_inner_product list_intersect list_last list_max list_median list_min list_pack list_position
        list_prepend list_reverse list_reverse_sort list_slice list_sort list_sum list_transform list_unique
        list_value list_where list_zip ln log log10 log2 lower ltrim make_date make_time make_timestamp
        make_timestamp_ms make_timestamp_ns make_timestamptz map map_concat map_contains map_entries
        map_extract map_extract_value map_from_entries map_keys map_values md5 microsecond millennium
        millisecond minute mod month monthname nanosecond nextafter nfc_normalize not_ilike_escape
        not_like_escape now nullif octet_length ord pi position pow power prefix quarter radians random
        regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
        regexp_split_to_array replace reverse right round round_even row rtrim second sha1 sha256 sign signbit
        sin sinh split_part sqrt starts_with str_split strftime string_split string_split_regex
        string_to_array strip_accents strlen strpos strptime struct_concat struct_extract struct_extract_at
        struct_insert struct_keys struct_pack struct_values substr substring suffix tan tanh time_bucket
        timezone timezone_hour timezone_minute to_base64 to_binary to_centuries to_days to_decades to_hex
        to_hours to_json to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters
        to_seconds to_timestamp to_weeks to_years today translate trim trunc try_strptime typeof ucase unbin
        unhex unicode unnest upper url_decode url_encode uuid week weekday weekofyear xor year yearweek
        """)

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
