import Foundation
import TestSupport
import Testing
import Types

@testable import Engine

/// Cancellation, timeouts, results kept and history.
@Suite("Statements' lives", .timeLimit(.minutes(5)))
struct StatementLifeTests {
    /// Runs for hours when nobody stops it.
    static let endless = """
        SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 100000)) a, TABLE(GENERATOR(ROWCOUNT => 100000)) b,
        TABLE(GENERATOR(ROWCOUNT => 100000)) c WHERE HASH(RANDOM()) = 1
        """

    private func begun(_ run: QueryExecution) async throws {
        while run.summary.status == .queued { try await Task.sleep(for: .milliseconds(2)) }
    }

    private func error(of run: QueryExecution) async -> RegistryError? {
        guard await run.finished(within: 20) else { return nil }
        if case .failure(let error)? = run.outcome { return error }
        return nil
    }

    @Test("A running statement is cancelled by its request id, and the session works on")
    func cancel() async throws {
        let client = try EngineHouse().open()
        for sql in [Self.endless, "SELECT SYSTEM$WAIT(600)", "CREATE TABLE X AS \(Self.endless)"] {
            let run = client.submit(sql, requestID: sql)
            try await begun(run)
            try await Task.sleep(for: .milliseconds(100))
            client.session.cancel(requestID: sql)
            #expect(await error(of: run)?.code == .cancelled, "\(sql)")
            #expect(try await client.value("SELECT 1") == "1")
        }
        #expect(try await client.rows("SHOW TABLES").isEmpty)
    }

    @Test("A cancel at any moment stops the statement: none is lost between two steps")
    func cancelAnywhere() async throws {
        let client = try EngineHouse().open()
        var random = SeededRandom.fromEnvironment()
        for round in 0..<60 {
            let run = client.submit(Self.endless, requestID: "r\(round)")
            try await Task.sleep(for: .microseconds(Int.random(in: 0...20_000, using: &random)))
            run.cancel()
            guard await run.finished(within: 20) else {
                Issue.record("seed \(random.seed), round \(round): the cancel was lost")
                run.cancel()
                return
            }
        }
        #expect(try await client.value("SELECT 1") == "1")
    }

    @Test("SYSTEM$CANCEL_QUERY and SYSTEM$CANCEL_ALL_QUERIES stop the user's statements only")
    func cancelBySQL() async throws {
        let house = try EngineHouse()
        let (one, two) = (try house.open(), try house.open())
        let stranger = try house.open(try house.member("ALICE"))
        let run = one.submit("SELECT SYSTEM$WAIT(600)")
        try await begun(run)
        #expect(await stranger.failure("SELECT SYSTEM$CANCEL_QUERY('\(run.id)')")?.code == .notFound)
        #expect(await stranger.failure("SELECT SYSTEM$CANCEL_ALL_QUERIES(\(one.session.id))")?.code == .notFound)
        #expect(run.outcome == nil)
        try await two.run("SELECT SYSTEM$CANCEL_QUERY('\(run.id)')")
        #expect(await error(of: run)?.code == .cancelled)
    }

    @Test("Closing a session stops what runs and what waits")
    func closeStops() async throws {
        let house = try EngineHouse()
        let client = try house.open()
        try await client.run("CREATE TABLE T (A INT)")
        let run = client.submit("SELECT SYSTEM$WAIT(600)")
        try await begun(run)
        let waiting = client.submit("INSERT INTO T VALUES (1)")
        let waitingToo = client.submit("INSERT INTO T VALUES (1)", requestID: "r")
        house.engine.closeSession(client.session.id)
        #expect(await error(of: run)?.code == .cancelled)
        #expect(await error(of: waiting)?.code == .cancelled)
        #expect(await error(of: waitingToo)?.code == .cancelled)
        #expect(try await house.open().value("SELECT COUNT(*) FROM T") == "0")
    }

    @Test(
        "A statement over its time is stopped and says which limit it was",
        arguments: ["SELECT SYSTEM$WAIT(600)", endless])
    func timeout(_ sql: String) async throws {
        let client = try EngineHouse().open()
        try await client.run("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
        let error = await client.failure(sql)
        #expect(error?.code == .timeout && error?.text.contains("STATEMENT_TIMEOUT_IN_SECONDS") == true)
        #expect(try await client.value("SELECT 1") == "1")
    }

    @Test("The server's own time limit holds where the session sets none or more")
    func serverTimeout() async throws {
        let client = try EngineHouse { $0.statementTimeoutSeconds = 1 }.open()
        try await client.run("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 0")
        #expect(await client.failure("SELECT SYSTEM$WAIT(600)")?.code == .timeout)
    }

    static let everyType = """
        SELECT 1::INT AS I, 12.50::NUMBER(10,2) AS N, -0.25::FLOAT AS R, 'tä''x' AS T, TRUE AS B,
        '2024-02-29'::DATE AS D,
        '12:34:56.789'::TIME AS H, '2024-02-29 12:34:56.789012'::TIMESTAMP_NTZ AS P,
        '1969-12-31 23:59:59.5+00:00'::TIMESTAMP_LTZ AS L,
        TO_BINARY('00FF1A') AS X, PARSE_JSON('{"a":[1,null,"x"]}') AS V, OBJECT_CONSTRUCT('k', 1) AS O,
        ARRAY_CONSTRUCT(1, 'b') AS A
        UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL ORDER BY I
        """

    @Test("RESULT_SCAN gives an earlier result with all its types, stored as JSON or Arrow", arguments: [true, false])
    func resultScan(_ arrow: Bool) async throws {
        let client = try EngineHouse().open()
        let first = try await client.run(Self.everyType, arrow: arrow)
        let plain = try await client.run(Self.everyType)
        for sql in [
            "SELECT * FROM TABLE(RESULT_SCAN('\(first.queryID)')) ORDER BY I",
            "SELECT * FROM (SELECT * FROM TABLE(RESULT_SCAN('\(first.queryID)'))) x ORDER BY I",
        ] {
            let again = try await client.run(sql)
            #expect(again.rows == plain.rows, "\(sql)")
            #expect(again.columns.map(\.type.wireName) == plain.columns.map(\.type.wireName))
        }
        try await client.run("SHOW TABLES")
        try await client.run("SELECT \"name\" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))")
    }

    @Test("RESULT_SCAN tells of a running, a failed, an unknown and another user's statement")
    func resultScanErrors() async throws {
        let house = try EngineHouse()
        let (client, other) = (try house.open(), try house.open(try house.member("ALICE")))
        let mine = try await client.run("SELECT 1")
        #expect(await other.failure("SELECT * FROM TABLE(RESULT_SCAN('\(mine.queryID)'))")?.code == .notFound)
        #expect(await client.failure("SELECT * FROM TABLE(RESULT_SCAN('no-such'))")?.code == .notFound)
        let failed = client.submit("SELECT 1 / 0")
        _ = await failed.finished(within: 20)
        #expect(await client.failure("SELECT * FROM TABLE(RESULT_SCAN('\(failed.id)'))")?.code == .invalidValue)
        let second = try house.open()
        let running = client.submit("SELECT SYSTEM$WAIT(600)")
        #expect(await second.failure("SELECT * FROM TABLE(RESULT_SCAN('\(running.id)'))")?.code == .failedPrecondition)
        running.cancel()
    }

    @Test("Who gets the name of a user that was dropped gets nothing of what that one left")
    func namesakes() async throws {
        let house = try EngineHouse()
        let alice = try house.member("ALICE")
        let first = try house.open(alice)
        let mine = try await first.run("SELECT 'a secret'")
        let admin = try house.open()
        try await admin.run("CREATE OR REPLACE USER ALICE DEFAULT_ROLE = ALICE")
        try await admin.run("GRANT ROLE ALICE TO USER ALICE")
        let namesake = try house.open(alice)
        #expect(await namesake.failure("SELECT * FROM TABLE(RESULT_SCAN('\(mine.queryID)'))")?.code == .notFound)
        #expect(await namesake.failure("SELECT SYSTEM$CANCEL_QUERY('\(mine.queryID)')")?.code == .notFound)
        let cancel = await namesake.failure("SELECT SYSTEM$CANCEL_ALL_QUERIES(\(first.session.id))")
        #expect(cancel?.code == .notFound)
        let history = "SELECT count(*) FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())"
        #expect(try await namesake.value(history + " WHERE QUERY_TEXT LIKE '%''a secret''%'") == "0")
    }

    @Test("A flow hands each result on as $1, the one before as $2")
    func flow() async throws {
        let client = try EngineHouse().open()
        #expect(
            try await client.rows("SELECT 1 AS A ->> SELECT A + 1 AS B FROM $1 ->> SELECT x.B, y.A FROM $1 x, $2 y")
                == [["2", "1"]])
        try await client.run("CREATE TABLE T1 (A INT)")
        try await client.run("CREATE TABLE T2 (A INT)")
        let shown = try await client.rows("SHOW TABLES ->> SELECT \"name\" FROM $1 WHERE \"name\" LIKE '%2'")
        #expect(shown == [["T2"]])
        #expect(
            try await client.value("INSERT INTO T1 VALUES (1), (2) ->> SELECT \"number of rows inserted\" + 1 FROM $1")
                == "3")
        #expect(await client.failure("SELECT 1 ->> SELECT * FROM $3")?.code == .invalidArgument)
        #expect(await client.failure("SELECT 1 / 0 ->> SELECT 1")?.code == .invalidValue)
    }

    @Test("Large results go to disk in parts and are read back whole")
    func spooling() async throws {
        let house = try EngineHouse {
            $0.results.memoryBytesPerResult = 1000
            $0.chunkRows = 1000
        }
        let client = try house.open()
        for arrow in [true, false] {
            let answer = try await client.run(
                "SELECT SEQ4() AS A, REPEAT('x', 20) AS B FROM TABLE(GENERATOR(ROWCOUNT => 10000)) ORDER BY A",
                arrow: arrow)
            #expect(answer.rows.count == 10_000 && answer.rows.enumerated().allSatisfy { $1[0] == "\($0)" })
            let files = try house.resultFiles.filter { $0.hasPrefix(answer.queryID) }
            #expect(files.count >= 9)
            let again = try await client.run(
                "SELECT * FROM TABLE(RESULT_SCAN('\(answer.queryID)'))", arrow: arrow)
            #expect(again.rows == answer.rows)
            #expect(
                try await client.value("SELECT SUM(A) FROM TABLE(RESULT_SCAN('\(answer.queryID)'))") == "49995000")
        }
    }

    @Test("Small results leave memory for the disk when there are many, and a scan of one keeps its files")
    func manySmallResults() async throws {
        let house = try EngineHouse {
            $0.results.memoryBytesPerResult = 100_000
            $0.results.memoryBytes = 200_000
        }
        let client = try house.open()
        var answers: [Client.Answer] = []
        for number in 0..<8 {
            answers.append(
                try await client.run(
                    "SELECT \(number) AS A, REPEAT('x', 1000) AS B FROM TABLE(GENERATOR(ROWCOUNT => 50))"))
        }
        #expect(try house.resultFiles.count >= 4)
        for answer in answers {
            let again = try await client.run("SELECT * FROM TABLE(RESULT_SCAN('\(answer.queryID)'))")
            #expect(again.rows == answer.rows)
        }
    }

    @Test("Statements that look alike and differ in their bytes are two")
    func lookalikes() async throws {
        let client = try EngineHouse().open()
        for text in ["\u{E9}", "e\u{301}", "\u{E9}", "e\u{301}"] {
            let value = try await client.value("SELECT CONCAT('\(text)', TO_VARCHAR(1 + 1))")
            #expect(value.map { Array($0.utf8) } == Array("\(text)2".utf8))
        }
    }

    @Test("Failing statements are forgotten like others, and scans of one result are charged once")
    func accounting() async throws {
        let house = try EngineHouse {
            $0.results.memoryBytesPerResult = 1000
            $0.results.diskBytes = 400_000
            $0.results.runs = 100
            $0.chunkRows = 1000
        }
        let client = try house.open()
        let large = try await client.run("SELECT SEQ4() AS A FROM TABLE(GENERATOR(ROWCOUNT => 20000))").queryID
        let files = try house.resultFiles.count
        for _ in 0..<20 {
            let again = try await client.run("SELECT * FROM TABLE(RESULT_SCAN('\(large)'))")
            #expect(again.rows.count == 20_000)
        }
        #expect(try house.resultFiles.count == files)
        let first = try await client.run("SELECT 1").queryID
        for _ in 0..<120 { _ = await client.failure("SELECT * FROM NO_SUCH_TABLE") }
        #expect(house.engine.execution(first) == nil && house.engine.execution(large) == nil)
        #expect(try house.resultFiles.allSatisfy { !$0.hasPrefix(large) })
    }

    @Test("Statements of one session run in their order, and one that waits is cancelled at once")
    func order() async throws {
        let client = try EngineHouse().open()
        let engine = client.house.engine
        try await client.run("CREATE TABLE T (A INT)")
        let first = engine.submit(StatementRequest(sql: "SELECT SYSTEM$WAIT(600)"), to: client.session, requestID: nil)
        let second = engine.submit(
            StatementRequest(sql: "INSERT INTO T VALUES (1)"), to: client.session, requestID: nil)
        second.cancel()
        #expect(await second.finished(within: 60))
        #expect(second.summary.status == .failed && first.outcome == nil)
        var inserts: [QueryExecution] = []
        for number in 0..<200 {
            let sql = "INSERT INTO T SELECT \(number) WHERE (SELECT COUNT(*) FROM T) = \(number)"
            inserts.append(engine.submit(StatementRequest(sql: sql), to: client.session, requestID: nil))
        }
        first.cancel()
        for insert in inserts { #expect(await insert.finished(within: 60)) }
        #expect(try await client.rows("SELECT COUNT(*), MAX(A) FROM T") == [["200", "199"]])
    }

    @Test("The oldest results go when the budget of disk, of memory or the time is over")
    func budgets() async throws {
        let house = try EngineHouse {
            $0.results.memoryBytesPerResult = 1000
            $0.results.memoryBytes = 200_000
            $0.results.diskBytes = 300_000
            $0.results.validitySeconds = 1000
            $0.chunkRows = 1000
        }
        let client = try house.open()
        var ids: [String] = []
        for _ in 0..<8 {
            ids.append(try await client.run("SELECT SEQ4() AS A FROM TABLE(GENERATOR(ROWCOUNT => 10000))").queryID)
        }
        let kept = Set(try house.resultFiles.map { String($0.prefix { $0 != "." }) })
        #expect(kept.count >= 1 && kept.count < 8 && kept.contains(ids[7]) && !kept.contains(ids[0]))
        #expect(await client.failure("SELECT * FROM TABLE(RESULT_SCAN('\(ids[0])'))")?.code == .notFound)
        // A result over all budgets is still handed out once.
        #expect(
            try await client.run("SELECT SEQ4() AS A FROM TABLE(GENERATOR(ROWCOUNT => 300000))").rows.count == 300_000)
        let last = try await client.run("SELECT 1").queryID
        house.clock.advance(2000)
        try await client.run("SELECT 2")
        #expect(house.engine.execution(last) == nil)
    }

    @Test("The history holds every statement with its outcome, and shows each user the own ones")
    func history() async throws {
        let house = try EngineHouse()
        let (client, other) = (try house.open(), try house.open(try house.member("ALICE")))
        try await client.run("SELECT 1 AS HISTORIC")
        _ = await client.failure("SELECT 1 / 0 AS HISTORIC")
        try await other.run("SELECT 3 AS HISTORIC")
        try await client.run("SELECT 4 AS HISTORIC", describeOnly: true)
        let columns = "QUERY_TEXT, EXECUTION_STATUS, USER_NAME, ERROR_CODE"
        func rows(_ client: Client, _ function: String = "QUERY_HISTORY") async throws -> [[String?]] {
            try await client.rows(
                """
                SELECT \(columns) FROM TABLE(INFORMATION_SCHEMA.\(function)())
                WHERE QUERY_TEXT LIKE '%HISTORIC' ORDER BY QUERY_TEXT
                """)
        }
        #expect(try await rows(other) == [["SELECT 3 AS HISTORIC", "SUCCESS", "ALICE", ""]])
        let all = try await rows(client)
        #expect(all.map { $0[0] } == ["SELECT 1 / 0 AS HISTORIC", "SELECT 1 AS HISTORIC", "SELECT 3 AS HISTORIC"])
        #expect(all[0][1] == "FAILED_WITH_ERROR" && all[0][3]?.isEmpty == false)
        #expect(try await rows(client, "QUERY_HISTORY_BY_SESSION").count == 2)
        #expect(await client.failure("SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 0))") != nil)
    }

    @Test("A request that only describes gives the columns and changes nothing")
    func describeOnly() async throws {
        let client = try EngineHouse().open()
        let described = try await client.run(Self.everyType, describeOnly: true)
        #expect(
            described.columns.map(\.type.wireName)
                == (try await client.run(Self.everyType)).columns.map(\.type.wireName))
        try await client.run("CREATE TABLE T AS SELECT 1 AS A")
        for sql in [
            "INSERT INTO T VALUES (2)", "UPDATE T SET A = 2", "DELETE FROM T", "TRUNCATE TABLE T", "DROP TABLE T",
            "CREATE TABLE U (A INT)",
            "MERGE INTO T USING T s ON T.A = s.A WHEN MATCHED THEN DELETE", "USE SCHEMA ML.REGISTRY", "SET V = 1",
            "BEGIN",
            "ALTER SESSION SET AUTOCOMMIT = FALSE", "ALTER TABLE T RENAME TO U", "CREATE ROLE R",
            "INSERT OVERWRITE INTO T VALUES (3)",
        ] { #expect(try await client.run(sql, describeOnly: true).rows.isEmpty, "\(sql)") }
        #expect(try await client.rows("SELECT A FROM T") == [["1"]])
        #expect(try await client.value("SELECT CURRENT_SCHEMA()") == "PUBLIC")
        #expect(try await client.rows("SHOW TABLES").count == 1)
    }
}
