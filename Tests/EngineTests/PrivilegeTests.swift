import Foundation
import Testing
import Types

@testable import Engine

/// What each family of statements needs, and that without it an object is as good as missing.
@Suite("Privileges of statements")
struct PrivilegeTests {
    /// One statement, what it needs, and what does not suffice.
    struct Need: CustomTestStringConvertible, Sendable {
        let sql: String
        let grants: [String]
        var testDescription: String { sql }

        init(_ sql: String, _ grants: String...) {
            self.sql = sql
            self.grants = grants
        }
    }

    static let needs = [
        Need("SELECT * FROM T", "SELECT ON TABLE T"),
        Need("SELECT 1 WHERE EXISTS (SELECT * FROM T)", "SELECT ON TABLE T"),
        Need("INSERT INTO T VALUES (5)", "INSERT ON TABLE T"),
        Need("INSERT INTO T SELECT A FROM U", "INSERT ON TABLE T", "SELECT ON TABLE U"),
        Need("INSERT OVERWRITE INTO T VALUES (5)", "INSERT ON TABLE T", "DELETE ON TABLE T"),
        Need("UPDATE T SET A = 1", "UPDATE ON TABLE T", "SELECT ON TABLE T"),
        Need("UPDATE T SET A = U.A FROM U", "UPDATE ON TABLE T", "SELECT ON TABLE T", "SELECT ON TABLE U"),
        Need("DELETE FROM T WHERE A = 1", "DELETE ON TABLE T", "SELECT ON TABLE T"),
        Need("TRUNCATE TABLE T", "TRUNCATE ON TABLE T"),
        Need(
            "MERGE INTO T USING U ON T.A = U.A WHEN MATCHED THEN UPDATE SET A = 1", "UPDATE ON TABLE T",
            "SELECT ON TABLE T",
            "SELECT ON TABLE U"),
        Need(
            "MERGE INTO T USING U ON T.A = U.A WHEN MATCHED THEN DELETE", "DELETE ON TABLE T", "SELECT ON TABLE T",
            "SELECT ON TABLE U"),
        Need(
            "MERGE INTO T USING U ON T.A = U.A WHEN NOT MATCHED THEN INSERT VALUES (1)", "INSERT ON TABLE T",
            "SELECT ON TABLE T",
            "SELECT ON TABLE U"),
        Need("CREATE TABLE X AS SELECT * FROM T", "CREATE TABLE ON SCHEMA PUBLIC", "SELECT ON TABLE T"),
        Need("CREATE TABLE X LIKE T", "CREATE TABLE ON SCHEMA PUBLIC", "SELECT ON TABLE T"),
        Need("CREATE TABLE X CLONE T", "CREATE TABLE ON SCHEMA PUBLIC", "SELECT ON TABLE T"),
        Need("CREATE TEMPORARY TABLE X AS SELECT * FROM T", "SELECT ON TABLE T"),
        Need("CREATE TEMPORARY VIEW X AS SELECT * FROM T", "SELECT ON TABLE T"),
        Need("CREATE VIEW X AS SELECT * FROM T", "CREATE VIEW ON SCHEMA PUBLIC", "SELECT ON TABLE T"),
        Need("ALTER TABLE T ADD COLUMN B INT", "OWNERSHIP ON TABLE T"),
        Need("ALTER TABLE T RENAME TO X", "OWNERSHIP ON TABLE T"),
        Need("DROP TABLE T", "OWNERSHIP ON TABLE T"),
        Need("COMMENT ON TABLE T IS 'x'", "OWNERSHIP ON TABLE T"),
        Need("CREATE STAGE X", "CREATE STAGE ON SCHEMA PUBLIC"),
        Need("LIST @ST", "READ ON STAGE ST"),
        Need("COPY INTO @ST/x FROM T", "READ ON STAGE ST", "WRITE ON STAGE ST", "SELECT ON TABLE T"),
        Need("REMOVE @ST/none", "WRITE ON STAGE ST"),
        Need("CREATE SCHEMA ML.X", "CREATE SCHEMA ON DATABASE ML"),
        Need("CREATE DATABASE X", "CREATE DATABASE ON ACCOUNT"),
        Need("CREATE ROLE X", "CREATE ROLE ON ACCOUNT"),
        Need("CREATE USER X", "CREATE USER ON ACCOUNT"),
        Need("CREATE WAREHOUSE X", "CREATE WAREHOUSE ON ACCOUNT"),
        Need("CREATE TAG X", "CREATE TAG ON SCHEMA PUBLIC"),
        Need("CREATE FILE FORMAT X TYPE = CSV", "CREATE FILE FORMAT ON SCHEMA PUBLIC"),
        Need("SELECT * FROM V", "SELECT ON VIEW V"),
        Need("CREATE OR REPLACE VIEW V AS SELECT 2 AS A", "OWNERSHIP ON VIEW V", "CREATE VIEW ON SCHEMA PUBLIC"),
        Need("DROP VIEW V", "OWNERSHIP ON VIEW V"),
        Need("DROP STAGE ST", "OWNERSHIP ON STAGE ST"),
        Need("DROP FILE FORMAT F", "OWNERSHIP ON FILE FORMAT F"),
        Need("DROP TAG G", "OWNERSHIP ON TAG G"),
        Need("USE WAREHOUSE W", "USAGE ON WAREHOUSE W"),
        Need("ALTER WAREHOUSE W SUSPEND", "OPERATE ON WAREHOUSE W"),
        Need("ALTER WAREHOUSE W SET WAREHOUSE_SIZE = SMALL", "MODIFY ON WAREHOUSE W"),
        Need("DROP WAREHOUSE W", "OWNERSHIP ON WAREHOUSE W"),
        Need("USE SCHEMA ML.S", "USAGE ON SCHEMA ML.S"),
        Need("ALTER SCHEMA ML.S SET COMMENT = 'x'", "MODIFY ON SCHEMA ML.S"),
        Need("DROP SCHEMA ML.S", "OWNERSHIP ON SCHEMA ML.S"),
        Need("USE DATABASE D", "USAGE ON DATABASE D"),
        Need("ALTER DATABASE D SET COMMENT = 'x'", "MODIFY ON DATABASE D"),
        Need("DROP DATABASE D", "OWNERSHIP ON DATABASE D"),
        Need("DESCRIBE USER B", "MONITOR ON USER B"),
        Need("ALTER USER B SET COMMENT = 'x'", "OWNERSHIP ON USER B"),
        Need("ALTER USER B SET PASSWORD = 'a long password'", "OWNERSHIP ON USER B"),
        Need("ALTER USER B ADD PAT P", "MODIFY PROGRAMMATIC AUTHENTICATION METHODS ON USER B"),
        Need("SHOW USER PATS FOR USER B", "MODIFY PROGRAMMATIC AUTHENTICATION METHODS ON USER B"),
        Need("ALTER USER B UNSET RSA_PUBLIC_KEY", "MODIFY PROGRAMMATIC AUTHENTICATION METHODS ON USER B"),
        Need("DROP USER B", "OWNERSHIP ON USER B"),
        Need("ALTER ROLE R SET COMMENT = 'x'", "OWNERSHIP ON ROLE R"),
        Need("GRANT ROLE R TO USER ALICE", "OWNERSHIP ON ROLE R"),
        Need("GRANT ROLE R TO USER B", "MANAGE GRANTS ON ACCOUNT"),
        Need("DROP ROLE R", "OWNERSHIP ON ROLE R"),
        Need("SHOW GRANTS OF ROLE R", "MANAGE GRANTS ON ACCOUNT"),
        Need("GRANT SELECT ON TABLE T TO ROLE PUBLIC", "OWNERSHIP ON TABLE T"),
        Need("GRANT SELECT ON TABLE T TO ROLE PUBLIC", "SELECT ON TABLE T WITH GRANT OPTION"),
        Need("GRANT SELECT ON FUTURE TABLES IN SCHEMA PUBLIC TO ROLE PUBLIC", "MANAGE GRANTS ON ACCOUNT"),
        Need("REVOKE SELECT ON FUTURE TABLES IN SCHEMA PUBLIC FROM ROLE PUBLIC", "MANAGE GRANTS ON ACCOUNT"),
        Need("GRANT OWNERSHIP ON TABLE T TO ROLE PUBLIC", "MANAGE GRANTS ON ACCOUNT"),
        Need("SHOW GRANTS ON TABLE T", "REFERENCES ON TABLE T"),
        Need("DESCRIBE TABLE T", "REFERENCES ON TABLE T"),
    ]

    private func scene() async throws -> (admin: Client, alice: Client) {
        let house = try EngineHouse()
        let admin = try house.open()
        for sql in [
            "CREATE TABLE T AS SELECT 1 AS A", "CREATE TABLE U AS SELECT 1 AS A", "CREATE STAGE ST",
            "CREATE VIEW V AS SELECT A FROM T", "CREATE FILE FORMAT F TYPE = CSV", "CREATE TAG G", "CREATE WAREHOUSE W",
            "CREATE SCHEMA ML.S", "CREATE DATABASE D", "USE SCHEMA ML.PUBLIC", "CREATE ROLE R", "CREATE USER B",
        ] { try await admin.run(sql) }
        return (admin, try house.open(try house.member("ALICE")))
    }

    /// `SELECT ON TABLE T WITH GRANT OPTION` as a GRANT to Alice.
    private static func statement(_ grant: String) -> String {
        let option = " WITH GRANT OPTION"
        return grant.hasSuffix(option)
            ? "GRANT \(grant.dropLast(option.count)) TO ROLE ALICE\(option)" : "GRANT \(grant) TO ROLE ALICE"
    }

    private func isRefusal(_ error: RegistryError?) -> Bool {
        [.notFound, .permissionDenied].contains(error?.code ?? .internal)
    }

    @Test("Each statement needs every one of its privileges, and no more than those", arguments: needs)
    func least(_ need: Need) async throws {
        var (admin, alice) = try await scene()
        for left in need.grants.indices {
            // What failed has changed nothing: with one grant the scene is still fresh.
            if left > 0 { (admin, alice) = try await scene() }
            for (index, grant) in need.grants.enumerated() where index != left {
                try await admin.run(Self.statement(grant))
            }
            let error = await alice.failure(need.sql)
            #expect(isRefusal(error), "without \(need.grants[left]): \(String(describing: error))")
        }
        try await admin.run(Self.statement(need.grants[need.grants.count - 1]))
        let error = await alice.failure(need.sql)
        #expect(error == nil, "\(String(describing: error))")
    }

    @Test("A user without grants sees nothing: a hidden object and a missing one give the same error")
    func hidden() async throws {
        let (_, alice) = try await scene()
        for sql in [
            "SELECT * FROM %", "INSERT INTO % VALUES (1)", "UPDATE % SET A = 1", "DELETE FROM %", "TRUNCATE TABLE %",
            "DROP TABLE %",
            "ALTER TABLE % ADD COLUMN B INT", "DESCRIBE TABLE %", "ALTER TABLE % RENAME TO X",
            "COMMENT ON TABLE % IS 'x'",
            "CREATE TEMPORARY TABLE X LIKE %",
            "MERGE INTO % t USING (SELECT 1 AS A) s ON t.A = s.A WHEN MATCHED THEN DELETE",
            "GRANT SELECT ON TABLE % TO ROLE PUBLIC", "SHOW GRANTS ON TABLE %", "DESCRIBE VIEW %", "DROP VIEW %",
            "LIST @%", "REMOVE @%", "DROP STAGE %",
            "COPY INTO @%/x FROM (SELECT 1)", "SELECT $1 FROM @%",
        ] {
            let isStage = sql.contains("@") || sql.contains("STAGE")
            let hidden = await alice.failure(sql.replacing("%", with: isStage ? "ST" : "T"))
            let missing = await alice.failure(sql.replacing("%", with: isStage ? "SX" : "TX"))
            #expect(
                hidden?.code == .notFound || hidden?.code == .permissionDenied, "\(sql): \(String(describing: hidden))")
            #expect(
                hidden?.code == missing?.code,
                "\(sql): \(String(describing: hidden)) and \(String(describing: missing))")
            let shown = missing?.text.replacing("SX", with: "ST").replacing("TX", with: "T")
            #expect(hidden?.text == shown, "\(sql)")
        }
        for sql in [
            "SHOW TABLES", "SHOW VIEWS", "SHOW STAGES", "SELECT * FROM INFORMATION_SCHEMA.TABLES",
            "SELECT * FROM INFORMATION_SCHEMA.COLUMNS",
            "SELECT * FROM INFORMATION_SCHEMA.STAGES", "SHOW TABLES IN ACCOUNT", "SHOW MODELS IN ACCOUNT",
        ] { #expect(try await alice.rows(sql).isEmpty, "\(sql)") }
    }

    @Test("A hidden schema can't be reached by another case of its name")
    func twins() async throws {
        let (admin, alice) = try await scene()
        try await admin.run("CREATE SCHEMA ML.HIDDEN")
        try await admin.run("CREATE TABLE ML.HIDDEN.T AS SELECT 1 AS A")
        try await admin.run("GRANT CREATE SCHEMA ON DATABASE ML TO ROLE ALICE")
        for create in ["CREATE SCHEMA", "CREATE OR REPLACE SCHEMA", "CREATE SCHEMA IF NOT EXISTS"] {
            let error = await alice.failure("\(create) ML.\"hidden\"")
            #expect(error?.code == .alreadyExists, "\(create): \(String(describing: error))")
            #expect(error?.text.contains("HIDDEN") == false)
        }
        #expect(try await admin.value("SELECT A FROM ML.HIDDEN.T") == "1")
    }

    @Test("Without USAGE on database and schema, a privilege on the table is of no use")
    func usage() async throws {
        let house = try EngineHouse()
        let admin = try house.open()
        try await admin.run("CREATE TABLE T AS SELECT 1 AS A")
        let bob = try house.open(try house.member("BOB", usage: false))
        try await admin.run("GRANT SELECT ON TABLE T TO ROLE BOB")
        #expect(await bob.failure("SELECT * FROM ML.PUBLIC.T")?.code == .notFound)
        try await admin.run("GRANT USAGE ON DATABASE ML TO ROLE BOB")
        #expect(await bob.failure("SELECT * FROM ML.PUBLIC.T")?.code == .notFound)
        try await admin.run("GRANT USAGE ON SCHEMA ML.PUBLIC TO ROLE BOB")
        #expect(try await bob.value("SELECT A FROM ML.PUBLIC.T") == "1")
        try await admin.run("REVOKE SELECT ON TABLE T FROM ROLE BOB")
        #expect(await bob.failure("SELECT * FROM ML.PUBLIC.T")?.code == .notFound)
    }

    @Test("What a session may do follows its role of the moment")
    func roles() async throws {
        let house = try EngineHouse()
        let admin = try house.open()
        try await admin.run("CREATE TABLE T AS SELECT 1 AS A")
        try await admin.run("CREATE ROLE READER")
        let alice = try house.open(try house.member("ALICE"))
        for sql in [
            "GRANT USAGE ON DATABASE ML TO ROLE READER", "GRANT USAGE ON SCHEMA ML.PUBLIC TO ROLE READER",
            "GRANT SELECT ON TABLE T TO ROLE READER",
        ] { try await admin.run(sql) }
        #expect(await alice.failure("USE ROLE READER")?.code == .notFound)
        try await admin.run("GRANT ROLE READER TO USER ALICE")
        #expect(await alice.failure("SELECT * FROM T") != nil)
        try await alice.run("USE ROLE READER")
        #expect(try await alice.value("SELECT A FROM T") == "1")
        try await alice.run("USE ROLE ALICE")
        #expect(await alice.failure("SELECT * FROM T") != nil)
    }
}
