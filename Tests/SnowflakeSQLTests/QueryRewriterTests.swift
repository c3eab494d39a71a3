import SnowflakeSQL
import Testing
import Types

@Suite struct QueryRewriterTests {
    static let context = RewriteContext(
        constant: {
            ["CURRENT_USER": "'U'", "CURRENT_ROLE": "'R'", "CURRENT_DATABASE": "'ML'", "LAST_QUERY_ID": "'q1'"][$0]
        },
        variables: ["V": "42", "NEG": "-1", "NAME": "'a.\"b\"'"], bindings: ["1", "'it''s'", "-3"],
        flowTables: ["memory.main.r1"])

    static func rewrite(_ sql: String, _ context: RewriteContext = context) throws -> RewrittenQuery {
        try QueryRewriter().rewrite(try SQLText(parsing: sql), context: context)
    }

    static func sql(_ sql: String) -> String {
        do { return try rewrite(sql).sql } catch { return "ERROR \(error)" }
    }

    @Test func rewritesRepresentativeQueries() throws {
        try Golden.check("queries", Self.sql)
    }

    struct Case: Sendable {
        let from: String
        let to: String
        init(_ from: String, _ to: String) {
            self.from = from
            self.to = to
        }
    }

    @Test(arguments: [
        Case("a", "A"), Case("t.\"b\"", "T.\"b\""), Case("a /* c */ + -- d\n b", "A + B"), Case("show", "\"SHOW\""),
        Case("'it\\'s'", "'it''s'"), Case("$$a'b$$", "'a''b'"), Case("$v + ?", "42 + 1"), Case(":2", "'it''s'"),
        Case("1 - ?", "1 - 1"), Case("1 - :3", "1 - (-3)"), Case("x > $neg", "X > (-1)"),
        Case("current_user", "'U'"), Case("current_role()", "'R'"), Case("identifier($name)", "\"A\".\"b\""),
        Case("last_query_id()", "'q1'"), Case("last_query_id(-1)", "'q1'"),
        Case("last_query_id(-2)", "LAST_QUERY_ID(-2)"),
    ])
    func foldsNamesAndFillsInValues(test: Case) {
        #expect(Self.sql(test.from) == test.to)
    }

    @Test(arguments: [
        Case("x::int", "CAST(X AS BIGINT)"), Case("x::number(38, 0)", "CAST(X AS HUGEINT)"),
        Case("x::number(10,2)", "CAST(X AS DECIMAL(10,2))"), Case("a.b::double precision", "CAST(A.B AS DOUBLE)"),
        Case("f(x)::float + 1", "CAST(F(X) AS DOUBLE) + 1"), Case("(a + b)::text", "sf_varchar((A + B))"),
        Case("a + b::text", "A + sf_varchar(B)"), Case("'2024-02-29'::date", "CAST('2024-02-29' AS DATE)"),
        Case("null::varchar(3)", "left(sf_varchar(NULL), 3)"), Case("-1::varchar", "sf_varchar(-1)"),
        Case("x::int::varchar", "sf_varchar(CAST(X AS BIGINT))"), Case("x::varchar::string", "sf_varchar(X)"),
        Case("x::variant::array", "sf_array(sf_variant(X))"), Case("x::object", "sf_object(X)"),
        Case("x::binary", "sf_binary(X)"), Case("x::timestamp_ltz(9)", "sf_cast_timestamptz(X)"),
        Case("cast(x as timestamp with time zone)", "sf_cast_timestamptz(X)"),
        Case("try_cast(x as byteint)", "TRY_CAST(X AS BIGINT)"),
        Case("date '2024-01-01'", "CAST('2024-01-01' AS DATE)"),
        Case("case when a then 1 end::int", "CAST((CASE WHEN A THEN 1 END) AS BIGINT)"),
        Case("sum(a) over (partition by b)::int", "CAST(SUM(A) OVER (PARTITION BY B) AS BIGINT)"),
    ])
    func convertsTypes(test: Case) {
        #expect(Self.sql(test.from) == test.to)
    }

    @Test(arguments: [
        Case("a:b", "A['b']"), Case("a:b.c[0].\"D e\"", "sf_index(A['b']['c'], 0)['D e']"),
        Case("t.a:B::int", "CAST(T.A['B'] AS BIGINT)"), Case("x['k']", "X['k']"), Case("x[0]", "sf_index(X, 0)"),
        Case("x[i]", "sf_get(X, I)"), Case("f(x):a", "F(X)['a']"), Case("x:\"a'b\"", "X['a''b']"),
        Case("x['a\\'b']", "X['a''b']"),
        Case("[1, 'a']", "[sf_element(1), sf_element('a')]"),
        Case("{'a': 1}", "sf_object_construct(['a'], [sf_element(1)])"),
    ])
    func rewritesPaths(test: Case) {
        #expect(Self.sql(test.from) == test.to)
    }

    @Test(arguments: [
        Case("v:a = 'x'", "sf_varchar(V['a']) = 'x'"), Case("'x' = v:a", "'x' = sf_varchar(V['a'])"),
        Case("v:a not like 'x%'", "sf_varchar(V['a']) NOT LIKE 'x%'"),
        Case("v:a in ('x')", "sf_varchar(V['a']) IN ('x')"),
        Case("v:a || 'x'", "sf_varchar(V['a']) || 'x'"), Case("v:a + 1", "sf_number(V['a']) + 1"),
        Case("2 * v:a", "2 * sf_number(V['a'])"), Case("v:a = 1", "V['a'] = 1"),
        Case("v:a::varchar = 'x'", "sf_varchar(V['a']) = 'x'"), Case("v:a = w:b", "V['a'] = W['b']"),
        Case("rows::int + range", "CAST(ROWS AS BIGINT) + RANGE"),
    ])
    func convertsPathsWhereTheyMeetTextsAndNumbers(test: Case) {
        #expect(Self.sql(test.from) == test.to)
    }

    @Test(arguments: [
        Case("select a, b.c, *, t.*, \"x\" from t", "SELECT A, B.C, *, T.*, \"x\" FROM T"),
        Case("select 41 + 1", "SELECT 41 + 1 AS \"41 + 1\""),
        Case("select count(*) from t", "SELECT COUNT(*) AS \"COUNT(*)\" FROM T"),
        Case("select a:b::int from t", "SELECT CAST(A['b'] AS BIGINT) AS \"A:B::INT\" FROM T"),
        Case("select f('x') y, 'x' z, 1 as \"q\"", "SELECT F('x') AS \"Y\", 'x' AS \"Z\", 1 AS \"q\""),
        Case("select current_user()", "SELECT 'U' AS \"CURRENT_USER()\""),
        Case("select null", "SELECT NULL AS \"NULL\""),
        Case("select *, from t", "SELECT *, FROM T"),
        Case("select * exclude (a) from t", "SELECT * EXCLUDE (A) FROM T"),
        Case("select top 3 a from t", "SELECT A FROM T LIMIT 3"),
        Case("select 1 minus select 2", "SELECT 1 AS \"1\" EXCEPT SELECT 2 AS \"2\""),
        Case("select a is distinct from b from t", "SELECT A IS DISTINCT FROM B AS \"A IS DISTINCT FROM B\" FROM T"),
    ])
    func namesColumnsAsSnowflakeDoes(test: Case) {
        #expect(Self.sql(test.from) == (test.from == "select *, from t" ? "SELECT * FROM T" : test.to))
    }

    @Test(arguments: [
        Case(
            "select column1 from values (1), (2)",
            "SELECT COLUMN1 FROM (SELECT * FROM (VALUES (1), (2)) AS \"VALUES\"(\"COLUMN1\")) AS \"VALUES\""),
        Case(
            "select $1 as a from values (1, 2) as v(x, y)",
            "SELECT \"X\" AS A FROM (SELECT * FROM (VALUES (1, 2)) AS \"VALUES\"(\"COLUMN1\", \"COLUMN2\")) "
                + "AS V(X, Y)"),
        Case("select $2 from t", "SELECT #2 AS \"$2\" FROM T"),
        Case("select * from $1", "SELECT * FROM memory.main.r1"),
        Case("select * from db..t", "SELECT * FROM DB.PUBLIC.T"),
        Case("select * from identifier('a.\"b\"')", "SELECT * FROM \"A\".\"b\""),
        Case("select * from table('a.b')", "SELECT * FROM \"A\".\"B\""),
        Case(
            "select seq4() from table(generator(rowcount => 3))",
            "SELECT \"ROOST_SEQ\" AS \"SEQ4()\" FROM (SELECT range AS \"ROOST_SEQ\" FROM range(CAST(3 AS "
                + "BIGINT))) AS \"GENERATOR\""
        ),
        Case("values (1, default)", "VALUES (1, DEFAULT)"),
    ])
    func rewritesTables(test: Case) {
        #expect(Self.sql(test.from) == test.to)
    }

    @Test func recordsModelCalls() throws {
        let query = try Self.rewrite(
            """
            WITH mv AS MODEL db.s.m VERSION prod, x AS (SELECT 1 AS a)
            SELECT mv!predict(a, p => 2), MODEL(m2, "V-1")!"lower"(*), m3!f() FROM x
            """)
        #expect(
            query.sql
                == "WITH X AS (SELECT 1 AS A) SELECT ROOST_CALL_0(A, 2) AS \"MV!PREDICT(A, P => 2)\", "
                + "ROOST_CALL_1(COLUMNS(*)) AS \"MODEL(M2, \"\"V-1\"\")!\"\"lower\"\"(*)\", ROOST_CALL_2() AS \"M3!F()\" FROM X")
        let calls = query.modelCalls
        #expect(calls.map(\.index) == [0, 1, 2])
        #expect(calls.map(\.model.description) == ["DB.S.M", "M2", "M3"])
        #expect(calls.map(\.version?.name) == ["PROD", "V-1", nil])
        #expect(calls.map(\.method.name) == ["PREDICT", "lower", "F"])
        #expect(calls[0].argumentNames.map { $0?.name } == [nil, "P"])
        #expect(calls[0].argumentTexts == ["A", "2"])
        #expect(calls[0].position == .init(line: 2, column: 7))
    }

    @Test func dropsAWithClauseOfModelsOnly() throws {
        #expect(Self.sql("with m as model x select m!f(1) as r") == "SELECT ROOST_CALL_0(1) AS R")
    }

    @Test func numbersNestedModelCallsFromTheInside() throws {
        let query = try Self.rewrite("select a!f(b!g(1)) as r")
        #expect(query.sql == "SELECT ROOST_CALL_1(ROOST_CALL_0(1)) AS R")
        #expect(query.modelCalls.map(\.model.description) == ["B", "A"])
    }

    @Test func recordsTableCallsOfModels() throws {
        let query = try Self.rewrite(
            "SELECT *, FROM t, TABLE(MODEL(M, V1)!PREDICT(G, A) OVER (PARTITION BY G ORDER BY A DESC)) AS p")
        #expect(query.sql == "SELECT * FROM T, ROOST_TABLE_0(G, A, G, A) AS P")
        let call = try #require(query.tableCalls.first)
        #expect(call.isTableFunction)
        #expect(call.partitionBy == ["G"])
        #expect(call.argumentTexts == ["G", "A"])
        #expect(call.orderBy.map(\.text) == ["A"] && call.orderBy.map(\.direction) == ["DESC"])
        #expect(try Self.rewrite("select * from t, table(m!explain(a))").tableCalls.first?.partitionBy == nil)
    }

    @Test func takesAStarForAllColumns() throws {
        #expect(try Self.sql("select m!f(*) as r from t") == "SELECT ROOST_CALL_0(COLUMNS(*)) AS R FROM T")
        #expect(try Self.sql("select m!f(t.*, 1) as r from t") == "SELECT ROOST_CALL_0(COLUMNS(T.*), 1) AS R FROM T")
        #expect(try Self.sql("select m!f(a * 2) as r from t") == "SELECT ROOST_CALL_0(A * 2) AS R FROM T")
    }

    @Test func recordsStageScansAndWhatTheyUse() throws {
        let query = try Self.rewrite(
            "SELECT $1:\"A\"::REAL, t.$2, $1:b.c FROM @db.s.st/p (FILE_FORMAT => 'f', PATTERN => '.*csv') t")
        #expect(
            query.sql
                == "SELECT CAST(\"$1\"['A'] AS DOUBLE) AS \"$1:\"\"A\"\"::REAL\", T.\"$2\" AS \"T.$2\", "
                + "\"$1\"['b']['c'] AS \"$1:B.C\" FROM ROOST_STAGE_0 T")
        let scan = try #require(query.stageReferences.first)
        #expect(scan.columns == [1, 2])
        #expect(scan.paths == [.init(column: 1, keys: ["A"]), .init(column: 1, keys: ["b", "c"])])
        #expect(scan.fileFormat == "f")
        #expect(scan.pattern == ".*csv")
        guard case .location(.stage(let name, let path)) = scan.stage else {
            Issue.record("not a stage")
            return
        }
        #expect(name.description == "DB.S.ST")
        #expect(path == "p")
    }

    @Test func recordsTableFunctionsOfTheEngine() throws {
        let query = try Self.rewrite(
            "select * from table(infer_schema(location=>?, file_format=>:2)) a, table(result_scan(last_query_id())) b, "
                + "table(ml.information_schema.tag_references($$m$$, 'MODULE')) c")
        #expect(query.sql == "SELECT * FROM ROOST_TABLEFN_0 A, ROOST_TABLEFN_1 B, ROOST_TABLEFN_2 C")
        #expect(query.tableFunctions.map(\.name) == ["INFER_SCHEMA", "RESULT_SCAN", "TAG_REFERENCES"])
        #expect(query.tableFunctions[0].arguments.map(\.name) == ["LOCATION", "FILE_FORMAT"])
        #expect(query.tableFunctions[1].arguments.map(\.sql) == ["'q1'"])
        #expect(query.tableFunctions[2].qualifier.map(\.name) == ["ML", "INFORMATION_SCHEMA"])
    }

    @Test func foldsQuotedNamesOnRequest() throws {
        let folding = RewriteContext(quotedIdentifiersIgnoreCase: true)
        #expect(try Self.rewrite("select \"a\" from \"t\"", folding).sql == "SELECT \"A\" FROM \"T\"")
    }

    @Test(
        arguments: [
            ("select ? , ?, ?, ?", RegistryError.Code.invalidArgument, "Bind variable ?4 not set"),
            ("select $nope", .invalidArgument, "'$NOPE' does not exist"),
            ("select x::itn", .syntax, "Unsupported data type"),
            ("select * from 'file.csv'", .syntax, "Expected a table"), ("select a from", .syntax, "<EOF>"),
            ("select a, , b", .syntax, "unexpected"), ("select `a`", .syntax, "unexpected '`'"),
            ("select a # b", .syntax, "'#'"),
            ("select $3 from values (1)", .unknownColumn, "$3"), ("select * from $2", .invalidArgument, "$2"),
            ("select a from t where a = b(+)", .unsupported, "(+)"), ("select m!f", .syntax, "method"),
            ("select dateadd(fortnight, 1, d)", .invalidArgument, "FORTNIGHT"), ("select iff(1", .syntax, "not closed"),
            ("select * from t at (offset => -60)", .unsupported, "Time travel"),
            ("values (1), (1, 2)", .syntax, "2 values"),
            ("select * from a asof join b match_condition (a.x >= b.x)", .unsupported, "ASOF JOIN"),
            ("select a from t start with a = 1 connect by b", .unsupported, "CONNECT BY"),
            ("select decode(1)", .unknownFunction, "DECODE"),
            ("with x as (select 1)", .syntax, "<EOF>"), ("select '\\0'", .syntax, "NUL"),
        ] as [(String, RegistryError.Code, String)])
    func refusesWithAReason(sql: String, code: RegistryError.Code, text: String) {
        let error = #expect(throws: RegistryError.self) { try Self.rewrite(sql) }
        #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "")")
        #expect(error?.text.contains(text) == true, "\(error?.text ?? "")")
        #expect(error?.position != nil)
    }

    @Test(.timeLimit(.minutes(1))) func readsLongFormatsInLinearTime() {
        let format = String(repeating: "yyyy-MM ", count: 20_000)
        #expect(Self.sql("to_char(d, '\(format)')").hasPrefix("strftime(D, '%Y-%m %Y-%m "))
    }

    @Test func refusesNestedMacrosThatWouldExplode() {
        let sql = "select a" + String(repeating: "::varchar::int", count: 12)
        #expect(throws: RegistryError.self) { try Self.rewrite(sql) }
        #expect(
            Self.sql("select a" + String(repeating: "::varchar", count: 40) + " as b") == "SELECT sf_varchar(A) AS B")
    }
}
