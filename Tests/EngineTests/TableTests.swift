import DuckDB
import Foundation
import Registry
import Testing
import Types

@testable import Engine

@Suite("Tables and views")
struct TableTests {
    @Test("OR REPLACE replaces, IF NOT EXISTS keeps, neither refuses")
    func modes() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T AS SELECT 1 AS A")
        #expect(await client.failure("CREATE TABLE T (B INT)")?.code == .alreadyExists)
        try await client.run("CREATE TABLE IF NOT EXISTS T (B INT)")
        #expect(try await client.run("SELECT * FROM T").names == ["A"])
        try await client.run("CREATE OR REPLACE TABLE T AS SELECT A + 1 AS B FROM T")
        #expect(try await client.rows("SELECT B FROM T") == [["2"]])
        #expect(await client.failure("CREATE OR REPLACE TABLE T AS SELECT CAST('x' AS INT) AS C") != nil)
        #expect(try await client.rows("SELECT B FROM T") == [["2"]])
        #expect(await client.failure("CREATE OR REPLACE TABLE IF NOT EXISTS T (A INT)")?.code == .syntax)
        // Tables and views share their names.
        #expect(await client.failure("CREATE VIEW T AS SELECT 1 AS A")?.code == .alreadyExists)
        // DuckDB does not tell names apart that differ only in case.
        #expect(await client.failure("CREATE TABLE \"t\" (A INT)")?.code == .alreadyExists)
        try await client.run("DROP TABLE T")
        #expect(await client.failure("DROP TABLE T")?.code == .notFound)
        try await client.run("DROP TABLE IF EXISTS T")
        try await client.run("CREATE VIEW T AS SELECT 1 AS A")
        #expect(try await client.value("SELECT A FROM T") == "1")
    }

    @Test("CTAS, LIKE and CLONE take columns, types and rows from elsewhere")
    func fromElsewhere() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T (A INT NOT NULL, B NUMBER(10,2), C VARCHAR(5))")
        try await client.run("INSERT INTO T VALUES (1, 2.5, 'x')")
        try await client.run("CREATE TABLE L LIKE T")
        try await client.run("CREATE TABLE K CLONE T")
        try await client.run("CREATE TABLE S (X VARCHAR, Y INT) AS SELECT A, B FROM T")
        #expect(try await client.rows("SELECT * FROM L").isEmpty)
        #expect(try await client.rows("SELECT * FROM K") == [["1", "2.50", "x"]])
        #expect(
            try await client.run("SELECT * FROM L").columns.map(\.type)
                == (try await client.run("SELECT * FROM T")).columns.map(\.type))
        #expect(try await client.run("SELECT * FROM S").names == ["X", "Y"])
        #expect(await client.failure("CREATE TABLE W (X INT) AS SELECT 1, 2")?.code == .invalidArgument)
        #expect(await client.failure("CREATE TABLE W (X INT, x INT)")?.code == .invalidArgument)
        #expect(await client.failure("CREATE TABLE W (X INT, \"x\" INT)")?.code == .invalidArgument)
        #expect(await client.failure("CREATE TABLE W AS SELECT 1 AS A, 2 AS A") != nil)
        #expect(await client.failure("SELECT * FROM W")?.code == .notFound)
    }

    @Test("ALTER TABLE changes columns, and the catalog's facts with them")
    func alter() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T (A INT, B VARCHAR)")
        try await client.run("INSERT INTO T VALUES (1, '5')")
        for sql in [
            "ALTER TABLE T ADD COLUMN C INT DEFAULT 3", "ALTER TABLE T ADD COLUMN IF NOT EXISTS C INT",
            "ALTER TABLE T RENAME COLUMN A TO A2",
            "ALTER TABLE T ALTER COLUMN B TYPE INT", "ALTER TABLE T DROP COLUMN IF EXISTS NO_SUCH",
            "ALTER TABLE T ALTER COLUMN A2 SET NOT NULL",
            "ALTER TABLE T RENAME TO U", "ALTER TABLE IF EXISTS NO_SUCH ADD COLUMN X INT",
            "COMMENT ON TABLE U IS 'it''s'",
        ] { try await client.run(sql) }
        #expect(try await client.rows("SELECT A2, B, C FROM U") == [["1", "5", "3"]])
        #expect(
            try await client.rows(
                "SELECT COLUMN_NAME, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS ORDER BY ORDINAL_POSITION") == [
                    ["A2", "NO"], ["B", "YES"], ["C", "YES"],
                ])
        #expect(try await client.value("SELECT COMMENT FROM INFORMATION_SCHEMA.TABLES") == "it's")
        #expect(await client.failure("INSERT INTO U VALUES (NULL, 1, 1)")?.code == .constraintViolation)
        for sql in [
            "ALTER TABLE U DROP COLUMN NO_SUCH", "ALTER TABLE U ADD COLUMN B INT", "ALTER TABLE U RENAME COLUMN B TO C",
            "ALTER TABLE NO_SUCH RENAME TO X",
            "ALTER TABLE U ADD COLUMN N INT NOT NULL",
        ] {
            let error = await client.failure(sql)
            #expect(error != nil && error?.code != .internal, "\(sql): \(String(describing: error))")
        }
        #expect(try await client.run("SELECT * FROM U").names == ["A2", "B", "C"])
    }

    @Test("A view reads with its owner's rights, and only what it shows")
    func ownersRights() async throws {
        let house = try EngineHouse()
        let admin = try house.open()
        let alice = try house.open(try house.member("ALICE"))
        for sql in [
            "CREATE TABLE T AS SELECT column1 AS A, column2 AS SECRET FROM VALUES (1, 'x'), (2, 'y')",
            "CREATE VIEW V AS SELECT A FROM T WHERE A > 1", "CREATE VIEW VV (B) AS SELECT A * 10 FROM V",
            "CREATE SCHEMA HIDDEN", "CREATE TABLE HIDDEN.T AS SELECT 'no' AS A", "USE SCHEMA PUBLIC",
            "GRANT SELECT ON VIEW VV TO ROLE ALICE",
        ] { try await admin.run(sql) }
        #expect(try await alice.rows("SELECT * FROM VV") == [["20"]])
        #expect(await alice.failure("SELECT * FROM V")?.code == .notFound)
        #expect(await alice.failure("SELECT * FROM T")?.code == .notFound)
        #expect(await alice.failure("SELECT SECRET FROM VV")?.code == .unknownColumn)
        // Names in a view are those of its own schema, whatever the reader's session says.
        try await admin.run("USE SCHEMA HIDDEN")
        #expect(try await admin.rows("SELECT * FROM PUBLIC.VV") == [["20"]])
        // When the owner loses the table, the view has nothing to read.
        try await admin.run("DROP TABLE PUBLIC.T")
        #expect(await alice.failure("SELECT * FROM VV") != nil)
    }

    @Test("A view can't be made of a reader's variables or bound values")
    func viewIsClosed() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T AS SELECT 1 AS A")
        try await client.run("SET N = 'T'")
        #expect(await client.failure("CREATE VIEW V AS SELECT ? AS A", ["1"]) != nil)
        #expect(await client.failure("CREATE VIEW V AS SELECT * FROM IDENTIFIER($N)") != nil)
    }

    @Test("Views in views end somewhere, and a view in itself is refused")
    func depth() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE VIEW V0 AS SELECT 1 AS A")
        for index in 1...20 { try await client.run("CREATE VIEW V\(index) AS SELECT A FROM V\(index - 1)") }
        #expect(try await client.value("SELECT A FROM V20") == "1")
        try await client.run("CREATE VIEW R AS SELECT A FROM V0")
        _ = await client.failure("CREATE OR REPLACE VIEW V0 AS SELECT A FROM V20")
        let error = await client.failure("SELECT A FROM V20")
        #expect(error == nil || error?.code == .limitExceeded, "\(String(describing: error))")
    }

    @Test("At the next start, drafts are dropped, rows without table forgotten, and the rest is there")
    func reconcile() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        do {
            let house = try EngineHouse(in: folder)
            let client = try house.open()
            try await client.run("CREATE TABLE T AS SELECT 1 AS A")
            try await client.run("CREATE VIEW V AS SELECT A FROM T")
            // What a crash in the middle of CREATE TABLE leaves.
            try house.engine.databases.withService { connection in
                try connection.execute("CREATE TABLE \"ML\".\"PUBLIC\".\"roost_draft_1\" (a INT)")
                try connection.execute("CREATE TABLE \"ML\".\"PUBLIC\".\"STRAY\" (a INT)")
            }
            _ = try house.registry.createTable(
                .table, ObjectName(name("ML"), name("PUBLIC"), name("GHOST")), as: EngineHouse.admin)
            try await client.run("CREATE TEMPORARY TABLE TEMP_T (A INT)")
            // Copied as a crash would leave it: nothing is closed.
            try FileManager.default.copyItem(at: folder, to: copy)
        }
        let client = try EngineHouse(in: copy).open()
        #expect(try await client.rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES ORDER BY 1") == [["T"], ["V"]])
        #expect(try await client.rows("SELECT A FROM V") == [["1"]])
        for name in ["STRAY", "GHOST", "\"roost_draft_1\""] {
            #expect(await client.failure("SELECT * FROM \(name)")?.code == .notFound)
            try await client.run("CREATE TABLE \(name) (A INT)")
            try await client.run("SELECT * FROM \(name)")
        }
    }

    @Test("Databases and schemas come and go with their tables")
    func containers() async throws {
        let client = try EngineHouse().open()
        for sql in [
            "CREATE DATABASE D1", "CREATE SCHEMA D1.S", "CREATE TABLE D1.S.T AS SELECT 1 AS A",
            "CREATE OR REPLACE SCHEMA D1.S",
        ] { try await client.run(sql) }
        #expect(await client.failure("SELECT * FROM D1.S.T")?.code == .notFound)
        try await client.run("CREATE TABLE D1.S.T AS SELECT 2 AS A")
        #expect(try await client.value("SELECT A FROM D1.S.T") == "2")
        try await client.run("CREATE OR REPLACE DATABASE D1")
        #expect(await client.failure("SELECT * FROM D1.S.T")?.code == .notFound)
        try await client.run("CREATE TABLE D1.PUBLIC.T AS SELECT 3 AS A")
        try await client.run("DROP DATABASE D1")
        #expect(await client.failure("SELECT * FROM D1.PUBLIC.T")?.code == .notFound)
        // Names that DuckDB keeps for itself are names like any other.
        for name in ["TEMP", "SYSTEM", "MEMORY", "MAIN"] {
            try await client.run("CREATE DATABASE \(name)")
            try await client.run("CREATE TABLE \(name).PUBLIC.T AS SELECT '\(name)' AS A")
            #expect(try await client.value("SELECT A FROM \(name).PUBLIC.T") == name)
            #expect(try await client.value("SELECT T.A FROM \(name).PUBLIC.T") == name)
            try await client.run("INSERT INTO \(name).PUBLIC.T VALUES ('more')")
            try await client.run("CREATE SCHEMA \(name).MAIN")
            try await client.run("DROP DATABASE \(name)")
        }
    }
}
