import Foundation
import Testing
import Types

@testable import Engine

@Suite("INSERT, UPDATE, DELETE, MERGE")
struct WriteTests {
    private func client() async throws -> Client {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T (ID INT, V VARCHAR)")
        try await client.run("INSERT INTO T VALUES (1, 'a'), (2, 'b'), (3, 'c')")
        try await client.run(
            "CREATE TABLE S AS SELECT column1 AS ID, column2 AS V FROM VALUES (2, 'B'), (3, 'C'), (4, 'D')")
        return client
    }

    private func rows(_ client: Client) async throws -> [String] {
        try await client.rows("SELECT ID, V FROM T ORDER BY ID, V").map {
            $0.map { $0 ?? "NULL" }.joined(separator: " ")
        }
    }

    @Test("INSERT fills named columns, the rest with NULL or the default, and counts")
    func insert() async throws {
        let client = try await client()
        #expect(try await client.value("INSERT INTO T (V) VALUES ('x'), ('y')") == "2")
        #expect(try await client.value("INSERT INTO T SELECT * FROM S") == "3")
        #expect(try await client.value("INSERT INTO T (V, ID) SELECT V, ID + 10 FROM S WHERE ID > 3") == "1")
        #expect(try await rows(client) == ["1 a", "2 B", "2 b", "3 C", "3 c", "4 D", "14 D", "NULL x", "NULL y"])
        try await client.run("CREATE TABLE D (A INT DEFAULT 7, B INT)")
        try await client.run("INSERT INTO D (B) VALUES (1)")
        #expect(try await client.rows("SELECT * FROM D") == [["7", "1"]])
        #expect(try await client.value("INSERT OVERWRITE INTO T SELECT 9, 'z'") == "1")
        #expect(try await rows(client) == ["9 z"])
    }

    @Test("UPDATE takes values from its row and from other tables, and counts")
    func update() async throws {
        let client = try await client()
        #expect(try await client.value("UPDATE T SET V = V || '!', ID = ID + 10 WHERE ID < 3") == "2")
        #expect(try await rows(client) == ["3 c", "11 a!", "12 b!"])
        #expect(try await client.value("UPDATE T SET V = S.V FROM S WHERE T.ID = S.ID") == "1")
        #expect(
            try await client.value("UPDATE T t SET t.V = q.V FROM (SELECT 11 AS ID, 'q' AS V) q WHERE t.ID = q.ID")
                == "1")
        #expect(try await rows(client) == ["3 C", "11 q", "12 b!"])
        #expect(try await client.value("UPDATE T SET V = NULL") == "3")
    }

    @Test("DELETE removes what its condition and its other tables choose, each row once")
    func delete() async throws {
        let client = try await client()
        try await client.run("INSERT INTO S VALUES (2, 'twice')")
        #expect(try await client.value("DELETE FROM T USING S WHERE T.ID = S.ID") == "2")
        #expect(try await rows(client) == ["1 a"])
        #expect(try await client.value("DELETE FROM T WHERE V = 'none'") == "0")
        #expect(try await client.value("DELETE FROM T") == "1")
    }

    @Test("MERGE applies to each row the first clause that fits")
    func merge() async throws {
        let client = try await client()
        let answer = try await client.run(
            """
            MERGE INTO T USING S ON T.ID = S.ID
            WHEN MATCHED AND S.V = 'C' THEN DELETE WHEN MATCHED THEN UPDATE SET V = S.V
            WHEN NOT MATCHED AND S.ID > 100 THEN INSERT VALUES (0, 'never')
            WHEN NOT MATCHED THEN INSERT (V, ID) VALUES (S.V, S.ID)
            """)
        #expect(
            zip(answer.names, answer.rows[0]).map { "\($0) \($1 ?? "")" } == [
                "number of rows inserted 1", "number of rows updated 1", "number of rows deleted 1",
            ])
        #expect(try await rows(client) == ["1 a", "2 B", "4 D"])
    }

    @Test("MERGE refuses several source rows for one target row, and changes nothing")
    func mergeDuplicates() async throws {
        let client = try await client()
        try await client.run("INSERT INTO S VALUES (2, 'twice')")
        let before = try await rows(client)
        for action in ["UPDATE SET V = S.V", "DELETE"] {
            let error = await client.failure(
                "MERGE INTO T USING S ON T.ID = S.ID WHEN MATCHED THEN \(action) WHEN NOT MATCHED THEN INSERT VALUES (S.ID, S.V)"
            )
            #expect(error?.text.contains("Duplicate row") == true)
            #expect(try await rows(client) == before)
        }
        // Two rows that match nothing are two inserts.
        try await client.run("INSERT INTO S VALUES (9, 'x'), (9, 'y')")
        #expect(
            try await client.value(
                "MERGE INTO T USING S ON T.ID = S.ID WHEN NOT MATCHED THEN INSERT VALUES (S.ID, S.V)") == "3")
    }

    @Test(
        "A write that fails in its middle leaves nothing changed",
        arguments: [
            "INSERT INTO T SELECT CAST(column1 AS INT), 'x' FROM VALUES ('5'), ('no number')",
            "INSERT OVERWRITE INTO T SELECT CAST(column1 AS INT), 'x' FROM VALUES ('5'), ('no number')",
            "UPDATE T SET ID = CAST(CASE WHEN ID = 3 THEN 'x' ELSE '1' END AS INT)",
            "DELETE FROM T WHERE 1 / (ID - 2) > -5",
            "MERGE INTO T USING S ON T.ID = S.ID WHEN MATCHED THEN UPDATE SET ID = CAST(S.V AS INT) WHEN NOT MATCHED THEN INSERT VALUES (1, 'x')",
            "INSERT INTO T VALUES (1)", "INSERT INTO T (ID, NO_SUCH) VALUES (1, 2)",
            "INSERT INTO T (ID, ID) VALUES (1, 2)",
            "UPDATE T SET NO_SUCH = 1", "UPDATE T SET ID = 1, ID = 2",
            "MERGE INTO T USING S ON T.ID = S.ID WHEN NOT MATCHED THEN INSERT (ID, V) VALUES (1)",
            "INSERT INTO T VALUES (1, 'a', 2)",
        ])
    func atomic(_ sql: String) async throws {
        let client = try await client()
        let before = try await rows(client)
        let error = await client.failure(sql)
        #expect(error != nil && error?.code != .internal, "\(String(describing: error))")
        #expect(try await rows(client) == before)
        try await client.run("INSERT INTO T VALUES (100, 'works on')")
    }

    @Test("Views and missing tables are not written to")
    func targets() async throws {
        let client = try await client()
        try await client.run("CREATE VIEW V AS SELECT * FROM T")
        try await client.run("CREATE TEMPORARY VIEW TV AS SELECT * FROM T")
        for sql in [
            "INSERT INTO V VALUES (1, 'x')", "UPDATE V SET ID = 1", "DELETE FROM V", "TRUNCATE TABLE V",
            "DELETE FROM TV",
        ] {
            #expect(await client.failure(sql)?.code == .unsupported, "\(sql)")
        }
        #expect(await client.failure("INSERT INTO TT VALUES (1)")?.code == .notFound)
    }

    @Test("Temporary tables are written like permanent ones")
    func temporary() async throws {
        let client = try await client()
        try await client.run("CREATE TEMPORARY TABLE T AS SELECT * FROM S")
        #expect(try await client.value("UPDATE T SET V = 'x' WHERE ID = 2") == "1")
        #expect(try await client.value("DELETE FROM T WHERE ID = 3") == "1")
        #expect(
            try await client.value(
                "MERGE INTO T USING S ON T.ID = S.ID WHEN NOT MATCHED THEN INSERT VALUES (S.ID, S.V)") == "1")
        #expect(try await rows(client) == ["2 x", "3 C", "4 D"])
        try await client.run("TRUNCATE TABLE T")
        try await client.run("DROP TABLE T")
        #expect(try await rows(client) == ["1 a", "2 b", "3 c"])
    }

    @Test("Writers of several sessions wait for each other: no write is lost", .timeLimit(.minutes(3)))
    func concurrent() async throws {
        let house = try EngineHouse()
        let first = try house.open()
        try await first.run("CREATE TABLE C AS SELECT 0 AS N")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                let client = try house.open()
                group.addTask { for _ in 0..<20 { try await client.run("UPDATE C SET N = N + 1") } }
            }
            try await group.waitForAll()
        }
        #expect(try await first.value("SELECT N FROM C") == "120")
    }
}
