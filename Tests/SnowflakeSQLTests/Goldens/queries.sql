select 41 + 1
==>
SELECT 41 + 1 AS "41 + 1"
----
select 41 + 1
==>
SELECT 41 + 1 AS "41 + 1"
----
select count(*) from t
==>
SELECT COUNT(*) AS "COUNT(*)" FROM T
----
select a, t.b, "A" x, a as "q", t.* from t where 1=0
==>
SELECT A, T.B, "A" AS "X", A AS "q", T.* FROM T WHERE 1=0
----
select *, from t where 1=0
==>
SELECT * FROM T WHERE 1=0
----
select current_user()
==>
SELECT 'U' AS "CURRENT_USER()"
----
select current_user
==>
SELECT 'U' AS "CURRENT_USER"
----
select current_user
==>
SELECT 'U' AS "CURRENT_USER"
----
select v:a.b[1]::int from t where a=1
==>
SELECT CAST(sf_index(V['a']['b'], 1) AS BIGINT) AS "V:A.B[1]::INT" FROM T WHERE A=1
----
select v:a.b[1]::int from t where a=1
==>
SELECT CAST(sf_index(V['a']['b'], 1) AS BIGINT) AS "V:A.B[1]::INT" FROM T WHERE A=1
----
select v:s::varchar, v:s, v['s']::string from t where a=1
==>
SELECT sf_varchar(V['s']) AS "V:S::VARCHAR", V['s'] AS "V:S", sf_varchar(V['s']) AS "V['s']::STRING" FROM T WHERE A=1
----
select v:n::varchar, v:zz, v:a:b[0]::float from t where a=1
==>
SELECT sf_varchar(V['n']) AS "V:N::VARCHAR", V['zz'] AS "V:ZZ", CAST(sf_index(V['a']['b'], 0) AS DOUBLE) AS "V:A:B[0]::FLOAT" FROM T WHERE A=1
----
select v[0], v[5] from t where a=2
==>
SELECT sf_index(V, 0) AS "V[0]", sf_index(V, 5) AS "V[5]" FROM T WHERE A=2
----
select l[0], l[1]::varchar from t where a=1
==>
SELECT sf_index(L, 0) AS "L[0]", sf_varchar(sf_index(L, 1)) AS "L[1]::VARCHAR" FROM T WHERE A=1
----
select o:k::int, o['k']::int, o['zz'] from t where a=1
==>
SELECT CAST(O['k'] AS BIGINT) AS "O:K::INT", CAST(O['k'] AS BIGINT) AS "O['k']::INT", O['zz'] AS "O['zz']" FROM T WHERE A=1
----
select 'it\'s', 'a\nb', '\\', '\x41\u00e9', $$a'b\n$$
==>
SELECT 'it''s' AS "'it\'s'", 'a
b' AS "'a\nb'", '\' AS "'\\'", 'Aé' AS "'\x41\u00e9'", 'a''b\n' AS "$$a'b\n$$"
----
select '2024-02-29'::date, null::varchar, 1.50::number(10,2), 0.25::float, '12:34:56'::time
==>
SELECT CAST('2024-02-29' AS DATE) AS "'2024-02-29'::DATE", sf_varchar(NULL) AS "NULL::VARCHAR", CAST(1.50 AS DECIMAL(10,2)) AS "1.50::NUMBER(10,2)", CAST(0.25 AS DOUBLE) AS "0.25::FLOAT", CAST('12:34:56' AS TIME) AS "'12:34:56'::TIME"
----
select -1::varchar
==>
SELECT sf_varchar(-1) AS "-1::VARCHAR"
----
select 1 + 2::varchar || 'x'
==>
SELECT 1 + sf_varchar(2) || 'x' AS "1 + 2::VARCHAR || 'x'"
----
select case when 1=1 then '5' else '6' end::int
==>
SELECT CAST((CASE WHEN 1=1 THEN '5' ELSE '6' END) AS BIGINT) AS "CASE WHEN 1=1 THEN '5' ELSE '6' END::INT"
----
select (1+2)::varchar
==>
SELECT sf_varchar((1+2)) AS "(1+2)::VARCHAR"
----
select to_variant('a')::varchar, 'a'::variant
==>
SELECT sf_varchar(sf_variant('a')) AS "TO_VARIANT('a')::VARCHAR", sf_variant('a') AS "'a'::VARIANT"
----
select parse_json('{"x": [1, {"y": "z"}]}'):x[1].y::string
==>
SELECT sf_varchar(sf_index(sf_parse_json('{"x": [1, {"y": "z"}]}')['x'], 1)['y']) AS "PARSE_JSON('{""x"": [1, {""y"": ""z""}]}'):X[1].Y::STRING"
----
select parse_json('null')::varchar, parse_json('')
==>
SELECT sf_varchar(sf_parse_json('null')) AS "PARSE_JSON('null')::VARCHAR", sf_parse_json('') AS "PARSE_JSON('')"
----
select object_construct('a', 1, 'b', null, 'c', 'x')::varchar
==>
SELECT sf_varchar(sf_object_construct(['a', 'b', 'c'], [sf_element(1), sf_element(NULL), sf_element('x')])) AS "OBJECT_CONSTRUCT('a', 1, 'b', NULL, 'c', 'x')::VARCHAR"
----
select object_construct_keep_null('a', 1, 'b', null)::varchar
==>
SELECT sf_varchar(sf_object_keep_null(['a', 'b'], [sf_element(1), sf_element(NULL)])) AS "OBJECT_CONSTRUCT_KEEP_NULL('a', 1, 'b', NULL)::VARCHAR"
----
select object_construct()
==>
SELECT CAST('{}' AS MAP(VARCHAR, JSON)) AS "OBJECT_CONSTRUCT()"
----
select array_construct(1, 'a', null)::varchar
==>
SELECT sf_varchar([sf_element(1), sf_element('a'), sf_element(NULL)]) AS "ARRAY_CONSTRUCT(1, 'a', NULL)::VARCHAR"
----
select array_size(array_construct(1,2)), array_construct()::varchar
==>
SELECT sf_array_size([sf_element(1), sf_element(2)]) AS "ARRAY_SIZE(ARRAY_CONSTRUCT(1,2))", sf_varchar(CAST([] AS JSON[])) AS "ARRAY_CONSTRUCT()::VARCHAR"
----
select [1,2,'x']::varchar, {'a': 1, 'b': {'c': [1]}}::varchar
==>
SELECT sf_varchar([sf_element(1), sf_element(2), sf_element('x')]) AS "[1,2,'x']::VARCHAR", sf_varchar(sf_object_construct(['a', 'b'], [sf_element(1), sf_element(sf_object_construct(['c'], [sf_element([sf_element(1)])]))])) AS "{'a': 1, 'b': {'c': [1]}}::VARCHAR"
----
select array_agg(a) within group (order by a desc)::varchar from t
==>
SELECT sf_varchar(sf_agg_array(list(sf_element_or_null(A) ORDER BY A DESC))) AS "ARRAY_AGG(A) WITHIN GROUP (ORDER BY A DESC)::VARCHAR" FROM T
----
select array_agg(s)::varchar, array_agg(distinct g)::varchar from t where a < 3
==>
SELECT sf_varchar(sf_agg_array(list(sf_element_or_null(S)))) AS "ARRAY_AGG(S)::VARCHAR", sf_varchar(sf_agg_array(list(DISTINCT sf_element_or_null(G)))) AS "ARRAY_AGG(DISTINCT G)::VARCHAR" FROM T WHERE A < 3
----
select object_agg(a, s)::varchar from t
==>
SELECT sf_varchar(sf_object_from(list(sf_pair(A, S)))) AS "OBJECT_AGG(A, S)::VARCHAR" FROM T
----
select listagg(a, ',') within group (order by a) from t
==>
SELECT coalesce(string_agg(A, ',' ORDER BY A), '') AS "LISTAGG(A, ',') WITHIN GROUP (ORDER BY A)" FROM T
----
select listagg(s, ',') from t where 1=0
==>
SELECT coalesce(string_agg(S, ','), '') AS "LISTAGG(S, ',')" FROM T WHERE 1=0
----
select iff(1=1,'a','b'), nvl(null, 2), nvl2(null,1,2), zeroifnull(null), div0(1,0), div0null(1,null), equal_null(null,null)
==>
SELECT sf_iff(1=1,'a','b') AS "IFF(1=1,'a','b')", coalesce(NULL, 2) AS "NVL(NULL, 2)", sf_nvl2(NULL,1,2) AS "NVL2(NULL,1,2)", sf_zeroifnull(NULL) AS "ZEROIFNULL(NULL)", sf_div0(1,0) AS "DIV0(1,0)", sf_div0null(1,NULL) AS "DIV0NULL(1,NULL)", sf_equal_null(NULL,NULL) AS "EQUAL_NULL(NULL,NULL)"
----
select decode(2, 1, 'a', 2, 'b', 'c'), decode(9, 1, 'a', 'z'), greatest(1,2,null), least(3,1)
==>
SELECT CASE WHEN (2) IS NOT DISTINCT FROM (1) THEN 'a' WHEN (2) IS NOT DISTINCT FROM (2) THEN 'b' ELSE 'c' END AS "DECODE(2, 1, 'a', 2, 'b', 'c')", CASE WHEN (9) IS NOT DISTINCT FROM (1) THEN 'a' ELSE 'z' END AS "DECODE(9, 1, 'a', 'z')", sf_greatest([1, 2, NULL]) AS "GREATEST(1,2,NULL)", sf_least([3, 1]) AS "LEAST(3,1)"
----
select dateadd(day, 1, '2024-02-28'::date), dateadd('month', 1, date '2024-01-31'), dateadd(hour, 2, '2024-01-01'::timestamp)
==>
SELECT sf_date_add_days(CAST('2024-02-28' AS DATE), 1) AS "DATEADD(DAY, 1, '2024-02-28'::DATE)", sf_date_add_months(CAST('2024-01-31' AS DATE), 1) AS "DATEADD('month', 1, DATE '2024-01-31')", (sf_cast_timestamp('2024-01-01') + to_hours(CAST(2 AS BIGINT))) AS "DATEADD(HOUR, 2, '2024-01-01'::TIMESTAMP)"
----
select datediff(day, '2024-01-01', '2024-03-01'), datediff('month', d, ts) from t where a=1
==>
SELECT date_diff('day', CAST('2024-01-01' AS TIMESTAMP), CAST('2024-03-01' AS TIMESTAMP)) AS "DATEDIFF(DAY, '2024-01-01', '2024-03-01')", date_diff('month', D, TS) AS "DATEDIFF('month', D, TS)" FROM T WHERE A=1
----
select date_trunc('month', d), date_trunc(hour, ts), year(d), date_part(dow, d), extract(month from d), dayofweekiso(d), last_day(d) from t where a=1
==>
SELECT sf_date_trunc('month', D) AS "DATE_TRUNC('month', D)", sf_date_trunc('hour', TS) AS "DATE_TRUNC(HOUR, TS)", year(D) AS "YEAR(D)", date_part('dayofweek', D) AS "DATE_PART(DOW, D)", date_part('month', D) AS "EXTRACT(MONTH FROM D)", isodow(D) AS "DAYOFWEEKISO(D)", last_day(D) AS "LAST_DAY(D)" FROM T WHERE A=1
----
select to_date('2024-01-02'), to_date('02/01/2024','DD/MM/YYYY'), to_timestamp(1700000000), to_timestamp('2024-01-01 10:00:00'), try_to_date('x')
==>
SELECT sf_to_date('2024-01-02') AS "TO_DATE('2024-01-02')", CAST(strptime('02/01/2024', '%d/%m/%Y') AS DATE) AS "TO_DATE('02/01/2024','DD/MM/YYYY')", sf_to_timestamp(1700000000) AS "TO_TIMESTAMP(1700000000)", sf_to_timestamp('2024-01-01 10:00:00') AS "TO_TIMESTAMP('2024-01-01 10:00:00')", sf_try_to_date('x') AS "TRY_TO_DATE('x')"
----
select to_char(d, 'YYYY-MM'), to_varchar(12.5::float), to_varchar(1.0::float), to_char(ts, 'HH24:MI:SS'), ts::varchar, d::varchar from t where a=1
==>
SELECT strftime(D, '%Y-%m') AS "TO_CHAR(D, 'YYYY-MM')", sf_varchar(CAST(12.5 AS DOUBLE)) AS "TO_VARCHAR(12.5::FLOAT)", sf_varchar(CAST(1.0 AS DOUBLE)) AS "TO_VARCHAR(1.0::FLOAT)", strftime(TS, '%H:%M:%S') AS "TO_CHAR(TS, 'HH24:MI:SS')", sf_varchar(TS) AS "TS::VARCHAR", sf_varchar(D) AS "D::VARCHAR" FROM T WHERE A=1
----
select to_number('12.6', 10, 1), to_number('12'), try_to_number('x'), to_double('1.5'), to_boolean('true'), try_cast('x' as int)
==>
SELECT CAST('12.6' AS DECIMAL(10,1)) AS "TO_NUMBER('12.6', 10, 1)", CAST('12' AS HUGEINT) AS "TO_NUMBER('12')", TRY_CAST('x' AS HUGEINT) AS "TRY_TO_NUMBER('x')", CAST('1.5' AS DOUBLE) AS "TO_DOUBLE('1.5')", CAST('true' AS BOOLEAN) AS "TO_BOOLEAN('true')", TRY_CAST('x' AS BIGINT) AS "TRY_CAST('x' AS INT)"
----
select to_binary('AB'), to_binary('abc', 'UTF-8'), hex_encode('a'), to_char(to_binary('AB'),'HEX'), 'AB'::binary
==>
SELECT sf_binary('AB') AS "TO_BINARY('AB')", encode('abc') AS "TO_BINARY('abc', 'UTF-8')", hex('a') AS "HEX_ENCODE('a')", hex(sf_binary('AB')) AS "TO_CHAR(TO_BINARY('AB'),'HEX')", sf_binary('AB') AS "'AB'::BINARY"
----
select split('a,b', ',')::varchar, split_part('a.b.c', '.', -1), split_part('a.b','.',0), strtok('a b c', ' ', 2), charindex('b','abc'), position('c' in 'abc')
==>
SELECT sf_varchar(sf_split('a,b', ',')) AS "SPLIT('a,b', ',')::VARCHAR", sf_split_part('a.b.c', '.', -1) AS "SPLIT_PART('a.b.c', '.', -1)", sf_split_part('a.b','.',0) AS "SPLIT_PART('a.b','.',0)", sf_strtok('a b c', ' ', 2) AS "STRTOK('a b c', ' ', 2)", sf_charindex('b','abc') AS "CHARINDEX('b','abc')", sf_charindex('c', 'abc') AS "POSITION('c' IN 'abc')"
----
select contains('abc','b'), startswith('abc','a'), endswith('abc','c'), initcap('hello wORLD'), lpad('a',3), lpad('a',3,'x')
==>
SELECT sf_contains('abc','b') AS "CONTAINS('abc','b')", starts_with('abc','a') AS "STARTSWITH('abc','a')", ends_with('abc','c') AS "ENDSWITH('abc','c')", sf_initcap('hello wORLD') AS "INITCAP('hello wORLD')", sf_lpad('a',3) AS "LPAD('a',3)", sf_lpad('a',3,'x') AS "LPAD('a',3,'x')"
----
select regexp_replace('aXbX','X'), regexp_replace('aXb','X','y'), regexp_substr('a1b22','[0-9]+',1,2), regexp_count('a1b22','[0-9]+'), regexp_like('abc','a.*'), 'abc' rlike 'b', regexp_like('ABC','abc','i'), regexp_instr('abc','c')
==>
SELECT sf_regexp_replace('aXbX', 'X') AS "REGEXP_REPLACE('aXbX','X')", sf_regexp_replace('aXb', 'X', 'y') AS "REGEXP_REPLACE('aXb','X','y')", sf_regexp_substr('a1b22','[0-9]+',1,2) AS "REGEXP_SUBSTR('a1b22','[0-9]+',1,2)", sf_regexp_count('a1b22','[0-9]+') AS "REGEXP_COUNT('a1b22','[0-9]+')", regexp_full_match('abc', 'a.*') AS "REGEXP_LIKE('abc','a.*')", 'abc' SIMILAR TO 'b' AS "'abc' RLIKE 'b'", regexp_full_match('ABC', 'abc', 'i') AS "REGEXP_LIKE('ABC','abc','i')", sf_regexp_instr('abc','c') AS "REGEXP_INSTR('abc','c')"
----
select concat('a', null), concat('a','b',1), 'a' || 'b'
==>
SELECT ('a' || NULL) AS "CONCAT('a', NULL)", ('a' || 'b' || 1) AS "CONCAT('a','b',1)", 'a' || 'b' AS "'a' || 'b'"
----
select 'ab' like any ('x%','a%'), 'AB' ilike any ('a%'), 'ab' not like all ('x%','a%'), 'a' like 'a%'
==>
SELECT sf_like_any('ab', ['x%', 'a%']) AS "'ab' LIKE ANY ('x%','a%')", sf_ilike_any('AB', ['a%']) AS "'AB' ILIKE ANY ('a%')", NOT sf_like_all('ab', ['x%', 'a%']) AS "'ab' NOT LIKE ALL ('x%','a%')", 'a' LIKE 'a%' AS "'a' LIKE 'a%'"
----
select hash(1) = hash(1), length(uuid_string()), length(randstr(5, random())), uniform(1, 1, random()), square(3), abs(random()) >= 0
==>
SELECT sf_hash([to_json(1)]) = sf_hash([to_json(1)]) AS "HASH(1) = HASH(1)", LENGTH(CAST(uuid() AS VARCHAR)) AS "LENGTH(UUID_STRING())", LENGTH(sf_randstr(5)) AS "LENGTH(RANDSTR(5, RANDOM()))", sf_uniform(1, 1) AS "UNIFORM(1, 1, RANDOM())", sf_square(3) AS "SQUARE(3)", ABS(sf_random()) >= 0 AS "ABS(RANDOM()) >= 0"
----
select md5('a'), sha2('a'), sha2('a',256)
==>
SELECT MD5('a') AS "MD5('a')", sha256('a') AS "SHA2('a')", sha256('a') AS "SHA2('a',256)"
----
select a, ratio_to_report(a) over (), row_number() over (partition by g order by a) from t order by a
==>
SELECT A, (CAST(A AS DOUBLE) / nullif(sum(A) OVER (), 0)) AS "RATIO_TO_REPORT(A) OVER ()", ROW_NUMBER() OVER (PARTITION BY G ORDER BY A) AS "ROW_NUMBER() OVER (PARTITION BY G ORDER BY A)" FROM T ORDER BY A
----
select sum(a) over (partition by g)::varchar from t order by a
==>
SELECT sf_varchar(SUM(A) OVER (PARTITION BY G)) AS "SUM(A) OVER (PARTITION BY G)::VARCHAR" FROM T ORDER BY A
----
select last_value(s) ignore nulls over (order by a) from t
==>
SELECT LAST_VALUE(S IGNORE NULLS) OVER (ORDER BY A) AS "LAST_VALUE(S) IGNORE NULLS OVER (ORDER BY A)" FROM T
----
select median(a), approx_count_distinct(a), count_if(a>1), booland_agg(a>0), boolor_agg(a>2), any_value(g) from t where a<3
==>
SELECT median(A) AS "MEDIAN(A)", approx_count_distinct(A) AS "APPROX_COUNT_DISTINCT(A)", count_if(A>1) AS "COUNT_IF(A>1)", bool_and(A>0) AS "BOOLAND_AGG(A>0)", bool_or(A>2) AS "BOOLOR_AGG(A>2)", ANY_VALUE(G) AS "ANY_VALUE(G)" FROM T WHERE A<3
----
select percentile_cont(0.5) within group (order by a) from t
==>
SELECT quantile_cont(A, 0.5) AS "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY A)" FROM T
----
select count(distinct g, a) from t
==>
SELECT COUNT(DISTINCT CASE WHEN (G) IS NOT NULL AND (A) IS NOT NULL THEN (G, A) END) AS "COUNT(DISTINCT G, A)" FROM T
----
select typeof(parse_json('1')), typeof(parse_json('"a"')), typeof(parse_json('[]')), is_array(parse_json('[]')), as_integer(parse_json('5')), get(parse_json('{"a":1}'),'a'), get(array_construct(7,8),1), get_path(parse_json('{"a":{"b":2}}'),'a.b')
==>
SELECT sf_typeof(sf_parse_json('1')) AS "TYPEOF(PARSE_JSON('1'))", sf_typeof(sf_parse_json('"a"')) AS "TYPEOF(PARSE_JSON('""a""'))", sf_typeof(sf_parse_json('[]')) AS "TYPEOF(PARSE_JSON('[]'))", sf_is_array(sf_parse_json('[]')) AS "IS_ARRAY(PARSE_JSON('[]'))", sf_as_integer(sf_parse_json('5')) AS "AS_INTEGER(PARSE_JSON('5'))", sf_get(sf_parse_json('{"a":1}'),'a') AS "GET(PARSE_JSON('{""a"":1}'),'a')", sf_get([sf_element(7), sf_element(8)],1) AS "GET(ARRAY_CONSTRUCT(7,8),1)", sf_get_path(sf_parse_json('{"a":{"b":2}}'),'a.b') AS "GET_PATH(PARSE_JSON('{""a"":{""b"":2}}'),'a.b')"
----
select f.value::varchar, f.index from t, lateral flatten(input => t.l) f where a=1
==>
SELECT sf_varchar(F.VALUE) AS "F.VALUE::VARCHAR", F.INDEX FROM T, LATERAL (SELECT unnest(sf_flatten(T.L, '', FALSE, 'BOTH'), max_depth := 2)) F WHERE A=1
----
select f.key, f.value, f.path from t, table(flatten(v)) f where a=1
==>
SELECT F.KEY, F.VALUE, F.PATH FROM T, LATERAL (SELECT unnest(sf_flatten(V, '', FALSE, 'BOTH'), max_depth := 2)) F WHERE A=1
----
select value::int x from table(flatten(input => parse_json('[1,2]')))
==>
SELECT CAST(VALUE AS BIGINT) AS "X" FROM LATERAL (SELECT unnest(sf_flatten(sf_parse_json('[1,2]'), '', FALSE, 'BOTH'), max_depth := 2)) AS "FLATTEN"
----
select a, f.value from t, lateral flatten(l, outer => true) f order by a
==>
SELECT A, F.VALUE FROM T, LATERAL (SELECT unnest(sf_flatten(L, '', TRUE, 'BOTH'), max_depth := 2)) F ORDER BY A
----
select f.path from table(flatten(input => parse_json('{"a":[1,{"b":2}]}'), recursive => true)) f
==>
SELECT F.PATH FROM LATERAL (SELECT unnest(sf_flatten_all(sf_parse_json('{"a":[1,{"b":2}]}'), '', FALSE, 'BOTH'), max_depth := 2)) F
----
select f.value from t, lateral flatten(input => v, path => 'a.b') f where a=1
==>
SELECT F.VALUE FROM T, LATERAL (SELECT unnest(sf_flatten(sf_get_path(V, 'a.b'), 'a.b', FALSE, 'BOTH'), max_depth := 2)) F WHERE A=1
----
select seq4(), uniform(1,1,random()) from table(generator(rowcount => 3))
==>
SELECT "ROOST_SEQ" AS "SEQ4()", sf_uniform(1, 1) AS "UNIFORM(1,1,RANDOM())" FROM (SELECT range AS "ROOST_SEQ" FROM range(CAST(3 AS BIGINT))) AS "GENERATOR"
----
select count(*) from table(generator(rowcount => 3))
==>
SELECT COUNT(*) AS "COUNT(*)" FROM (SELECT range AS "ROOST_SEQ" FROM range(CAST(3 AS BIGINT))) AS "GENERATOR"
----
select value, index from table(split_to_table('a,b', ','))
==>
SELECT VALUE, INDEX FROM LATERAL (SELECT unnest(sf_split_to_table('a,b', ','), max_depth := 2)) AS "SPLIT_TO_TABLE"
----
select column1, $2 from values (1,'a'),(2,'b')
==>
SELECT COLUMN1, "COLUMN2" AS "$2" FROM (SELECT * FROM (VALUES (1,'a'), (2,'b')) AS "VALUES"("COLUMN1", "COLUMN2")) AS "VALUES"
----
select t.a, $1, b from (values (1,2)) as t(a,b)
==>
SELECT T.A, "A" AS "$1", B FROM (SELECT * FROM (VALUES (1,2)) AS "VALUES"("COLUMN1", "COLUMN2")) AS T(A,B)
----
select x.$1 from values (1) x
==>
SELECT X."COLUMN1" AS "X.$1" FROM (SELECT * FROM (VALUES (1)) AS "VALUES"("COLUMN1")) X
----
select * from values (1, 2) as v(p, q) join values (1, 9) as w(p, r) on v.p = w.p
==>
SELECT * FROM (SELECT * FROM (VALUES (1, 2)) AS "VALUES"("COLUMN1", "COLUMN2")) AS V(P, Q) JOIN (SELECT * FROM (VALUES (1, 9)) AS "VALUES"("COLUMN1", "COLUMN2")) AS W(P, R) ON V.P = W.P
----
select $1 from t where a = 2
==>
SELECT #1 AS "$1" FROM T WHERE A = 2
----
values (1,2),(3,4)
==>
SELECT * FROM (VALUES (1,2), (3,4)) AS "VALUES"("COLUMN1", "COLUMN2")
----
with x as (select 1 a), y as (select a+1 b from x) select b from y
==>
WITH X AS (SELECT 1 AS "A"), Y AS (SELECT A+1 AS "B" FROM X) SELECT B FROM Y
----
select 1 union all select 2 minus select 3
==>
SELECT 1 AS "1" UNION ALL SELECT 2 AS "2" EXCEPT SELECT 3 AS "3"
----
(select 1) union (select 1)
==>
(SELECT 1 AS "1") UNION (SELECT 1 AS "1")
----
select top 1 a from t order by a desc
==>
SELECT A FROM T ORDER BY A DESC LIMIT 1
----
select * exclude (b, s, v, o, l, d, ts, g) from t where a=1
==>
SELECT * EXCLUDE (B, S, V, O, L, D, TS, G) FROM T WHERE A=1
----
select * from t sample (100) where a=1 and 1=0
==>
SELECT * FROM T TABLESAMPLE bernoulli(100 PERCENT) WHERE A=1 AND 1=0
----
select * from (select a, count(*) from t group by 1) where 1=0
==>
SELECT * FROM (SELECT A, COUNT(*) AS "COUNT(*)" FROM T GROUP BY 1) WHERE 1=0
----
select sum(a) s, g from t group by g qualify row_number() over (order by g) = 1
==>
SELECT SUM(A) AS "S", G FROM T GROUP BY G QUALIFY ROW_NUMBER() OVER (ORDER BY G) = 1
----
select a as "order", b as map from t where a=1
==>
SELECT A AS "order", B AS "MAP" FROM T WHERE A=1
----
select any_value(a) show, 1 as describe
==>
SELECT ANY_VALUE(A) AS "SHOW", 1 AS "DESCRIBE"
----
select exists (select 1 from t where a=9), a in (1,2), a not in (select 3) from t where a=1
==>
SELECT EXISTS (SELECT 1 AS "1" FROM T WHERE A=9) AS "EXISTS (SELECT 1 FROM T WHERE A=9)", A IN (1,2) AS "A IN (1,2)", A NOT IN (SELECT 3 AS "3") AS "A NOT IN (SELECT 3)" FROM T WHERE A=1
----
select (select max(a) from t), a between 1 and 2 from t where a=1
==>
SELECT (SELECT MAX(A) AS "MAX(A)" FROM T) AS "(SELECT MAX(A) FROM T)", A BETWEEN 1 AND 2 AS "A BETWEEN 1 AND 2" FROM T WHERE A=1
----
select $v, ?, :2, identifier('a') from t where a=1
==>
SELECT 42 AS "$V", 1 AS "?", 'it''s' AS ":2", "A" AS "IDENTIFIER('a')" FROM T WHERE A=1
----
select interval '1 day, 2 hours' + d from t where a=1
==>
SELECT INTERVAL '1 day  2 hours' + D AS "INTERVAL '1 day, 2 hours' + D" FROM T WHERE A=1
----
select a::number(5,2), a::double, b::int, s::varchar(1), d::timestamp_ntz, ts::date from t where a=1
==>
SELECT CAST(A AS DECIMAL(5,2)) AS "A::NUMBER(5,2)", CAST(A AS DOUBLE) AS "A::DOUBLE", CAST(B AS BIGINT) AS "B::INT", left(sf_varchar(S), 1) AS "S::VARCHAR(1)", sf_cast_timestamp(D) AS "D::TIMESTAMP_NTZ", CAST(TS AS DATE) AS "TS::DATE" FROM T WHERE A=1
----
select cast(cast(l as variant) as array), cast(v as object) from t where a=1
==>
SELECT sf_array(sf_variant(L)) AS "CAST(CAST(L AS VARIANT) AS ARRAY)", sf_object(V) AS "CAST(V AS OBJECT)" FROM T WHERE A=1
----
select a is not distinct from b, a is distinct from 1 from t where a=1
==>
SELECT A IS NOT DISTINCT FROM B AS "A IS NOT DISTINCT FROM B", A IS DISTINCT FROM 1 AS "A IS DISTINCT FROM 1" FROM T WHERE A=1
----
select filter(array_construct(1,2,3), x -> x::int > 1)::varchar, transform(array_construct(1,2), x -> x::int + 1)::varchar
==>
SELECT sf_varchar(list_filter(sf_array([sf_element(1), sf_element(2), sf_element(3)]), lambda X:  CAST(X AS BIGINT) > 1)) AS "FILTER(ARRAY_CONSTRUCT(1,2,3), X -> X::INT > 1)::VARCHAR", sf_varchar(sf_array(list_transform(sf_array([sf_element(1), sf_element(2)]), lambda X:  CAST(X AS BIGINT) + 1))) AS "TRANSFORM(ARRAY_CONSTRUCT(1,2), X -> X::INT + 1)::VARCHAR"
----
select array_contains(2::variant, array_construct(1,2)), array_position(2::variant, array_construct(1,2)), array_slice(array_construct(1,2,3),0,2)::varchar, array_to_string(array_construct(1,'b'),'-'), array_cat(array_construct(1),array_construct(2))::varchar, array_append(array_construct(1),2)::varchar
==>
SELECT sf_array_contains(sf_variant(2), [sf_element(1), sf_element(2)]) AS "ARRAY_CONTAINS(2::VARIANT, ARRAY_CONSTRUCT(1,2))", sf_array_position(sf_variant(2), [sf_element(1), sf_element(2)]) AS "ARRAY_POSITION(2::VARIANT, ARRAY_CONSTRUCT(1,2))", sf_varchar(sf_array_slice([sf_element(1), sf_element(2), sf_element(3)],0,2)) AS "ARRAY_SLICE(ARRAY_CONSTRUCT(1,2,3),0,2)::VARCHAR", sf_array_to_string([sf_element(1), sf_element('b')],'-') AS "ARRAY_TO_STRING(ARRAY_CONSTRUCT(1,'b'),'-')", sf_varchar(sf_array_cat([sf_element(1)],[sf_element(2)])) AS "ARRAY_CAT(ARRAY_CONSTRUCT(1),ARRAY_CONSTRUCT(2))::VARCHAR", sf_varchar(sf_array_append([sf_element(1)],2)) AS "ARRAY_APPEND(ARRAY_CONSTRUCT(1),2)::VARCHAR"
----
select array_distinct(array_construct(1,1))::varchar, array_compact(array_construct(1,null))::varchar, array_max(array_construct(1,10,9)), array_min(array_construct(2,1)), array_sort(array_construct(10,9))::varchar, arrays_overlap(array_construct(1),array_construct(1)), array_flatten(array_construct(array_construct(1),array_construct(2)))::varchar
==>
SELECT sf_varchar(sf_array_distinct([sf_element(1), sf_element(1)])) AS "ARRAY_DISTINCT(ARRAY_CONSTRUCT(1,1))::VARCHAR", sf_varchar(sf_array_compact([sf_element(1), sf_element(NULL)])) AS "ARRAY_COMPACT(ARRAY_CONSTRUCT(1,NULL))::VARCHAR", sf_array_max([sf_element(1), sf_element(10), sf_element(9)]) AS "ARRAY_MAX(ARRAY_CONSTRUCT(1,10,9))", sf_array_min([sf_element(2), sf_element(1)]) AS "ARRAY_MIN(ARRAY_CONSTRUCT(2,1))", sf_varchar(sf_array_sort([sf_element(10), sf_element(9)])) AS "ARRAY_SORT(ARRAY_CONSTRUCT(10,9))::VARCHAR", sf_arrays_overlap([sf_element(1)],[sf_element(1)]) AS "ARRAYS_OVERLAP(ARRAY_CONSTRUCT(1),ARRAY_CONSTRUCT(1))", sf_varchar(sf_array_flatten([sf_element([sf_element(1)]), sf_element([sf_element(2)])])) AS "ARRAY_FLATTEN(ARRAY_CONSTRUCT(ARRAY_CONSTRUCT(1),ARRAY_CONSTRUCT(2)))::VARCHAR"
----
select object_keys(parse_json('{"a":1}'))::varchar, object_delete(object_construct('a',1,'b',2),'a')::varchar, object_insert(object_construct('a',1),'b','x')::varchar, object_pick(object_construct('a',1,'b',2),'a')::varchar
==>
SELECT sf_varchar(sf_object_keys(sf_parse_json('{"a":1}'))) AS "OBJECT_KEYS(PARSE_JSON('{""a"":1}'))::VARCHAR", sf_varchar(sf_object_delete(sf_object_construct(['a', 'b'], [sf_element(1), sf_element(2)]), ['a'])) AS "OBJECT_DELETE(OBJECT_CONSTRUCT('a',1,'b',2),'a')::VARCHAR", sf_varchar(sf_object_insert(sf_object_construct(['a'], [sf_element(1)]),'b','x')) AS "OBJECT_INSERT(OBJECT_CONSTRUCT('a',1),'b','x')::VARCHAR", sf_varchar(sf_object_pick(sf_object_construct(['a', 'b'], [sf_element(1), sf_element(2)]), ['a'])) AS "OBJECT_PICK(OBJECT_CONSTRUCT('a',1,'b',2),'a')::VARCHAR"
----
select add_months('2024-01-31'::date,1), months_between('2024-03-01'::date,'2024-01-01'::date), next_day('2024-01-01'::date,'mo'), previous_day('2024-01-01'::date,'sunday'), dayname('2024-01-01'::date), monthname('2024-01-01'::date), date_from_parts(2024,2,3), timestamp_from_parts(2024,1,2,3,4,5)
==>
SELECT sf_add_months(CAST('2024-01-31' AS DATE),1) AS "ADD_MONTHS('2024-01-31'::DATE,1)", sf_months_between(CAST('2024-03-01' AS DATE),CAST('2024-01-01' AS DATE)) AS "MONTHS_BETWEEN('2024-03-01'::DATE,'2024-01-01'::DATE)", sf_next_day(CAST('2024-01-01' AS DATE),'mo') AS "NEXT_DAY('2024-01-01'::DATE,'mo')", sf_previous_day(CAST('2024-01-01' AS DATE),'sunday') AS "PREVIOUS_DAY('2024-01-01'::DATE,'sunday')", sf_dayname(CAST('2024-01-01' AS DATE)) AS "DAYNAME('2024-01-01'::DATE)", sf_monthname(CAST('2024-01-01' AS DATE)) AS "MONTHNAME('2024-01-01'::DATE)", sf_date_from_parts(2024,2,3) AS "DATE_FROM_PARTS(2024,2,3)", sf_timestamp_from_parts(2024,1,2,3,4,5) AS "TIMESTAMP_FROM_PARTS(2024,1,2,3,4,5)"
----
select trunc(1.567, 2), round(2.567, 2), ceil(1.2), floor(1.7), mod(7,3), log(2,8), bitand(6,3), bitor(4,1), bitxor(5,1), bitshiftleft(1,3)
==>
SELECT sf_trunc(1.567, 2) AS "TRUNC(1.567, 2)", sf_round(2.567, 2) AS "ROUND(2.567, 2)", sf_ceil(1.2) AS "CEIL(1.2)", sf_floor(1.7) AS "FLOOR(1.7)", sf_mod(7,3) AS "MOD(7,3)", sf_log(2,8) AS "LOG(2,8)", (CAST(6 AS BIGINT) & CAST(3 AS BIGINT)) AS "BITAND(6,3)", (CAST(4 AS BIGINT) | CAST(1 AS BIGINT)) AS "BITOR(4,1)", xor(5,1) AS "BITXOR(5,1)", (CAST(1 AS BIGINT) << CAST(3 AS BIGINT)) AS "BITSHIFTLEFT(1,3)"
----
select base64_encode('abc'), base64_decode_string('YWJj'), hex_decode_string('61'), editdistance('ab','ac'), insert('abc',2,1,'X'), space(2), translate('abc','a','x'), reverse('ab'), ascii('a'), chr(65)
==>
SELECT sf_base64_encode('abc') AS "BASE64_ENCODE('abc')", sf_base64_decode_string('YWJj') AS "BASE64_DECODE_STRING('YWJj')", sf_hex_decode_string('61') AS "HEX_DECODE_STRING('61')", levenshtein('ab','ac') AS "EDITDISTANCE('ab','ac')", sf_insert('abc',2,1,'X') AS "INSERT('abc',2,1,'X')", sf_space(2) AS "SPACE(2)", TRANSLATE('abc','a','x') AS "TRANSLATE('abc','a','x')", REVERSE('ab') AS "REVERSE('ab')", ASCII('a') AS "ASCII('a')", chr(CAST(65 AS INTEGER)) AS "CHR(65)"
----
select to_json(parse_json('{"a":1}')), to_json(object_construct('a','x')), check_json('{'), try_parse_json('{')
==>
SELECT sf_to_json(sf_parse_json('{"a":1}')) AS "TO_JSON(PARSE_JSON('{""a"":1}'))", sf_to_json(sf_object_construct(['a'], [sf_element('x')])) AS "TO_JSON(OBJECT_CONSTRUCT('a','x'))", sf_check_json('{') AS "CHECK_JSON('{')", sf_try_parse_json('{') AS "TRY_PARSE_JSON('{')"
----
select to_timestamp_ntz('2024-01-02 03:04:05'), to_timestamp('2024-01-02T03:04:05','YYYY-MM-DD"T"HH24:MI:SS'), to_time('10:11:12'), try_to_timestamp('x'), to_timestamp('1700000000')
==>
SELECT sf_to_timestamp('2024-01-02 03:04:05') AS "TO_TIMESTAMP_NTZ('2024-01-02 03:04:05')", CAST(strptime('2024-01-02T03:04:05', '%Y-%m-%dT%H:%M:%S') AS TIMESTAMP) AS "TO_TIMESTAMP('2024-01-02T03:04:05','YYYY-MM-DD""T""HH24:MI:SS')", sf_to_time('10:11:12') AS "TO_TIME('10:11:12')", sf_try_to_timestamp('x') AS "TRY_TO_TIMESTAMP('x')", sf_to_timestamp('1700000000') AS "TO_TIMESTAMP('1700000000')"
----
select width_bucket(5,0,10,5), haversine(0,0,0,1) > 111, factorial(5), sign(-2), cbrt(8), degrees(pi())
==>
SELECT sf_width_bucket(5,0,10,5) AS "WIDTH_BUCKET(5,0,10,5)", sf_haversine(0,0,0,1) > 111 AS "HAVERSINE(0,0,0,1) > 111", factorial(5) AS "FACTORIAL(5)", SIGN(-2) AS "SIGN(-2)", CBRT(8) AS "CBRT(8)", DEGREES(pi()) AS "DEGREES(PI())"
----
select booland(1,0), boolor(1,0), boolnot(0), boolxor(1,1)
==>
SELECT (CAST(1 AS BOOLEAN) AND CAST(0 AS BOOLEAN)) AS "BOOLAND(1,0)", (CAST(1 AS BOOLEAN) OR CAST(0 AS BOOLEAN)) AS "BOOLOR(1,0)", (NOT CAST(0 AS BOOLEAN)) AS "BOOLNOT(0)", (CAST(1 AS BOOLEAN) <> CAST(1 AS BOOLEAN)) AS "BOOLXOR(1,1)"
----
select grouping(g), g, sum(a) from t group by rollup(g) order by 3
==>
SELECT GROUPING(G) AS "GROUPING(G)", G, SUM(A) AS "SUM(A)" FROM T GROUP BY ROLLUP(G) ORDER BY 3
----
select a from t order by a desc nulls last limit 1 offset 1
==>
SELECT A FROM T ORDER BY A DESC NULLS LAST LIMIT 1 OFFSET 1
----
select max(a) filter_x, min_by(s, a) from t
==>
SELECT MAX(A) AS "FILTER_X", MIN_BY(S, A) AS "MIN_BY(S, A)" FROM T
----
select coalesce(null, 'a'), nullif(1,1), ifnull(null,3)
==>
SELECT COALESCE(NULL, 'a') AS "COALESCE(NULL, 'a')", NULLIF(1,1) AS "NULLIF(1,1)", coalesce(NULL,3) AS "IFNULL(NULL,3)"
----
select t1.a from t t1 left join t t2 using (a) where t2.a = 1
==>
SELECT T1.A FROM T T1 LEFT JOIN T T2 USING (A) WHERE T2.A = 1
----
select 1 where 'a' in ('a','b') and not (1=2)
==>
SELECT 1 AS "1" WHERE 'a' IN ('a','b') AND NOT (1=2)
----
select a /* x */, b from t where a=1
==>
SELECT A, B FROM T WHERE A=1
----
SELECT  CAST ("TMP_RESULT_X"['output_feature_0'] AS BIGINT) AS "output_feature_0",  CAST ("TMP_RESULT_X"['L'] AS STRING) AS "L"
FROM (WITH IN_Y AS (SELECT "_ID",  CAST ("A" AS DOUBLE) AS "A" FROM "ML"."R"."T")
      SELECT *,
          MODEL(ML.R.M,V1)!PREDICT(A, 2.0, 'it\'s') AS TMP_RESULT_X
      FROM IN_Y) ORDER BY "_ID" ASC NULLS FIRST
==>
SELECT CAST("TMP_RESULT_X"['output_feature_0'] AS BIGINT) AS "output_feature_0", sf_varchar("TMP_RESULT_X"['L']) AS "L" FROM (WITH IN_Y AS (SELECT "_ID", CAST("A" AS DOUBLE) AS "A" FROM "ML"."R"."T") SELECT *, ROOST_CALL_0(A, 2.0, 'it''s') AS TMP_RESULT_X FROM IN_Y) ORDER BY "_ID" ASC NULLS FIRST
----
WITH IN_Y AS (SELECT "_ID",  CAST ("ARR" AS VARIANT) AS "ARR",  CAST ( CAST ("ARR" AS VARIANT) AS ARRAY) AS "B" FROM "T")
    SELECT *,
    FROM IN_Y,
        TABLE(MODEL(ML.R.M,V1)!PREDICT(ARR, BY)
        OVER (PARTITION BY 1))
==>
WITH IN_Y AS (SELECT "_ID", sf_variant("ARR") AS "ARR", sf_array(sf_variant("ARR")) AS "B" FROM "T") SELECT * FROM IN_Y, ROOST_TABLE_0(ARR, "BY", 1)
----
SELECT MODEL(ML.R.M,V1)!PREDICT(object_construct_keep_null('C0', C0, 'C1', C1)) AS R FROM T
==>
SELECT ROOST_CALL_0(sf_object_keep_null(['C0', 'C1'], [sf_element(C0), sf_element(C1)])) AS R FROM T
----
SELECT Q!PREDICT(A, B):output_feature_0::INT AS C, COUNT(*) AS N FROM T GROUP BY C ORDER BY C
==>
SELECT CAST(ROOST_CALL_0(A, B)['output_feature_0'] AS BIGINT) AS C, COUNT(*) AS N FROM T GROUP BY C ORDER BY C
----
SELECT $1 AS "A", $2 AS "B" FROM  VALUES (NULL :: STRING, 1 :: INT)
==>
SELECT "COLUMN1" AS "A", "COLUMN2" AS "B" FROM (SELECT * FROM (VALUES (sf_varchar(NULL), CAST(1 AS BIGINT))) AS "VALUES"("COLUMN1", "COLUMN2")) AS "VALUES"
----
SELECT COLUMN_NAME, TYPE FROM table(infer_schema(location=>?, file_format=>?))
==>
SELECT COLUMN_NAME, TYPE FROM ROOST_TABLEFN_0
----
select v:s = 'str', v:s not like 's%', v:a.b[0] + 1 from t
==>
SELECT sf_varchar(V['s']) = 'str' AS "V:S = 'str'", sf_varchar(V['s']) NOT LIKE 's%' AS "V:S NOT LIKE 's%'", sf_number(sf_index(V['a']['b'], 0)) + 1 AS "V:A.B[0] + 1" FROM T
----
select case v:s when 'str' then 1 end from t
==>
SELECT CASE sf_varchar(V['s']) WHEN 'str' THEN 1 END AS "CASE V:S WHEN 'str' THEN 1 END" FROM T
----
select json_extract_path_text(j, 'a.b') from t
==>
SELECT sf_json_extract_path_text(J, 'a.b') AS "JSON_EXTRACT_PATH_TEXT(J, 'a.b')" FROM T
----
select a from t left outer join u using (a) full join w on w.a = t.a order by rows desc
==>
SELECT A FROM T LEFT OUTER JOIN U USING (A) FULL JOIN W ON W.A = T.A ORDER BY ROWS DESC
----
select count(a, b), count(distinct a) from t
==>
SELECT COUNT(CASE WHEN (A) IS NOT NULL AND (B) IS NOT NULL THEN (A, B) END) AS "COUNT(A, B)", COUNT(DISTINCT A) AS "COUNT(DISTINCT A)" FROM T
----
select repeat('x', n) as a, lpad(s, n) as b, randstr(n, random()) as c, array_generate_range(0, n) as d from t
==>
SELECT sf_repeat('x', N) AS A, sf_lpad(S, N) AS B, sf_randstr(N) AS C, sf_array_generate_range(0, N) AS D FROM T
----
select time_slice(d, 2, 'week') as a, time_slice(d, 15, 'minute', 'end') as b, time_slice('2024-02-29', n, month, 'START') as c from t
==>
SELECT sf_time_slice(D, to_weeks(CAST(2 AS INTEGER)), TIMESTAMP '1969-12-29') AS A, sf_time_slice_end(D, to_minutes(CAST(15 AS INTEGER)), TIMESTAMP '1970-01-01') AS B, sf_time_slice(CAST('2024-02-29' AS TIMESTAMP), to_months(CAST(N AS INTEGER)), TIMESTAMP '1970-01-01') AS C FROM T
----
select time_slice(d, 1, 'day', 'middle') from t
==>
ERROR invalidArgument: TIME_SLICE gives the 'START' or the 'END' of a slice.
----
select try_hex_decode_binary(s) as a, try_base64_decode_binary(s) as b, try_to_binary(s, 'BASE64') as c, to_binary(s, 'BASE64') as d from t
==>
SELECT sf_try_unhex(S) AS A, sf_try_from_base64(S) AS B, sf_try_from_base64(S) AS C, from_base64(S) AS D FROM T
----
select to_char(a, '9,999.00') as a, to_char(a, '999') as b from t
==>
SELECT sf_format_number(A, 2, TRUE) AS A, sf_format_number(A, 0, FALSE) AS B FROM T
----
