-- Snowflake's functions as macros of DuckDB, in the in-memory catalog (memory.main) of every session's database.
-- QueryRewriter maps Snowflake's names to these. VARIANT is JSON, OBJECT is MAP(VARCHAR, JSON) or a STRUCT, ARRAY is a
-- LIST. typeof() of a column is a constant to the optimizer, so the branches that do not apply cost nothing.
-- roost_text_size, roost_range_end and roost_unknown_column are the engine's (PreludeFunctions), made before these.

-- Conversions -------------------------------------------------------------------------------------------------------

CREATE OR REPLACE MACRO sf_variant(x) AS
    CASE WHEN typeof(x) = 'BLOB' THEN to_json(hex(TRY_CAST(x AS BLOB))) ELSE to_json(x) END;

-- An element of an ARRAY or OBJECT: SQL NULL becomes JSON null.
CREATE OR REPLACE MACRO sf_element(x) AS coalesce(sf_variant(x), CAST('null' AS JSON));
CREATE OR REPLACE MACRO sf_element_or_null(x) AS sf_variant(x);

-- Text is read as JSON only by PARSE_JSON: CAST('[1]' AS ARRAY) is an array that holds one text.
CREATE OR REPLACE MACRO sf_object(x) AS CAST(to_json(x) AS MAP(VARCHAR, JSON));
CREATE OR REPLACE MACRO sf_as_list(j) AS
    CASE coalesce(json_type(j), 'NULL') WHEN 'ARRAY' THEN CAST(j AS JSON[]) WHEN 'NULL' THEN NULL ELSE [j] END;
CREATE OR REPLACE MACRO sf_array(x) AS
    CASE WHEN suffix(typeof(x), ']') THEN CAST(to_json(x) AS JSON[]) ELSE sf_as_list(sf_variant(x)) END;
CREATE OR REPLACE MACRO sf_to_array(x) AS sf_array(x);

CREATE OR REPLACE MACRO sf_varchar(x) AS
    CASE
        WHEN regexp_matches(typeof(x), '^(JSON|STRUCT|MAP)|\]$') THEN to_json(x) ->> '$'
        WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN regexp_replace(CAST(x AS VARCHAR), '\.0$', '')
        WHEN typeof(x) = 'BLOB' THEN hex(TRY_CAST(x AS BLOB))
        WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
        ELSE CAST(x AS VARCHAR)
    END;

-- A path into a VARIANT as a number: arithmetic takes no JSON.
CREATE OR REPLACE MACRO sf_number(x) AS CAST(x AS DOUBLE);

CREATE OR REPLACE MACRO sf_binary(x) AS
    CASE
        WHEN typeof(x) = 'BLOB' THEN TRY_CAST(x AS BLOB)
        WHEN typeof(x) = 'JSON' THEN unhex(to_json(x) ->> '$')
        ELSE unhex(CAST(x AS VARCHAR))
    END;
CREATE OR REPLACE MACRO sf_try_binary(x) AS
    CASE WHEN regexp_full_match(sf_varchar(x), '([0-9a-fA-F]{2})*') THEN unhex(sf_varchar(x)) END;
CREATE OR REPLACE MACRO sf_try_unhex(t) AS CASE WHEN regexp_full_match(t, '([0-9a-fA-F]{2})*') THEN unhex(t) END;
CREATE OR REPLACE MACRO sf_try_from_base64(t) AS
    CASE WHEN regexp_full_match(t, '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') THEN from_base64(t) END;
-- A number with so many digits behind the point, and commas between thousands.
CREATE OR REPLACE MACRO sf_format_number(x, digits, grouped) AS
    format('{:' || CASE WHEN grouped THEN ',' ELSE '' END || '.' || least(greatest(digits, 0), 38) || 'f}', CAST(x AS DOUBLE));

-- Whole numbers are seconds, milliseconds, microseconds or nanoseconds since 1970, by their size.
CREATE OR REPLACE MACRO sf_epoch_auto(n) AS
    make_timestamp(CAST(
        CASE
            WHEN abs(n) < 31536000000 THEN n * 1000000
            WHEN abs(n) < 31536000000000 THEN n * 1000
            WHEN abs(n) < 31536000000000000 THEN n
            ELSE n // 1000
        END AS BIGINT));
CREATE OR REPLACE MACRO sf_epoch(n, scale) AS make_timestamp(CAST(n * power(10, 6 - scale) AS BIGINT));
-- The offset behind a time of day: `+05:00` in the form that DuckDB reads, and nothing of it for a TIMESTAMP_NTZ.
CREATE OR REPLACE MACRO sf_zoned(t) AS
    regexp_replace(t, '(:[0-9]{2}(\.[0-9]+)?) *([+-][0-9]{2}):?([0-9]{2})$', '\1\3:\4');
CREATE OR REPLACE MACRO sf_unzoned(t) AS
    regexp_replace(t, '(:[0-9]{2}(\.[0-9]+)?) *(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', '\1');
CREATE OR REPLACE MACRO sf_cast_timestamp(x) AS
    CASE WHEN typeof(x) = 'VARCHAR' THEN CAST(sf_unzoned(CAST(x AS VARCHAR)) AS TIMESTAMP) ELSE CAST(x AS TIMESTAMP) END;
CREATE OR REPLACE MACRO sf_try_cast_timestamp(x) AS
    CASE WHEN typeof(x) = 'VARCHAR' THEN TRY_CAST(sf_unzoned(CAST(x AS VARCHAR)) AS TIMESTAMP)
        ELSE TRY_CAST(x AS TIMESTAMP) END;
CREATE OR REPLACE MACRO sf_cast_timestamptz(x) AS
    CASE WHEN typeof(x) = 'VARCHAR' THEN CAST(sf_zoned(CAST(x AS VARCHAR)) AS TIMESTAMPTZ)
        ELSE CAST(x AS TIMESTAMPTZ) END;
CREATE OR REPLACE MACRO sf_try_cast_timestamptz(x) AS
    CASE WHEN typeof(x) = 'VARCHAR' THEN TRY_CAST(sf_zoned(CAST(x AS VARCHAR)) AS TIMESTAMPTZ)
        ELSE TRY_CAST(x AS TIMESTAMPTZ) END;
CREATE OR REPLACE MACRO sf_text_to_timestamp(t) AS
    CASE WHEN regexp_full_match(t, '-?[0-9]{5,}') THEN sf_epoch_auto(CAST(t AS HUGEINT))
        ELSE CAST(sf_unzoned(t) AS TIMESTAMP) END;
CREATE OR REPLACE MACRO sf_to_timestamp(x) AS
    CASE
        WHEN regexp_matches(typeof(x), 'INT|DECIMAL') THEN sf_epoch_auto(TRY_CAST(x AS HUGEINT))
        WHEN typeof(x) = 'VARCHAR' THEN sf_text_to_timestamp(CAST(x AS VARCHAR))
        WHEN typeof(x) = 'JSON' THEN sf_text_to_timestamp(to_json(x) ->> '$')
        ELSE TRY_CAST(x AS TIMESTAMP)
    END;
CREATE OR REPLACE MACRO sf_try_to_timestamp(x) AS TRY(sf_to_timestamp(x));
CREATE OR REPLACE MACRO sf_text_to_timestamptz(t) AS
    CASE WHEN regexp_full_match(t, '-?[0-9]{5,}') THEN timezone('UTC', sf_epoch_auto(CAST(t AS HUGEINT)))
        ELSE CAST(sf_zoned(t) AS TIMESTAMPTZ) END;
CREATE OR REPLACE MACRO sf_to_timestamptz(x) AS
    CASE
        WHEN regexp_matches(typeof(x), 'INT|DECIMAL') THEN timezone('UTC', sf_epoch_auto(TRY_CAST(x AS HUGEINT)))
        WHEN typeof(x) = 'JSON' THEN CAST(sf_zoned(to_json(x) ->> '$') AS TIMESTAMPTZ)
        WHEN typeof(x) = 'VARCHAR' THEN sf_text_to_timestamptz(CAST(x AS VARCHAR))
        ELSE TRY_CAST(x AS TIMESTAMPTZ)
    END;
CREATE OR REPLACE MACRO sf_try_to_timestamptz(x) AS TRY(sf_to_timestamptz(x));
CREATE OR REPLACE MACRO sf_to_date(x) AS CAST(sf_to_timestamp(x) AS DATE);
CREATE OR REPLACE MACRO sf_try_to_date(x) AS TRY(CAST(sf_to_timestamp(x) AS DATE));
CREATE OR REPLACE MACRO sf_to_time(x) AS
    CASE
        WHEN typeof(x) IN ('TIMESTAMP', 'TIME', 'TIMESTAMP WITH TIME ZONE') THEN TRY_CAST(x AS TIME)
        ELSE CAST(sf_varchar(x) AS TIME)
    END;
CREATE OR REPLACE MACRO sf_try_to_time(x) AS TRY_CAST(sf_varchar(x) AS TIME);

-- Conditions and numbers ----------------------------------------------------------------------------------------------

CREATE OR REPLACE MACRO sf_iff(c, a, b) AS CASE WHEN c THEN a ELSE b END;
CREATE OR REPLACE MACRO sf_nvl2(x, a, b) AS CASE WHEN x IS NOT NULL THEN a ELSE b END;
CREATE OR REPLACE MACRO sf_zeroifnull(x) AS coalesce(x, 0);
CREATE OR REPLACE MACRO sf_nullifzero(x) AS nullif(x, 0);
CREATE OR REPLACE MACRO sf_equal_null(a, b) AS a IS NOT DISTINCT FROM b;
CREATE OR REPLACE MACRO sf_div0(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN 0 ELSE a / b END;
CREATE OR REPLACE MACRO sf_div0null(a, b) AS CASE WHEN coalesce(b, 0) = 0 AND a IS NOT NULL THEN 0 ELSE a / b END;
CREATE OR REPLACE MACRO sf_greatest(l) AS CASE WHEN list_count(l) = len(l) THEN list_max(l) END;
CREATE OR REPLACE MACRO sf_least(l) AS CASE WHEN list_count(l) = len(l) THEN list_min(l) END;
CREATE OR REPLACE MACRO sf_square(x) AS power(x, 2);
CREATE OR REPLACE MACRO sf_trunc(x) AS trunc(x), (x, n) AS trunc(x * power(10, n)) / power(10, n);
CREATE OR REPLACE MACRO sf_ceil(x) AS ceil(x), (x, n) AS ceil(x * power(10, n)) / power(10, n);
CREATE OR REPLACE MACRO sf_floor(x) AS floor(x), (x, n) AS floor(x * power(10, n)) / power(10, n);
CREATE OR REPLACE MACRO sf_round(x) AS round(x), (x, n) AS round(x, CAST(n AS INTEGER));
CREATE OR REPLACE MACRO sf_mod(a, b) AS a % b;
CREATE OR REPLACE MACRO sf_bitnot(x) AS ~CAST(x AS BIGINT);
CREATE OR REPLACE MACRO sf_log(b, x) AS ln(x) / ln(b);
CREATE OR REPLACE MACRO sf_haversine(lat1, lon1, lat2, lon2) AS
    2 * 6371 * asin(sqrt(power(sin(radians((lat2 - lat1) / 2)), 2)
        + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians((lon2 - lon1) / 2)), 2)));
CREATE OR REPLACE MACRO sf_width_bucket(x, low, high, n) AS
    CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor((x - low) / ((high - low) / n)) AS BIGINT) + 1 END;
CREATE OR REPLACE MACRO sf_hash(l) AS CAST(CAST(hash(l) AS HUGEINT) - 9223372036854775808 AS BIGINT);
CREATE OR REPLACE MACRO sf_random() AS CAST((random() - 0.5) * 1.8446744073709e19 AS BIGINT);
CREATE OR REPLACE MACRO sf_uniform(a, b) AS a + CAST(floor(random() * (b - a + 1)) AS BIGINT);
CREATE OR REPLACE MACRO sf_uniform_real(a, b) AS a + random() * (b - a);
CREATE OR REPLACE MACRO sf_normal(mean, deviation) AS mean + deviation * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random());
-- 48 random bytes are 64 letters and digits.
CREATE OR REPLACE MACRO sf_randstr(n) AS
    left(array_to_string(list_transform(range(roost_text_size('RANDSTR', CAST(n AS BIGINT), 1) // 64 + 1),
        lambda i: translate(to_base64(unhex(sha256(CAST(uuid() AS VARCHAR)) || md5(CAST(uuid() AS VARCHAR)))), '+/', 'aB')), ''),
        greatest(CAST(n AS BIGINT), 0));
CREATE OR REPLACE MACRO sf_sysdate() AS timezone('UTC', now());

-- Texts ---------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE MACRO sf_charindex(needle, t) AS strpos(t, needle),
    (needle, t, start) AS CASE
        WHEN strpos(substr(t, CAST(start AS BIGINT)), needle) = 0 THEN 0
        ELSE strpos(substr(t, CAST(start AS BIGINT)), needle) + CAST(start AS BIGINT) - 1 END;
CREATE OR REPLACE MACRO sf_contains(t, needle) AS contains(t, needle);
CREATE OR REPLACE MACRO sf_split(t, separator) AS sf_array(string_split(t, separator));
CREATE OR REPLACE MACRO sf_split_part(t, separator, n) AS
    split_part(t, separator, CAST(CASE WHEN n = 0 THEN 1 ELSE n END AS BIGINT));
CREATE OR REPLACE MACRO sf_strtok_list(t, separators) AS
    list_filter(string_split(translate(t, separators, repeat(left(separators, 1), length(separators))), left(separators, 1)),
        lambda p: p <> '');
CREATE OR REPLACE MACRO sf_strtok(t) AS sf_strtok_list(t, ' ')[1],
    (t, separators) AS sf_strtok_list(t, separators)[1],
    (t, separators, n) AS sf_strtok_list(t, separators)[CAST(n AS BIGINT)];
CREATE OR REPLACE MACRO sf_strtok_to_array(t) AS sf_array(sf_strtok_list(t, ' ')),
    (t, separators) AS sf_array(sf_strtok_list(t, separators));
CREATE OR REPLACE MACRO sf_initcap(t) AS
    list_reduce(list_transform(regexp_extract_all(lower(t), '[\p{L}\p{N}]+|[^\p{L}\p{N}]+'),
        lambda w: upper(left(w, 1)) || substr(w, 2)), lambda a, b: a || b, '');
-- What makes a long text of a small number asks for room first: DuckDB keeps the results of functions outside its limit.
CREATE OR REPLACE MACRO sf_repeat(t, n) AS
    repeat(CAST(t AS VARCHAR), roost_text_size('REPEAT', CAST(n AS BIGINT), strlen(t)));
CREATE OR REPLACE MACRO sf_space(n) AS repeat(' ', roost_text_size('SPACE', CAST(n AS BIGINT), 1));
CREATE OR REPLACE MACRO sf_character_bytes(t) AS CASE WHEN strlen(t) > length(t) THEN 4 ELSE 1 END;
CREATE OR REPLACE MACRO sf_lpad(t, n) AS lpad(t, CAST(roost_text_size('LPAD', CAST(n AS BIGINT), 1) AS INTEGER), ' '),
    (t, n, pad) AS lpad(t, CAST(roost_text_size('LPAD', CAST(n AS BIGINT), sf_character_bytes(pad)) AS INTEGER), pad);
CREATE OR REPLACE MACRO sf_rpad(t, n) AS rpad(t, CAST(roost_text_size('RPAD', CAST(n AS BIGINT), 1) AS INTEGER), ' '),
    (t, n, pad) AS rpad(t, CAST(roost_text_size('RPAD', CAST(n AS BIGINT), sf_character_bytes(pad)) AS INTEGER), pad);
CREATE OR REPLACE MACRO sf_replace(t, a) AS replace(t, a, ''), (t, a, b) AS replace(t, a, b);
CREATE OR REPLACE MACRO sf_insert(t, start, n, new) AS
    left(t, CAST(start - 1 AS BIGINT)) || new || substr(t, CAST(start + n AS BIGINT));
CREATE OR REPLACE MACRO sf_octet_length(t) AS
    CASE WHEN typeof(t) = 'BLOB' THEN octet_length(TRY_CAST(t AS BLOB)) ELSE strlen(CAST(t AS VARCHAR)) END;
CREATE OR REPLACE MACRO sf_substr(t, start) AS substr(t, CAST(CASE WHEN start = 0 THEN 1 ELSE start END AS BIGINT)),
    (t, start, n) AS substr(t, CAST(CASE WHEN start = 0 THEN 1 ELSE start END AS BIGINT), CAST(greatest(n, 0) AS BIGINT));
CREATE OR REPLACE MACRO sf_jarowinkler(a, b) AS CAST(floor(100 * jaro_winkler_similarity(upper(a), upper(b))) AS BIGINT);
CREATE OR REPLACE MACRO sf_collate(t, c) AS t;
CREATE OR REPLACE MACRO sf_like(t, p) AS t LIKE p, (t, p, e) AS like_escape(t, p, e);
CREATE OR REPLACE MACRO sf_ilike(t, p) AS t ILIKE p, (t, p, e) AS ilike_escape(t, p, e);
CREATE OR REPLACE MACRO sf_like_any(t, l) AS list_bool_or(list_transform(l, lambda p: t LIKE p));
CREATE OR REPLACE MACRO sf_like_all(t, l) AS list_bool_and(list_transform(l, lambda p: t LIKE p));
CREATE OR REPLACE MACRO sf_ilike_any(t, l) AS list_bool_or(list_transform(l, lambda p: t ILIKE p));
CREATE OR REPLACE MACRO sf_ilike_all(t, l) AS list_bool_and(list_transform(l, lambda p: t ILIKE p));
CREATE OR REPLACE MACRO sf_regexp_like(t, p) AS regexp_full_match(t, p);
CREATE OR REPLACE MACRO sf_regexp_replace(t, p) AS regexp_replace(t, p, '', 'g'),
    (t, p, r) AS regexp_replace(t, p, r, 'g'),
    (t, p, r, start) AS left(t, CAST(start - 1 AS BIGINT)) || regexp_replace(substr(t, CAST(start AS BIGINT)), p, r, 'g'),
    (t, p, r, start, n) AS left(t, CAST(start - 1 AS BIGINT)) || CASE n
        WHEN 0 THEN regexp_replace(substr(t, CAST(start AS BIGINT)), p, r, 'g')
        WHEN 1 THEN regexp_replace(substr(t, CAST(start AS BIGINT)), p, r)
        ELSE error('REGEXP_REPLACE takes 0 or 1 as the occurrence') END;
CREATE OR REPLACE MACRO sf_regexp_substr(t, p) AS regexp_extract_all(t, p)[1],
    (t, p, start) AS regexp_extract_all(substr(t, CAST(start AS BIGINT)), p)[1],
    (t, p, start, n) AS regexp_extract_all(substr(t, CAST(start AS BIGINT)), p)[CAST(n AS BIGINT)],
    (t, p, start, n, f) AS regexp_extract_all(substr(t, CAST(start AS BIGINT)), p, CASE WHEN contains(f, 'e') THEN 1 ELSE 0 END)[CAST(n AS BIGINT)],
    (t, p, start, n, f, g) AS regexp_extract_all(substr(t, CAST(start AS BIGINT)), p, CAST(g AS INTEGER))[CAST(n AS BIGINT)];
CREATE OR REPLACE MACRO sf_regexp_count(t, p) AS len(regexp_extract_all(t, p)),
    (t, p, start) AS len(regexp_extract_all(substr(t, CAST(start AS BIGINT)), p));
CREATE OR REPLACE MACRO sf_regexp_instr(t, p) AS
    CASE WHEN regexp_matches(t, p) THEN strpos(t, regexp_extract(t, p)) ELSE 0 END;
CREATE OR REPLACE MACRO sf_regexp_substr_all(t, p) AS sf_array(regexp_extract_all(t, p));
CREATE OR REPLACE MACRO sf_hex_decode_string(t) AS decode(unhex(t));
CREATE OR REPLACE MACRO sf_base64_encode(t) AS
    CASE WHEN typeof(t) = 'BLOB' THEN to_base64(TRY_CAST(t AS BLOB)) ELSE to_base64(encode(CAST(t AS VARCHAR))) END;
CREATE OR REPLACE MACRO sf_base64_decode_string(t) AS decode(from_base64(t));

-- Dates ---------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE MACRO sf_date_add_days(d, n) AS cast_to_type(d + to_days(CAST(n AS INTEGER)), d);
CREATE OR REPLACE MACRO sf_date_add_weeks(d, n) AS cast_to_type(d + to_days(CAST(7 * n AS INTEGER)), d);
CREATE OR REPLACE MACRO sf_date_add_months(d, n) AS cast_to_type(d + to_months(CAST(n AS INTEGER)), d);
CREATE OR REPLACE MACRO sf_date_add_quarters(d, n) AS cast_to_type(d + to_months(CAST(3 * n AS INTEGER)), d);
CREATE OR REPLACE MACRO sf_date_add_years(d, n) AS cast_to_type(d + to_years(CAST(n AS INTEGER)), d);
CREATE OR REPLACE MACRO sf_date_trunc(part, d) AS cast_to_type(date_trunc(part, d), d);
-- The beginning of the slice of that width, counted from the origin; its end is the next one's beginning.
CREATE OR REPLACE MACRO sf_time_slice(d, width, origin) AS
    cast_to_type(time_bucket(width, CAST(d AS TIMESTAMP), origin), d);
CREATE OR REPLACE MACRO sf_time_slice_end(d, width, origin) AS
    cast_to_type(time_bucket(width, CAST(d AS TIMESTAMP), origin) + width, d);
-- ADD_MONTHS keeps the end of a month.
CREATE OR REPLACE MACRO sf_add_months(d, n) AS cast_to_type(
    CASE
        WHEN CAST(d AS DATE) = last_day(CAST(d AS DATE))
            THEN last_day(CAST(d AS DATE) + to_months(CAST(n AS INTEGER))) + (CAST(d AS TIMESTAMP) - CAST(CAST(d AS DATE) AS TIMESTAMP))
        ELSE CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER))
    END, d);
CREATE OR REPLACE MACRO sf_months_between(a, b) AS
    CASE
        WHEN day(CAST(a AS DATE)) = day(CAST(b AS DATE))
            OR CAST(a AS DATE) = last_day(CAST(a AS DATE)) AND CAST(b AS DATE) = last_day(CAST(b AS DATE))
            THEN CAST(date_diff('month', CAST(b AS DATE), CAST(a AS DATE)) AS DOUBLE)
        ELSE date_diff('month', CAST(b AS DATE), CAST(a AS DATE)) + (day(CAST(a AS DATE)) - day(CAST(b AS DATE))) / 31.0
    END;
CREATE OR REPLACE MACRO sf_weekday(name) AS
    list_position(['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], lower(left(trim(name), 2)));
CREATE OR REPLACE MACRO sf_next_day(d, name) AS
    CAST(d AS DATE) + CAST((sf_weekday(name) - isodow(CAST(d AS DATE)) + 6) % 7 + 1 AS INTEGER);
CREATE OR REPLACE MACRO sf_previous_day(d, name) AS
    CAST(d AS DATE) - CAST((isodow(CAST(d AS DATE)) - sf_weekday(name) + 6) % 7 + 1 AS INTEGER);
CREATE OR REPLACE MACRO sf_dayname(d) AS left(dayname(CAST(d AS TIMESTAMP)), 3);
CREATE OR REPLACE MACRO sf_monthname(d) AS left(monthname(CAST(d AS TIMESTAMP)), 3);
CREATE OR REPLACE MACRO sf_date_from_parts(y, m, d) AS
    CAST(make_date(CAST(y AS BIGINT), 1, 1) + to_months(CAST(m - 1 AS INTEGER)) + to_days(CAST(d - 1 AS INTEGER)) AS DATE);
CREATE OR REPLACE MACRO sf_time_from_parts(h, m, s) AS make_time(CAST(h AS BIGINT), CAST(m AS BIGINT), CAST(s AS DOUBLE)),
    (h, m, s, n) AS make_time(CAST(h AS BIGINT), CAST(m AS BIGINT), CAST(s AS DOUBLE) + n / 1e9);
CREATE OR REPLACE MACRO sf_timestamp_from_parts(y, m) AS CAST(y AS DATE) + CAST(m AS TIME),
    (y, m, d, h, mi, s) AS CAST(sf_date_from_parts(y, m, d) AS TIMESTAMP) + to_hours(CAST(h AS BIGINT))
        + to_minutes(CAST(mi AS BIGINT)) + to_seconds(CAST(s AS DOUBLE)),
    (y, m, d, h, mi, s, n) AS CAST(sf_date_from_parts(y, m, d) AS TIMESTAMP) + to_hours(CAST(h AS BIGINT))
        + to_minutes(CAST(mi AS BIGINT)) + to_seconds(CAST(s AS DOUBLE)) + to_microseconds(CAST(n // 1000 AS BIGINT));
CREATE OR REPLACE MACRO sf_timestamptz_from_parts(y, m, d, h, mi, s) AS
        timezone('UTC', sf_timestamp_from_parts(y, m, d, h, mi, s)),
    (y, m, d, h, mi, s, n) AS timezone('UTC', sf_timestamp_from_parts(y, m, d, h, mi, s, n)),
    (y, m, d, h, mi, s, n, z) AS timezone(z, sf_timestamp_from_parts(y, m, d, h, mi, s, n));
CREATE OR REPLACE MACRO sf_nanosecond(d) AS (date_part('microsecond', d) % 1000000) * 1000;

-- Semi-structured -----------------------------------------------------------------------------------------------------

CREATE OR REPLACE MACRO sf_parse_json(t) AS
    CASE WHEN typeof(t) = 'JSON' THEN to_json(t) WHEN trim(CAST(t AS VARCHAR)) = '' THEN NULL ELSE CAST(CAST(t AS VARCHAR) AS JSON) END;
CREATE OR REPLACE MACRO sf_try_parse_json(t) AS
    CASE WHEN typeof(t) = 'JSON' THEN to_json(t) WHEN trim(CAST(t AS VARCHAR)) = '' THEN NULL ELSE TRY_CAST(CAST(t AS VARCHAR) AS JSON) END;
CREATE OR REPLACE MACRO sf_check_json(t) AS CASE WHEN NOT json_valid(CAST(t AS VARCHAR)) THEN 'malformed JSON' END;
CREATE OR REPLACE MACRO sf_to_json(x) AS CAST(sf_variant(x) AS VARCHAR);
-- Elements by index from 0 and by key; NULL where there is none.
CREATE OR REPLACE MACRO sf_index(x, i) AS json_extract(to_json(x), CAST(i AS BIGINT));
CREATE OR REPLACE MACRO sf_key(j, k) AS CAST(CASE WHEN json_type(j) = 'OBJECT' THEN j END AS MAP(VARCHAR, JSON))[k];
CREATE OR REPLACE MACRO sf_get(x, k) AS
    CASE
        WHEN typeof(k) = 'VARCHAR' THEN sf_key(to_json(x), CAST(k AS VARCHAR))
        WHEN typeof(k) = 'JSON' THEN sf_key(to_json(x), to_json(k) ->> '$')
        ELSE json_extract(to_json(x), TRY_CAST(k AS BIGINT))
    END;
CREATE OR REPLACE MACRO sf_get_ignore_case(x, k) AS
    list_filter(map_entries(sf_object(x)), lambda e: lower(e.key) = lower(k))[1].value;
CREATE OR REPLACE MACRO sf_get_path(x, p) AS
    json_extract(to_json(x), '$' || CASE WHEN left(p, 1) = '[' THEN p ELSE '.' || p END);
CREATE OR REPLACE MACRO sf_json_extract_path_text(t, p) AS sf_get_path(sf_parse_json(t), p) ->> '$';
CREATE OR REPLACE MACRO sf_map_contains_key(k, m) AS map_contains(m, k);
-- JSON null counts as NULL in texts and numbers.
CREATE OR REPLACE MACRO sf_strip_null_value(x) AS CASE WHEN json_type(to_json(x)) <> 'NULL' THEN to_json(x) END;
CREATE OR REPLACE MACRO sf_is_null_value(x) AS json_type(to_json(x)) = 'NULL';
CREATE OR REPLACE MACRO sf_typeof(x) AS
    CASE json_type(to_json(x))
        WHEN 'NULL' THEN 'NULL_VALUE' WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER'
        WHEN 'DOUBLE' THEN 'DECIMAL' ELSE json_type(to_json(x))
    END;
CREATE OR REPLACE MACRO sf_is_array(x) AS json_type(to_json(x)) = 'ARRAY';
CREATE OR REPLACE MACRO sf_is_object(x) AS json_type(to_json(x)) = 'OBJECT';
CREATE OR REPLACE MACRO sf_is_varchar(x) AS json_type(to_json(x)) = 'VARCHAR';
CREATE OR REPLACE MACRO sf_is_integer(x) AS json_type(to_json(x)) IN ('BIGINT', 'UBIGINT');
CREATE OR REPLACE MACRO sf_is_decimal(x) AS json_type(to_json(x)) IN ('BIGINT', 'UBIGINT', 'DOUBLE');
CREATE OR REPLACE MACRO sf_is_double(x) AS json_type(to_json(x)) IN ('BIGINT', 'UBIGINT', 'DOUBLE');
CREATE OR REPLACE MACRO sf_is_boolean(x) AS json_type(to_json(x)) = 'BOOLEAN';
CREATE OR REPLACE MACRO sf_as_array(x) AS CASE WHEN json_type(to_json(x)) = 'ARRAY' THEN CAST(to_json(x) AS JSON[]) END;
CREATE OR REPLACE MACRO sf_as_object(x) AS
    CAST(CASE WHEN json_type(to_json(x)) = 'OBJECT' THEN to_json(x) END AS MAP(VARCHAR, JSON));
CREATE OR REPLACE MACRO sf_as_varchar(x) AS CASE WHEN json_type(to_json(x)) = 'VARCHAR' THEN to_json(x) ->> '$' END;
CREATE OR REPLACE MACRO sf_as_integer(x) AS
    CASE WHEN json_type(to_json(x)) IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(to_json(x) AS BIGINT) END;
CREATE OR REPLACE MACRO sf_as_double(x) AS
    CASE WHEN json_type(to_json(x)) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(to_json(x) AS DOUBLE) END;
CREATE OR REPLACE MACRO sf_as_decimal(x) AS
    CASE WHEN json_type(to_json(x)) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(to_json(x) AS HUGEINT) END,
    (x, p) AS CASE WHEN sf_is_decimal(x) THEN TRY_CAST(to_json(x) AS HUGEINT) END,
    (x, p, s) AS round(sf_as_double(x), CAST(s AS INTEGER));
CREATE OR REPLACE MACRO sf_as_boolean(x) AS CASE WHEN json_type(to_json(x)) = 'BOOLEAN' THEN TRY_CAST(to_json(x) AS BOOLEAN) END;
CREATE OR REPLACE MACRO sf_as_date(x) AS TRY_CAST(to_json(x) ->> '$' AS DATE);
CREATE OR REPLACE MACRO sf_as_timestamp(x) AS TRY_CAST(to_json(x) ->> '$' AS TIMESTAMP);

-- Keys and values side by side; a NULL key leaves its pair out, and so does a NULL value unless it is kept.
CREATE OR REPLACE MACRO sf_pair(k, v) AS {'k': sf_varchar(k), 'v': sf_variant(v)};
CREATE OR REPLACE MACRO sf_object_from(pairs) AS
    map_from_entries(coalesce(list_filter(pairs, lambda p: p.k IS NOT NULL AND p.v IS NOT NULL), []));
CREATE OR REPLACE MACRO sf_object_keep_null(keys, elements) AS
    map_from_entries(list_filter(list_zip(keys, elements), lambda p: p[1] IS NOT NULL));
CREATE OR REPLACE MACRO sf_object_construct(keys, elements) AS
    map_from_entries(list_filter(list_zip(keys, elements), lambda p: p[1] IS NOT NULL AND CAST(p[2] AS VARCHAR) <> 'null'));
CREATE OR REPLACE MACRO sf_object_keys(x) AS sf_array(json_keys(to_json(x)));
CREATE OR REPLACE MACRO sf_object_delete(x, keys) AS
    map_from_entries(list_filter(map_entries(sf_object(x)), lambda e: NOT list_contains(keys, e.key)));
CREATE OR REPLACE MACRO sf_object_pick(x, keys) AS
    map_from_entries(list_filter(map_entries(sf_object(x)), lambda e: list_contains(keys, e.key)));
CREATE OR REPLACE MACRO sf_object_insert(x, k, v) AS
    map_concat(sf_object(x), map([CAST(k AS VARCHAR)], [sf_variant(v)])),
    (x, k, v, u) AS map_concat(sf_object(x), map([CAST(k AS VARCHAR)], [sf_variant(v)]));

CREATE OR REPLACE MACRO sf_array_size(x) AS
    CASE WHEN json_type(to_json(x)) = 'ARRAY' THEN CAST(json_array_length(to_json(x)) AS BIGINT) END;
CREATE OR REPLACE MACRO sf_array_cat(a, b) AS list_concat(sf_array(a), sf_array(b));
CREATE OR REPLACE MACRO sf_array_append(a, x) AS list_append(sf_array(a), sf_element(x));
CREATE OR REPLACE MACRO sf_array_prepend(a, x) AS list_prepend(sf_element(x), sf_array(a));
CREATE OR REPLACE MACRO sf_array_contains(x, a) AS list_contains(sf_array(a), sf_element(x));
CREATE OR REPLACE MACRO sf_array_position(x, a) AS
    CASE WHEN list_contains(sf_array(a), sf_element(x)) THEN CAST(list_position(sf_array(a), sf_element(x)) - 1 AS BIGINT) END;
CREATE OR REPLACE MACRO sf_array_slice(a, i, j) AS
    list_slice(sf_array(a), CAST(CASE WHEN i < 0 THEN len(sf_array(a)) + i ELSE i END + 1 AS BIGINT),
        CAST(CASE WHEN j < 0 THEN len(sf_array(a)) + j ELSE j END AS BIGINT));
CREATE OR REPLACE MACRO sf_array_to_string(a, separator) AS
    array_to_string(list_transform(sf_array(a), lambda e: coalesce(e ->> '$', '')), separator);
CREATE OR REPLACE MACRO sf_array_distinct(a) AS list_distinct(sf_array(a));
CREATE OR REPLACE MACRO sf_array_compact(a) AS list_filter(sf_array(a), lambda e: e IS NOT NULL AND json_type(e) <> 'NULL');
CREATE OR REPLACE MACRO sf_array_sorted(a) AS
    list_transform(list_sort(list_transform(sf_array_compact(a), lambda e: {'n': TRY_CAST(e AS DOUBLE), 't': e ->> '$', 'e': e})), lambda s: s.e);
CREATE OR REPLACE MACRO sf_array_min(a) AS sf_array_sorted(a)[1];
CREATE OR REPLACE MACRO sf_array_max(a) AS sf_array_sorted(a)[-1];
CREATE OR REPLACE MACRO sf_array_sort(a) AS sf_array_sorted(a),
    (a, up) AS CASE WHEN up THEN sf_array_sorted(a) ELSE list_reverse(sf_array_sorted(a)) END;
CREATE OR REPLACE MACRO sf_array_intersection(a, b) AS list_intersect(sf_array(a), sf_array(b));
CREATE OR REPLACE MACRO sf_arrays_overlap(a, b) AS list_has_any(sf_array(a), sf_array(b));
CREATE OR REPLACE MACRO sf_array_insert(a, i, x) AS
    list_concat(list_append(list_slice(sf_array(a), 1, CAST(i AS BIGINT)), sf_element(x)),
        list_slice(sf_array(a), CAST(i AS BIGINT) + 1, len(sf_array(a))));
CREATE OR REPLACE MACRO sf_array_remove(a, x) AS list_filter(sf_array(a), lambda e: e IS DISTINCT FROM sf_variant(x));
CREATE OR REPLACE MACRO sf_array_remove_at(a, i) AS
    list_concat(list_slice(sf_array(a), 1, CAST(i AS BIGINT)), list_slice(sf_array(a), CAST(i AS BIGINT) + 2, len(sf_array(a))));
CREATE OR REPLACE MACRO sf_array_except(a, b) AS list_filter(sf_array(a), lambda e: NOT list_contains(sf_array(b), e));
CREATE OR REPLACE MACRO sf_array_flatten(a) AS flatten(list_transform(sf_array(a), lambda e: sf_as_list(e)));
CREATE OR REPLACE MACRO sf_range(i, j, step) AS
    range(i, roost_range_end('ARRAY_GENERATE_RANGE', i, j, step), step);
CREATE OR REPLACE MACRO sf_array_generate_range(i, j) AS sf_array(sf_range(CAST(i AS BIGINT), CAST(j AS BIGINT), 1)),
    (i, j, step) AS sf_array(sf_range(CAST(i AS BIGINT), CAST(j AS BIGINT), CAST(step AS BIGINT)));
CREATE OR REPLACE MACRO sf_array_reverse(a) AS list_reverse(sf_array(a));
CREATE OR REPLACE MACRO sf_arrays_zip(a, b) AS
    sf_array(list_transform(list_zip(sf_array(a), sf_array(b)), lambda p: {'$1': p[1], '$2': p[2]}));
CREATE OR REPLACE MACRO sf_arrays_to_object(k, v) AS
    map_from_entries(list_zip(list_transform(sf_array(k), lambda e: e ->> '$'), sf_array(v)));

-- Aggregates: what is done with the list that an aggregate has gathered.
CREATE OR REPLACE MACRO sf_agg_array(l) AS coalesce(list_filter(l, lambda e: e IS NOT NULL), []);

-- FLATTEN: a list with one struct for each row ------------------------------------------------------------------------

CREATE OR REPLACE MACRO sf_path_key(p, k) AS
    CASE WHEN regexp_full_match(k, '[A-Za-z_][A-Za-z0-9_]*') THEN CASE WHEN p = '' THEN k ELSE p || '.' || k END
        ELSE p || '[''' || k || ''']' END;
CREATE OR REPLACE MACRO sf_flatten_list(j, p, mode) AS
    CASE
        WHEN json_type(j) = 'ARRAY' AND upper(mode) <> 'OBJECT' THEN
            list_transform(CAST(j AS JSON[]), lambda e, i:
                {'SEQ': 1::BIGINT, 'KEY': NULL::VARCHAR, 'PATH': p || '[' || (i - 1) || ']', 'INDEX': (i - 1)::BIGINT,
                 'VALUE': coalesce(e, 'null'::JSON), 'THIS': j})
        WHEN json_type(j) = 'OBJECT' AND upper(mode) <> 'ARRAY' THEN
            list_transform(map_entries(CAST(j AS MAP(VARCHAR, JSON))), lambda e:
                {'SEQ': 1::BIGINT, 'KEY': e.key, 'PATH': sf_path_key(p, e.key), 'INDEX': NULL::BIGINT,
                 'VALUE': coalesce(e.value, 'null'::JSON), 'THIS': j})
        ELSE []
    END;
CREATE OR REPLACE MACRO sf_flatten_outer(l, o, j, p) AS
    CASE WHEN o AND coalesce(len(l), 0) = 0 THEN
        [{'SEQ': 1::BIGINT, 'KEY': NULL::VARCHAR, 'PATH': p, 'INDEX': NULL::BIGINT, 'VALUE': NULL::JSON, 'THIS': j}]
    ELSE l END;
CREATE OR REPLACE MACRO sf_flatten(x, p, o, mode) AS
    sf_flatten_outer(sf_flatten_list(to_json(x), p, mode), o, to_json(x), p);
-- All levels: the rows of json_tree below the root.
CREATE OR REPLACE MACRO sf_flatten_all(x, p, o, mode) AS
    sf_flatten_outer((
        SELECT list({'SEQ': 1::BIGINT, 'KEY': CASE WHEN suffix(t.fullkey, ']') THEN NULL ELSE t.key END,
            'PATH': p || regexp_replace(t.fullkey, '^\$\.?', ''),
            'INDEX': CASE WHEN suffix(t.fullkey, ']') THEN TRY_CAST(t.key AS BIGINT) END,
            'VALUE': coalesce(t.value, 'null'::JSON), 'THIS': json_extract(to_json(x), t.path)} ORDER BY t.id)
        FROM json_tree(to_json(x)) AS t WHERE t.fullkey <> '$'
            AND (upper(mode) = 'BOTH' OR (upper(mode) = 'ARRAY') = suffix(t.fullkey, ']'))), o, to_json(x), p);
CREATE OR REPLACE MACRO sf_split_to_table(t, separator) AS
    list_transform(string_split(t, separator), lambda e, i: {'SEQ': 1::BIGINT, 'INDEX': i::BIGINT, 'VALUE': e});

-- Division as Snowflake has it: by zero it is an error, not infinity or NULL. The engine puts these in place of / and %.
CREATE OR REPLACE MACRO sf_divide(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE a / b END;
CREATE OR REPLACE MACRO sf_modulo(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE a % b END;

-- Names that DuckDB takes for values of its own where no column has them. Snowflake's of these (CURRENT_USER, …) are put
-- in place before DuckDB sees them; the others are names like any.
CREATE OR REPLACE MACRO user() AS roost_unknown_column('USER');
CREATE OR REPLACE MACRO session_user() AS roost_unknown_column('SESSION_USER');
CREATE OR REPLACE MACRO current_user() AS roost_unknown_column('CURRENT_USER');
CREATE OR REPLACE MACRO current_role() AS roost_unknown_column('CURRENT_ROLE');
CREATE OR REPLACE MACRO current_catalog() AS roost_unknown_column('CURRENT_CATALOG');
CREATE OR REPLACE MACRO current_schema() AS roost_unknown_column('CURRENT_SCHEMA');
