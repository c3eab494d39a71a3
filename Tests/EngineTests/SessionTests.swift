import Foundation
import Testing
import Types

@testable import Engine

@Suite("Sessions")
struct SessionTests {
    @Test("Names take their missing parts from the session, and say so where there are none")
    func names() async throws {
        let house = try EngineHouse()
        let client = try house.open(schema: nil)
        let error = await client.failure("SELECT * FROM T")
        #expect(error?.text.contains("current schema") == true)
        try await client.run("USE DATABASE ML")
        #expect(try await client.rows("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [["ML", "PUBLIC"]])
        try await client.run("CREATE SCHEMA S2")
        try await client.run("CREATE TABLE T AS SELECT 2 AS A")
        try await client.run("CREATE TABLE ML.PUBLIC.T AS SELECT 1 AS A")
        #expect(try await client.value("SELECT A FROM T") == "2")
        #expect(try await client.value("SELECT A FROM PUBLIC.T") == "1")
        #expect(try await client.value("SELECT T.A FROM ml.public.t") == "1")
        try await client.run("USE SCHEMA ML.PUBLIC")
        #expect(try await client.value("SELECT A FROM T") == "1")
        try await client.run("USE ML.S2")
        #expect(try await client.value("SELECT A FROM T") == "2")
        #expect(await client.failure("USE SCHEMA NO_SUCH")?.code == .notFound)
        #expect(await client.failure("USE DATABASE NO_SUCH")?.code == .notFound)
        #expect(await client.failure("USE ROLE NO_SUCH")?.code == .notFound)
        #expect(try await client.value("SELECT A FROM T") == "2")
    }

    @Test("A temporary table is its session's alone, hides a permanent one and goes with the session")
    func temporaries() async throws {
        let house = try EngineHouse()
        let client = try house.open()
        let other = try house.open()
        try await client.run("CREATE TABLE T AS SELECT 'kept' AS A")
        try await client.run("CREATE TEMPORARY TABLE T AS SELECT 'mine' AS A")
        try await other.run("CREATE TEMPORARY TABLE T AS SELECT 'other' AS A")
        #expect(try await client.value("SELECT A FROM T") == "mine")
        #expect(try await other.value("SELECT A FROM T") == "other")
        try await client.run("INSERT INTO T VALUES ('more')")
        try await client.run("DROP TABLE T")
        #expect(try await client.rows("SELECT A FROM T") == [["kept"]])
        try await client.run("CREATE TEMPORARY TABLE ONLY_MINE (A INT)")
        try await client.run("CREATE TEMPORARY VIEW V AS SELECT 7 AS A")
        #expect(try await client.value("SELECT A FROM V") == "7")
        #expect(await other.failure("SELECT * FROM ONLY_MINE")?.code == .notFound)
        house.engine.closeSession(client.session.id)
        #expect(house.engine.session(client.session.id) == nil)
        #expect(await client.failure("SELECT 1")?.code == .cancelled)
        let next = try house.open()
        #expect(await next.failure("SELECT * FROM ONLY_MINE")?.code == .notFound)
        #expect(try await next.rows("SHOW TABLES LIKE 'ONLY_MINE'").isEmpty)
    }

    @Test("A transaction's writes are seen by others after COMMIT, and gone after ROLLBACK")
    func transactions() async throws {
        let house = try EngineHouse()
        let client = try house.open()
        let other = try house.open()
        try await client.run("CREATE TABLE T (A INT)")
        func count(_ client: Client) async throws -> String? { try await client.value("SELECT COUNT(*) FROM T") }
        try await client.run("BEGIN")
        try await client.run("INSERT INTO T VALUES (1)")
        #expect(try await count(client) == "1")
        #expect(try await count(other) == "0")
        try await client.run("ROLLBACK")
        #expect(try await count(client) == "0")
        try await client.run("BEGIN TRANSACTION")
        try await client.run("INSERT INTO T VALUES (1)")
        try await client.run("COMMIT")
        #expect(try await count(other) == "1")
        // DDL commits what is open.
        try await client.run("BEGIN")
        try await client.run("INSERT INTO T VALUES (2)")
        try await client.run("CREATE TABLE U (A INT)")
        try await client.run("ROLLBACK")
        #expect(try await count(other) == "2")
        // With autocommit off, the first write begins a transaction.
        try await client.run("ALTER SESSION SET AUTOCOMMIT = FALSE")
        try await client.run("INSERT INTO T VALUES (3)")
        #expect(try await count(other) == "2")
        try await client.run("ROLLBACK")
        #expect(try await count(client) == "2")
        try await client.run("INSERT INTO T VALUES (3)")
        try await client.run("COMMIT")
        #expect(try await count(other) == "3")
        try await client.run("ALTER SESSION UNSET AUTOCOMMIT")
        // COMMIT and ROLLBACK without a transaction change nothing.
        try await client.run("COMMIT")
        try await client.run("ROLLBACK")
    }

    @Test("A statement that is refused leaves the transaction open; one that fails while it runs ends it, and says so")
    func failureInTransaction() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T (A INT NOT NULL)")
        try await client.run("BEGIN")
        try await client.run("INSERT INTO T VALUES (1)")
        for sql in [
            "SELECT * FROM NO_SUCH", "SELECT NO_SUCH FROM T", "SELEC 1", "SELECT NO_SUCH()",
            "INSERT INTO T (NO_SUCH) VALUES (1)",
        ] {
            #expect(await client.failure(sql) != nil, "\(sql)")
            #expect(try await client.value("SELECT COUNT(*) FROM T") == "1", "after \(sql)")
        }
        try await client.run("INSERT INTO T VALUES (2)")
        try await client.run("COMMIT")
        #expect(try await client.value("SELECT COUNT(*) FROM T") == "2")
        for sql in [
            "INSERT INTO T SELECT CAST(column1 AS INT) FROM VALUES ('2'), ('x')", "SELECT 1 / (A - A) FROM T",
            "INSERT INTO T VALUES (NULL)",
        ] {
            try await client.run("BEGIN")
            try await client.run("INSERT INTO T VALUES (3)")
            #expect(await client.failure(sql) != nil, "\(sql)")
            let after = await client.failure("SELECT COUNT(*) FROM T")
            #expect(after == nil || after?.code == .failedPrecondition, "\(String(describing: after))")
            try await client.run("ROLLBACK")
            #expect(try await client.value("SELECT COUNT(*) FROM T") == "2", "after \(sql)")
        }
    }

    @Test("Of two transactions that change the same row, one is told to retry, and can")
    func conflict() async throws {
        let house = try EngineHouse()
        let (one, two) = (try house.open(), try house.open())
        try await one.run("CREATE TABLE T AS SELECT 1 AS A")
        try await one.run("BEGIN")
        try await two.run("BEGIN")
        try await one.run("UPDATE T SET A = 2")
        let error = await two.failure("UPDATE T SET A = 3")
        #expect(error?.code == .conflict, "\(String(describing: error))")
        try await one.run("COMMIT")
        try await two.run("ROLLBACK")
        try await two.run("UPDATE T SET A = A + 10")
        #expect(try await one.value("SELECT A FROM T") == "12")
    }

    @Test("A session works on after DDL that another transaction stands against")
    func definitionUnderWrite() async throws {
        let house = try EngineHouse()
        let (one, two) = (try house.open(), try house.open())
        try await one.run("CREATE TABLE T AS SELECT 1 AS A")
        try await one.run("BEGIN")
        try await one.run("INSERT INTO T VALUES (2)")
        for sql in [
            "ALTER TABLE T ADD COLUMN B INT", "CREATE OR REPLACE TABLE T AS SELECT 'x' AS A", "TRUNCATE TABLE T",
            "ALTER TABLE T RENAME TO U", "ALTER TABLE U RENAME TO T", "DROP TABLE T",
        ] {
            _ = await two.failure(sql)
            // Whatever came of it, the session is not stuck in a half transaction, and catalog and table agree.
            try await two.run("CREATE OR REPLACE TABLE PROBE AS SELECT 1 AS A")
            #expect(try await two.value("INSERT INTO PROBE VALUES (2)") == "1", "after \(sql)")
            for table in try await two.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES") {
                let name = table[0] ?? ""
                try await two.run("SELECT * FROM \(name)")
            }
        }
        _ = await one.failure("COMMIT")
        _ = await one.failure("ROLLBACK")
        try await one.run("CREATE OR REPLACE TABLE T AS SELECT 5 AS A")
        #expect(try await one.value("SELECT A FROM T") == "5")
    }

    @Test("Variables hold a value and its type, and stand wherever a value may")
    func variables() async throws {
        let client = try EngineHouse().open()
        try await client.run("SET (A, B) = (1 + 1, 'it''s')")
        try await client.run("SET D = '2024-02-29'::DATE")
        #expect(try await client.rows("SELECT $A + 1, $B, $D + 1") == [["3", "it's", "19783"]])
        try await client.run("CREATE TABLE T AS SELECT 1 AS X")
        try await client.run("SET N = 'T'")
        #expect(try await client.value("SELECT X FROM IDENTIFIER($N)") == "1")
        try await client.run("SET E = NULL")
        #expect(try await client.rows("SELECT $E") == [[nil]])
        try await client.run("UNSET A")
        #expect(await client.failure("SELECT $A") != nil)
        #expect(await client.failure("SET A = (SELECT * FROM VALUES (1), (2))") != nil)
    }

    @Test(
        "Bound values are values of their type",
        arguments: [
            ("FIXED", "-5", "-5"), ("FIXED", "123456789012345678901234567890", "123456789012345678901234567890"),
            ("FIXED", "1.50", "1.50"),
            ("REAL", "0.25", "0.25"), ("REAL", "-1e300", "-1e+300"), ("BOOLEAN", "true", "true"),
            ("BOOLEAN", "0", "false"),
            ("TEXT", "it's \\ \"q\" ä 🦆 --", "it's \\ \"q\" ä 🦆 --"), ("TEXT", "", ""),
            ("DATE", "1709164800000", "2024-02-29"),
            ("DATE", "-86400000", "1969-12-31"), ("TIME", "45296789000000", "12:34:56.789"),
            ("TIMESTAMP_NTZ", "1709210096789012000", "2024-02-29 12:34:56.789012"),
            ("TIMESTAMP_NTZ", "-1000000000", "1969-12-31 23:59:59"),
            ("TIMESTAMP_LTZ", "1709210096789012000", "2024-02-29 12:34:56.789012+00"), ("BINARY", "00FF", "00FF"),
            ("VARIANT", #"{"a": [1]}"#, #"{"a":[1]}"#),
        ])
    func bindings(_ type: String, _ value: String, _ shown: String) async throws {
        let client = try EngineHouse().open()
        let literal = try BindingLiteral.literal(type: type, value: value)
        let answer = try await client.run("SELECT ? AS A, TO_VARCHAR(?)", [literal, literal])
        #expect(answer.columns.count == 2)
        if !["REAL", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ"].contains(type) { #expect(answer.rows[0][1] == shown) }
        #expect(try await client.value("SELECT COUNT(*) FROM (SELECT ? AS A) WHERE A IS NOT NULL", [literal]) == "1")
    }

    @Test(
        "A bound value that is not of its type is refused",
        arguments: [
            ("FIXED", "1; DROP TABLE T"), ("FIXED", "1e5"), ("FIXED", ""), ("FIXED", "--1"), ("FIXED", "１"),
            ("REAL", "x"), ("REAL", ""),
            ("BOOLEAN", "yes"), ("DATE", "2024-02-29"), ("TIME", "12:00"), ("TIMESTAMP_NTZ", "now()"),
            ("TIMESTAMP_TZ", ""), ("BINARY", "F"),
            ("BINARY", "ZZ"), ("BINARY", "')--"),
        ])
    func badBindings(_ type: String, _ value: String) {
        let error = #expect(throws: RegistryError.self) { try BindingLiteral.literal(type: type, value: value) }
        #expect(error?.code == .invalidArgument)
    }

    @Test("Bound values stand next to operators, in lists and in writes; NULL is NULL")
    func bindingPlaces() async throws {
        let client = try EngineHouse().open()
        #expect(try await client.rows("SELECT 3-?, -?, ?*?", ["-5", "-5", "-2", "-3"]) == [["8", "5", "6"]])
        #expect(try await client.rows("SELECT :2, :1", ["1", "'b'"]) == [["b", "1"]])
        #expect(
            try await client.rows("SELECT ? IS NULL", [try BindingLiteral.literal(type: "FIXED", value: nil)]) == [
                ["1"]
            ])
        try await client.run("CREATE TABLE T (A INT, B TEXT)")
        try await client.run("INSERT INTO T VALUES (?, ?), (?, ?)", ["1", "'x'", "2", "NULL"])
        try await client.run("UPDATE T SET B = ? WHERE A = ?", ["'it''s'", "2"])
        #expect(
            try await client.rows("SELECT B FROM T WHERE A IN (?, ?) ORDER BY A", ["1", "2"]) == [["x"], ["it's"]])
        #expect(await client.failure("SELECT ?")?.code == .invalidArgument)
    }

    @Test("A request id is executed once, however often it comes")
    func requestIDs() async throws {
        let house = try EngineHouse()
        let client = try house.open()
        try await client.run("CREATE TABLE T (A INT)")
        let runs = (0..<8).map { _ in client.submit("INSERT INTO T VALUES (1)", requestID: "same") }
        for run in runs { _ = try await client.finish(run) }
        #expect(Set(runs.map(\.id)).count == 1)
        #expect(try await client.value("SELECT COUNT(*) FROM T") == "1")
        _ = try await client.finish(client.submit("INSERT INTO T VALUES (1)", requestID: "another"))
        _ = try await client.finish(try house.open().submit("INSERT INTO T VALUES (1)", requestID: "same"))
        #expect(try await client.value("SELECT COUNT(*) FROM T") == "3")
    }

    @Test("Parameters are checked, shown and kept to the session")
    func parameters() async throws {
        let house = try EngineHouse()
        let client = try house.open()
        #expect(await client.failure("ALTER SESSION SET NO_SUCH = 1")?.code == .invalidArgument)
        #expect(await client.failure("ALTER SESSION SET AUTOCOMMIT = 'maybe'")?.code == .invalidArgument)
        #expect(await client.failure("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = -1")?.code == .invalidArgument)
        #expect(await client.failure("ALTER SESSION SET TIMEZONE = 'Europe/Berlin'")?.code == .invalidArgument)
        try await client.run("ALTER SESSION SET QUERY_TAG = 'mine', STATEMENT_TIMEOUT_IN_SECONDS = 100")
        #expect(client.session.parameters["QUERY_TAG"] == "mine")
        #expect(try house.open().session.parameters["QUERY_TAG"] == "")
        try await client.run("ALTER SESSION UNSET QUERY_TAG")
        #expect(client.session.parameters["QUERY_TAG"] == "")
        try await client.run("ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE")
        try await client.run("CREATE TABLE \"abc\" (a INT)")
        #expect(try await client.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES") == [["ABC"]])
    }
}
