import Foundation
import Testing
import Types

@testable import Engine

/// No statement reaches a file, a setting, another session's tables or the engine's own names but through the engine.
@Suite("Containment")
struct ContainmentTests {
    /// Table expressions: `SELECT * FROM <this>` must fail.
    static let sources = [
        "'{f}'", "\"{f}\"", "'/etc/passwd'", "\"/etc/passwd\"", "\"{d}/catalog.sqlite\"", "'file://{f}'",
        "'https://example.org/x.csv'",
        "read_csv('{f}')", "READ_CSV_AUTO('{f}')", "\"read_csv\"('{f}')", "read_text('{f}')", "read_blob('{f}')",
        "read_json('{f}')",
        "read_json_auto('{f}')", "read_parquet('{f}')", "parquet_scan('{f}')", "sniff_csv('{f}')", "glob('/*')",
        "system.main.glob('/*')",
        "main.read_text('{f}')", "read_csv(files => '{f}')", "read_text(['{f}'])", "read_duckdb('{f}')",
        "query('select 1')",
        "query_table('T')", "query_table(['T'])", "duckdb_settings()", "duckdb_databases()", "duckdb_tables()",
        "duckdb_columns()",
        "duckdb_functions()", "duckdb_extensions()", "duckdb_secrets()", "duckdb_logs()", "duckdb_variables()",
        "duckdb_memory()",
        "duckdb_prepared_statements()", "duckdb_tables", "duckdb_settings", "pragma_version()", "pragma_database_list",
        "pragma_table_info('T')",
        "pragma_storage_info('T')", "pragma_show_tables()", "pragma_database_size()", "sqlite_master", "sqlite_schema",
        "sqlite_temp_master",
        "\"sqlite_master\"", "pg_catalog.pg_tables", "pg_tables", "system.information_schema.tables",
        "temp.information_schema.tables",
        "memory.information_schema.tables", "system.main.duckdb_tables", "system.pg_catalog.pg_class",
        "main.sqlite_master",
        "temp.main.t1", "temp.t1", "main.t1", "t1", "\"temp\".\"main\".\"t1\"", "scratch_t1", "temp.main.scratch_t1",
        "temp.main.scratch_t2", "memory.main.T", "db_1.PUBLIC.T", "OTHER_DB.PUBLIC.HIDDEN", "roost_method_1()",
        "ROOST_METHOD_1",
        "ROOST_STAGE_0", "\"ROOST_STAGE_0\"", "ROOST_STAGE_-1", "\"ROOST_STAGE_-1\"", "\"ROOST_STAGE_9\"",
        "ROOST_TABLEFN_0",
        "\"ROOST_TABLEFN_-1\"", "ROOST_TABLE_0", "\"ROOST_TABLE_-1\"", "ROOST_FLOW_1", "\"ROOST_FLOW_0\"",
        "\"ROOST_FLOW_-1\"",
        "table(roost_call_0(1))", "ROOST_CALL_0", "test_all_types()", "checkpoint()", "force_checkpoint()",
        "json_execute_serialized_sql('{}')",
        "json_each('[1]')", "summary(t)", "repeat_row(1)", "seq_scan('T')", "arrow_scan(1, 2, 3)",
        "unnest(getenv('PATH'))",
        "range(getenv('PATH'))", "@../../x", "@st/../../x", "@\"../x\"", "'@st/../x'", "@~/../../../etc/passwd",
        "@st/%2e%2e/x", "(show tables)",
        "(show databases)", "(describe T)", "(summarize T)", "(from duckdb_settings())", "(pragma version)",
        "(call duckdb_settings())",
        "(pivot read_text('{f}') on filename using count(*))", "T at (version => 1)", "T at (timestamp => now())",
        "sf_variant(1)",
        "T positional join read_text('{f}')", "T asof join glob('/*') g on T.a >= g.file",
        "T semi join glob('/*') g on true",
        "lateral (select * from glob('/*'))", "(values ((select count(*) from glob('/*')))) v",
        "T tablesample (getenv('PATH'))",
    ]

    /// Expressions: `SELECT <this> FROM T` must fail.
    static let expressions = [
        "getenv('PATH')", "GETENV('PATH')", "\"getenv\"('PATH')", "main.getenv('PATH')", "system.main.getenv('PATH')",
        "getvariable('x')", "current_setting('threads')", "set_config('threads', '1')", "current_query()",
        "current_database_oid()",
        "json_execute_serialized_sql('{}')", "json_serialize_sql('select 1')", "json_deserialize_sql('{}')",
        "json_serialize_plan('select 1')",
        "nextval('s')", "currval('s')", "txid_current()", "pg_typeof(1)", "in_search_path('a', 'b')",
        "roost_call_0(1)", "ROOST_CALL_0(1)", "\"roost_call_-1\"(1)", "\"roost_call_0\"(a)", "roost_method_1(1)",
        "roost_method_1_predict(a)",
        "write_log('x')", "add_parquet_key('a', 'b')", "parse_duckdb_log_message('a', 'b')", "read_text('{f}')",
        "icu_sort_key('a', 'b')",
        "(select content from read_text('{f}'))", "exists (select * from glob('/*'))",
        "1 in (select count(*) from glob('/*'))",
        "case when getenv('PATH') is null then 1 end", "cast(getenv('PATH') as varchar)", "getenv('PATH')::varchar",
        "[getenv('PATH')]",
        "{'a': getenv('PATH')}", "list_transform(['PATH'], lambda x: getenv(x))",
        "list_transform(['PATH'], x -> getenv(x))",
        "sum(1) over (order by getenv('PATH'))", "sum(1) over (partition by getenv('PATH'))",
        "count(*) filter (where getenv('PATH') > '')",
        "listagg(getenv('PATH')) within group (order by 1)",
        "first_value(a) over (order by a rows getenv('PATH') preceding)",
        "* replace (getenv('PATH') as a)", "columns(c -> getenv(c) > '')", "columns(getenv('PATH'))",
        "('PATH').getenv()", "a.getenv()",
        "coalesce(a, getenv('PATH'))", "try(getenv('PATH'))", "getenv(/* */'PATH')", "getenv--\n('PATH')",
        "x.* from (select getenv('PATH')) x",
        "list_aggregate(['PATH'], 'getenv')", "SYSTEM$NO_SUCH()", "SYSTEM$TYPEOF(getenv('PATH'))",
        "SYSTEM$GET_TAG(getenv('PATH'), 'a', 'b')",
        "no_model!predict(getenv('PATH'))", "$9", "?", ":9", "cast(1 as enum(select content from read_text('{f}')))",
        "cast(a as OTHER_DB.PUBLIC.T)", "enum_range(null::T)", "sf_no_such(1)", "struct_pack(a := getenv('PATH'))",
        "a collate nocase",
    ]

    /// Whole statements that must fail.
    static let statements = [
        "COPY (SELECT 1) TO '{d}/x.csv'", "COPY T TO '{d}/x.csv'", "COPY T FROM '{f}'", "COPY DATABASE ml TO x",
        "ATTACH '{d}/x.db'",
        "ATTACH '{d}/x.db' AS x", "DETACH ML", "INSTALL httpfs", "LOAD httpfs", "LOAD '{f}'", "FORCE INSTALL httpfs",
        "UPDATE EXTENSIONS",
        "SET GLOBAL threads = 1", "SET SESSION threads TO 1", "RESET threads", "PRAGMA version", "PRAGMA threads=1",
        "PRAGMA database_list", "EXPORT DATABASE '{d}/x'", "IMPORT DATABASE '{d}/x'", "CALL duckdb_settings()",
        "CALL pragma_version()",
        "PREPARE p AS SELECT 1", "EXECUTE p", "DEALLOCATE p", "VACUUM", "ANALYZE", "CHECKPOINT", "FORCE CHECKPOINT",
        "USE memory", "USE system.main",
        "USE temp", "USE SCHEMA temp.main", "CREATE MACRO m(a) AS a", "CREATE MACRO m(a) AS TABLE SELECT 1",
        "CREATE FUNCTION f(a) AS a",
        "CREATE TYPE e AS ENUM ('a')", "CREATE SEQUENCE s", "CREATE SECRET (TYPE s3)", "CREATE INDEX i ON T (a)",
        "DROP MACRO sf_variant",
        "DROP FUNCTION sf_variant", "CREATE TABLE temp.main.x (a int)", "CREATE TABLE memory.main.x (a int)",
        "CREATE TABLE system.main.x (a int)",
        "CREATE TABLE X1 AS SELECT * FROM read_text('{f}')", "CREATE TABLE X1 AS FROM '{f}'",
        "CREATE TABLE X1 (a varchar DEFAULT getenv('PATH'))",
        "CREATE TABLE X1 (a varchar DEFAULT (SELECT max(content) FROM read_text('{f}')))",
        "CREATE TABLE X1 (a int CHECK (getenv('PATH') > ''))",
        "CREATE TABLE X1 (a int, b varchar GENERATED ALWAYS AS (getenv('PATH')))",
        "CREATE TABLE X1 (a varchar DEFAULT nextval('s'))",
        "CREATE TABLE X1 (a enum(select 1))", "CREATE TABLE X1 (a int) AS SELECT * FROM glob('/*')",
        "CREATE TABLE X1 LIKE \"{f}\"",
        "CREATE TABLE X1 CLONE \"{f}\"", "CREATE TABLE X1 CLONE sqlite_master",
        "CREATE VIEW V1 AS SELECT * FROM read_text('{f}')",
        "CREATE VIEW V1 AS SELECT * FROM duckdb_settings()", "CREATE TEMPORARY VIEW V1 AS SELECT getenv('PATH') AS a",
        "CREATE VIEW V1 AS SELECT * FROM temp.main.t1", "ALTER TABLE T ADD COLUMN b varchar DEFAULT getenv('PATH')",
        "ALTER TABLE T ALTER COLUMN a SET DEFAULT getenv('PATH')",
        "ALTER TABLE T ALTER COLUMN a TYPE varchar USING getenv('PATH')",
        "ALTER TABLE temp.main.t1 RENAME TO x", "DROP TABLE temp.main.t1", "DROP TABLE sqlite_master",
        "DROP SCHEMA temp.main", "DROP DATABASE memory",
        "DROP DATABASE system", "DROP VIEW duckdb_tables", "TRUNCATE TABLE temp.main.t1",
        "INSERT INTO T SELECT count(*) FROM glob('/*')",
        "INSERT INTO T VALUES (getenv('PATH'))", "INSERT INTO T VALUES ((SELECT count(*) FROM glob('/*')))",
        "INSERT INTO temp.main.t1 VALUES (1)",
        "INSERT INTO sqlite_master VALUES (1)", "INSERT INTO T BY NAME SELECT * FROM glob('/*')",
        "INSERT INTO T VALUES (1) RETURNING getenv('PATH')",
        "INSERT INTO T VALUES (1) ON CONFLICT DO UPDATE SET a = getenv('PATH')",
        "UPDATE T SET a = length(getenv('PATH'))",
        "UPDATE T SET a = 1 WHERE getenv('PATH') > ''", "UPDATE T SET a = 1 FROM glob('/*') g",
        "UPDATE T SET a = (SELECT count(*) FROM glob('/*'))",
        "UPDATE temp.main.t1 SET a = 1", "UPDATE T SET a = 1 RETURNING getenv('PATH')",
        "DELETE FROM T WHERE getenv('PATH') > ''",
        "DELETE FROM T USING glob('/*') g", "DELETE FROM T WHERE a IN (SELECT 1 FROM glob('/*'))",
        "DELETE FROM temp.main.t1",
        "MERGE INTO T USING glob('/*') g ON true WHEN MATCHED THEN DELETE",
        "MERGE INTO T USING T s ON getenv('PATH') > '' WHEN MATCHED THEN DELETE",
        "MERGE INTO T USING T s ON T.a = s.a WHEN MATCHED AND getenv('PATH') > '' THEN DELETE",
        "MERGE INTO T USING T s ON T.a = s.a WHEN MATCHED THEN UPDATE SET a = length(getenv('PATH'))",
        "MERGE INTO T USING T s ON false WHEN NOT MATCHED THEN INSERT (a) VALUES (length(getenv('PATH')))",
        "MERGE INTO T USING (SELECT * FROM read_text('{f}')) s ON false WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "COPY INTO T FROM (SELECT length(getenv('PATH')) FROM @ST)",
        "COPY INTO T FROM (SELECT $1 FROM @ST, glob('/*'))",
        "COPY INTO T FROM (SELECT $1 FROM @ST WHERE (SELECT count(*) FROM glob('/*')) > 0)",
        "COPY INTO T FROM @ST/../../x",
        "COPY INTO T FROM '{f}'", "COPY INTO T FROM 'file://{f}'", "COPY INTO T FROM 's3://bucket/x'",
        "COPY INTO T FROM @\"../../x\"",
        "COPY INTO @ST FROM (SELECT * FROM read_text('{f}'))", "COPY INTO @ST/../../x FROM T",
        "COPY INTO '{d}/x' FROM T",
        "COPY INTO 'file://{d}/x' FROM (SELECT 1)", "LIST @ST/../../", "REMOVE @ST/../../", "LIST '{d}'",
        "EXPLAIN SELECT * FROM read_text('{f}')",
        "EXPLAIN ANALYZE INSERT INTO T VALUES (1)", "EXPLAIN ANALYZE SELECT getenv('PATH')",
        "EXPLAIN ANALYZE DELETE FROM T", "EXPLAIN DELETE FROM T",
        "SELECT 1 INTO X1", "SELECT * INTO X1 FROM T", "SELECT 1; DELETE FROM T", "SELECT 1;; COPY T TO 'x'",
        "WITH x AS (DELETE FROM T RETURNING a) SELECT * FROM x",
        "WITH x AS (INSERT INTO T VALUES (9) RETURNING a) SELECT * FROM x",
        "WITH x AS (SELECT * FROM read_text('{f}')) SELECT 1",
        "WITH sqlite_master AS MATERIALIZED (SELECT * FROM sqlite_master) SELECT * FROM sqlite_master",
        "WITH sqlite_master AS NOT MATERIALIZED (SELECT * FROM sqlite_master) SELECT * FROM sqlite_master",
        "WITH \"{f}\" AS MATERIALIZED (SELECT * FROM \"{f}\") SELECT * FROM \"{f}\"",
        "WITH RECURSIVE sqlite_master AS (SELECT name FROM sqlite_master) SELECT * FROM sqlite_master",
        "WITH RECURSIVE sqlite_master AS (SELECT name FROM sqlite_master UNION SELECT name FROM sqlite_master) SELECT * FROM sqlite_master",
        "WITH RECURSIVE \"{f}\" AS (SELECT * FROM \"{f}\" UNION ALL SELECT * FROM \"{f}\") SELECT * FROM \"{f}\"",
        "WITH RECURSIVE t1 AS (SELECT * FROM t1 UNION ALL SELECT * FROM t1) SELECT * FROM t1",
        "WITH RECURSIVE a AS (SELECT * FROM sqlite_master), sqlite_master AS (SELECT 1) SELECT * FROM a",
        "WITH a AS (WITH sqlite_master AS (SELECT 1 AS x) SELECT * FROM sqlite_master) SELECT * FROM sqlite_master",
        "SELECT * FROM (WITH sqlite_master AS (SELECT 1 AS x) SELECT * FROM sqlite_master) s, sqlite_master",
        "WITH RECURSIVE sqlite_master AS (WITH y AS (SELECT * FROM sqlite_master) SELECT name FROM y UNION SELECT name FROM y) SELECT * FROM sqlite_master",
        "WITH x AS (WITH RECURSIVE sqlite_master AS (SELECT name FROM sqlite_master UNION ALL SELECT name FROM sqlite_master) SELECT * FROM sqlite_master) SELECT * FROM x",
        "WITH \"{d}/\u{17F}ecret.csv\" AS (SELECT 1) SELECT * FROM \"{f}\"",
        "WITH \"{d}/e\u{301}.csv\" AS (SELECT 1) SELECT * FROM \"{d}/\u{E9}.csv\"",
        "SELECT a FROM T UNION ALL SELECT content FROM read_text('{f}')",
        "SELECT a FROM T EXCEPT SELECT 1 FROM glob('/*')",
        "SELECT a FROM T QUALIFY row_number() OVER (ORDER BY getenv('PATH')) = 1",
        "SELECT a FROM T ORDER BY getenv('PATH')",
        "SELECT a FROM T ORDER BY (SELECT count(*) FROM glob('/*'))",
        "SELECT a FROM T LIMIT (SELECT count(*) FROM glob('/*'))",
        "SELECT a FROM T LIMIT length(getenv('PATH'))", "SELECT a FROM T OFFSET length(getenv('PATH'))",
        "SELECT a FROM T LIMIT (length(getenv('PATH'))) %",
        "SELECT DISTINCT ON (getenv('PATH')) a FROM T", "SELECT a FROM T GROUP BY getenv('PATH'), a",
        "SELECT a FROM T GROUP BY GROUPING SETS ((getenv('PATH')), (a))",
        "SELECT count(*) FROM T HAVING getenv('PATH') > ''",
        "SELECT sum(a) OVER w FROM T WINDOW w AS (ORDER BY getenv('PATH'))",
        "FROM read_text('{f}')", "FROM '{f}' SELECT *", "TABLE \"{f}\"", "VALUES (getenv('PATH'))",
        "VALUES ((SELECT count(*) FROM glob('/*')))",
        "PIVOT T ON a USING count(*)", "PIVOT read_text('{f}') ON filename USING count(*)",
        "UNPIVOT (SELECT getenv('PATH') AS x) ON x",
        "SELECT * FROM T PIVOT (count(a) FOR a IN (SELECT count(*) FROM glob('/*')))", "DESCRIBE read_text('{f}')",
        "SUMMARIZE T", "SHOW ALL TABLES",
        "DESCRIBE TABLE sqlite_master", "DESCRIBE SELECT getenv('PATH')", "SHOW TABLES FROM duckdb_tables()",
        "EXECUTE IMMEDIATE 'SELECT getenv(''PATH'')'",
        "SELECT * FROM IDENTIFIER('\"{f}\"')", "SELECT * FROM IDENTIFIER('sqlite_master')",
        "SELECT * FROM TABLE(IDENTIFIER('read_text')('{f}'))",
        "SELECT * FROM TABLE('{f}')", "SELECT * FROM TABLE(read_text('{f}'))",
        "SELECT * FROM TABLE(RESULT_SCAN(getenv('PATH')))",
        "SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => '{f}', FILE_FORMAT => 'F'))",
        "SELECT * FROM TABLE(GENERATOR(ROWCOUNT => (SELECT count(*) FROM glob('/*'))))",
        "SELECT * FROM TABLE(FLATTEN(INPUT => getenv('PATH')))",
        "SELECT f.value FROM T, LATERAL FLATTEN(INPUT => getenv('PATH')) f",
        "SET v = getenv('PATH')", "SET v = (SELECT max(content) FROM read_text('{f}'))",
        "SELECT 1 ->> SELECT getenv('PATH')", "SELECT 1 ->> SELECT * FROM $2",
        "SELECT getenv('PATH') ->> SELECT 1", "CREATE STAGE X1 URL = 'file://{d}'", "PUT 'file://{f}' @ST/../../x",
        "GET @ST/../x 'file://{d}'",
        "GRANT SELECT ON temp.main.t1 TO ROLE PUBLIC", "COMMENT ON TABLE sqlite_master IS 'x'",
        "SELECT\u{A0}*\u{A0}FROM\u{A0}read_text('{f}')",
        "SELECT * FROM \u{FF52}ead_text('{f}')", "SELECT e'\\x' || getenv('PATH')", "SELECT $$a$$ || getenv($$PATH$$)",
        "SELECT /*' */ getenv('PATH') --'",
        "SELECT 'a''' || getenv('PATH')", "SELECT \"a\"\"b\", getenv('PATH') FROM (SELECT 1 AS \"a\"\"b\")",
        "ALTER SESSION SET threads = 1", "ALTER SESSION SET lock_configuration = false",
        "CREATE DATABASE X1 CLONE memory",
    ]

    /// A house with a table, a stage, a file besides, and another session with temporary tables.
    private struct Scene {
        let house: EngineHouse
        let client: Client
        let other: Client
        let file: String

        init() async throws {
            house = try EngineHouse()
            let admin = try house.open()
            for sql in [
                "CREATE DATABASE OTHER_DB", "CREATE TABLE OTHER_DB.PUBLIC.HIDDEN (A VARCHAR)", "USE SCHEMA ML.PUBLIC",
                "GRANT CREATE TABLE, CREATE VIEW, CREATE STAGE ON SCHEMA ML.PUBLIC TO ROLE PUBLIC",
            ] { try await admin.run(sql) }
            let member = try house.member("ALICE")
            client = try house.open(member)
            try await client.run("CREATE TABLE T (A INT)")
            try await client.run("INSERT INTO T VALUES (1), (2)")
            try await client.run("CREATE STAGE ST")
            try await client.run("COPY INTO @ST/x FROM T")
            other = try house.open(try house.member("BOB"))
            try await other.run("CREATE TEMPORARY TABLE PRIVATE AS SELECT 'a secret' AS A")
            file = house.directory.appending(path: "secret.csv").path
            try Data("word\na line of the secret file\n".utf8).write(to: URL(fileURLWithPath: file))
            try Data("word\na line of the secret file\n".utf8).write(to: house.directory.appending(path: "\u{E9}.csv"))
        }

        /// Runs an escape; gives what is wrong, nil when it was stopped.
        func escape(_ text: String) async throws -> String? {
            let sql = text.replacing("{f}", with: file).replacing("{d}", with: house.directory.path)
            let isQuery = ["SELECT", "WITH", "FROM", "VALUES", "TABLE"].contains { sql.uppercased().hasPrefix($0) }
            for describeOnly in isQuery ? [true, false] : [false] {
                do {
                    let answer = try await client.run(sql, describeOnly: describeOnly)
                    return
                        "\(sql)\n  (describe: \(describeOnly)) gave \(answer.rows.prefix(3)) \(answer.names.prefix(5))"
                } catch let error as RegistryError {
                    if error.code == .internal { return "\(sql)\n  (describe: \(describeOnly)) internal: \(error)" }
                    if error.text.contains("a line of the secret") { return "\(sql)\n  tells the secret: \(error)" }
                }
            }
            return nil
        }

        /// What escapes could have changed.
        func state() async throws -> [[[String?]]] {
            [
                try await client.rows("SELECT * FROM T ORDER BY A"), try await other.rows("SELECT * FROM PRIVATE"),
                try await client.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES ORDER BY 1"),
                [try FileManager.default.contentsOfDirectory(atPath: house.directory.path).sorted()],
            ]
        }
    }

    private func allStopped(_ escapes: [String]) async throws {
        let scene = try await Scene()
        let before = try await scene.state()
        for escape in escapes {
            if let wrong = try await scene.escape(escape) { Issue.record("\(wrong)") }
        }
        #expect(try await scene.state() == before)
    }

    @Test("Nothing but the session's own tables is read in FROM")
    func sourcesAreStopped() async throws {
        try await allStopped(ContainmentTests.sources.map { "SELECT * FROM \($0)" })
    }

    @Test("No expression reaches the environment, settings, files or the engine's placeholders")
    func expressionsAreStopped() async throws {
        try await allStopped(ContainmentTests.expressions.map { "SELECT \($0) FROM T" })
    }

    @Test("No statement does what the engine does not offer")
    func statementsAreStopped() async throws { try await allStopped(ContainmentTests.statements) }

    @Test("An escape in a view, a CTE, a subquery, a flow or EXPLAIN is the same escape")
    func disguises() async throws {
        let core = [
            "read_text('{f}')", "\"{f}\"", "sqlite_master", "temp.main.t1", "duckdb_settings()", "\"ROOST_STAGE_0\"",
        ]
        try await allStopped(
            core.flatMap { source in
                [
                    "CREATE VIEW V1 AS SELECT * FROM \(source)", "WITH x AS (SELECT * FROM \(source)) SELECT * FROM x",
                    "SELECT * FROM (SELECT * FROM (SELECT * FROM \(source)))",
                    "SELECT 1 WHERE EXISTS (SELECT 1 FROM \(source))",
                    "SELECT 1 ->> SELECT * FROM \(source)", "EXPLAIN SELECT * FROM \(source)",
                    "CREATE TABLE X1 AS SELECT * FROM \(source)",
                    "SELECT * FROM T, LATERAL (SELECT * FROM \(source)) l",
                    "SELECT * FROM T LEFT JOIN \(source) j ON true",
                    "INSERT INTO T SELECT 1 FROM \(source)", "SELECT 1 UNION SELECT 1 FROM \(source)",
                    "SELECT ARRAY(SELECT 1 FROM \(source))",
                    "SELECT * FROM /* a */ \(source) -- b", "select*from\n\t\(source)",
                    "SET v = (SELECT count(*) FROM \(source))",
                ]
            })
    }

    @Test("Names with quotes, brackets and SQL in them stay names when a query is written back")
    func names() async throws {
        let scene = try await Scene()
        for name in [
            "T.* FROM T, read_text('\(scene.file)') --", "a\", (SELECT getenv('PATH'))--", "x); DELETE FROM T; --",
            "a b", "'", "\"",
            "select", "1a", "T.*, 1 AS B FROM T --",
        ] {
            let quoted = Identifier(resolved: name).quoted
            let text = BindingLiteral.quote(name)
            for (sql, value) in [
                ("SELECT \(quoted).* FROM T AS \(quoted) WHERE A = 1", "1"),
                ("SELECT COLUMNS(\(quoted).*) FROM T AS \(quoted) WHERE A = 1", "1"),
                ("SELECT \(quoted).* EXCLUDE (B) FROM (SELECT A, 2 AS B FROM T) AS \(quoted) WHERE A = 1", "1"),
                ("SELECT A AS \(quoted) FROM T WHERE A = 1", "1"),
                ("SELECT \(quoted) FROM (SELECT A FROM T) v(\(quoted)) WHERE \(quoted) = 1", "1"),
                (
                    "WITH \(quoted)(\(quoted)) AS (SELECT 1 FROM T WHERE A = 1) SELECT \(quoted).\(quoted) FROM \(quoted)",
                    "1"
                ),
                ("SELECT SUM(A) OVER \(quoted) FROM T WHERE A = 1 WINDOW \(quoted) AS (ORDER BY A)", "1"),
                ("SELECT \(text) FROM T WHERE A = 1", name),
            ] {
                let answer = try? await scene.client.run(sql)
                // What the dialect does not take may fail, but never means something else.
                if let answer {
                    #expect(answer.rows == [[value]] && answer.columns.count == 1, "\(sql) gave \(answer.rows)")
                }
                if sql.hasPrefix("SELECT \(quoted).* FROM") { #expect(answer != nil, "\(sql)") }
                let view = try? await scene.client.run("CREATE OR REPLACE TEMPORARY VIEW V AS \(sql)")
                if view != nil,
                    let seen = try? await scene.client.rows("SELECT * FROM V WHERE EXISTS (SELECT * FROM T)")
                {
                    #expect(seen == [[value]], "\(sql) as a view gave \(seen)")
                }
            }
        }
        #expect(try await scene.client.rows("SELECT A FROM T ORDER BY A") == [["1"], ["2"]])
    }

    @Test("A quote that Unicode joins with its neighbour still ends nothing")
    func joinedQuotes() async throws {
        let scene = try await Scene()
        for joined in ["\u{600}'", "'\u{301}", "'\u{200D}", "\u{600}'\u{301}", "\u{600}\""] {
            let text = "A\(joined)'); CREATE TABLE LOOT AS SELECT content FROM read_text($$\(scene.file)$$); --"
            let literal = "'\(String(decoding: text.utf8.flatMap { $0 == 0x27 ? [$0, $0] : [$0] }, as: UTF8.self))'"
            #expect(try await scene.client.value("SELECT \(literal)") == text)
            let bound = try BindingLiteral.literal(type: "TEXT", value: text)
            #expect(try await scene.client.value("SELECT ?", [bound]) == text)
            let name = "\"\(String(decoding: text.utf8.flatMap { $0 == 0x22 ? [$0, $0] : [$0] }, as: UTF8.self))\""
            #expect(try await scene.client.run("SELECT 1 AS \(name)").columns.first?.name == text)
            for sql in ["SELECT * FROM IDENTIFIER(?)", "CREATE TABLE IDENTIFIER(?) (A INT)"] {
                let error = await scene.client.failure(sql, [bound])
                #expect(error != nil && error?.code != .internal, "\(String(describing: error))")
            }
        }
        #expect(await scene.client.failure("SELECT * FROM LOOT")?.code == .notFound)
    }

    @Test("A placeholder of the engine's with other arguments than its call is refused")
    func placeholders() async throws {
        let scene = try await Scene()
        for sql in ["SELECT ROOST_CALL_0() FROM T", "SELECT ROOST_CALL_0(1, 2, 3), ROOST_CALL_1() FROM T"] {
            #expect(await scene.client.failure(sql)?.code == .unknownFunction)
        }
    }

    @Test("A default value holds no query")
    func defaults() async throws {
        let scene = try await Scene()
        for value in ["(SELECT 1)", "(SELECT MAX(A) FROM T)", "1 + (SELECT 1)"] {
            #expect(
                await scene.client.failure("CREATE TABLE D (A INT DEFAULT \(value))")?.code == .invalidArgument,
                "\(value)")
        }
    }

    @Test("A bound value never becomes a name of a file or code")
    func bindings() async throws {
        let scene = try await Scene()
        for sql in [
            "SELECT * FROM read_text(?)", "SELECT * FROM IDENTIFIER(?)", "SELECT * FROM TABLE(?)", "SELECT * FROM ?",
            "LIST ?",
            "SELECT $1 FROM ?", "INSERT INTO IDENTIFIER(?) VALUES (1)",
        ] {
            for value in [scene.file, "\"\(scene.file)\"", "temp.main.t1", "sqlite_master", "duckdb_settings()"] {
                let error = await scene.client.failure(sql, [BindingLiteral.quote(value)])
                #expect(error != nil && error?.code != .internal, "\(sql) with \(value): \(String(describing: error))")
            }
        }
        #expect(
            try await scene.client.value("SELECT ?", ["'x'' || getenv(''PATH'') || '''"]) == "x' || getenv('PATH') || '"
        )
    }

    @Test("What the engine itself offers still works")
    func works() async throws {
        let scene = try await Scene()
        for sql in [
            "SELECT upper('a'), 1 + 1, current_database()", "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
            "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT * FROM x",
            "WITH RECURSIVE T AS (SELECT A FROM T UNION ALL SELECT A + 10 FROM T WHERE A < 10) SELECT * FROM T",
            "WITH x AS (SELECT 1 AS a) SELECT * FROM (WITH x AS (SELECT a FROM x) SELECT * FROM x)",
            "WITH T AS (SELECT * FROM T) SELECT a FROM t",
            "SELECT * FROM TABLE(GENERATOR(ROWCOUNT => 3))", "SELECT * FROM INFORMATION_SCHEMA.TABLES",
            "EXPLAIN SELECT * FROM T",
            "SELECT * FROM T x, T y WHERE x.a = y.a", "SELECT * FROM (VALUES (1)) v(a)", "SHOW TABLES",
        ] { try await scene.client.run(sql) }
    }
}
