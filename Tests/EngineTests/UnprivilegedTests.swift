import Foundation
import Registry
import Store
import Testing
import Types

@testable import Engine
@testable import SnowflakeSQL

/// Every kind of statement, and every SHOW, by a role that may use ML.PUBLIC and nothing in it: what is hidden and what
/// is not there can't be told apart.
@Suite("An unprivileged role")
struct UnprivilegedTests {
    /// One statement; % stands for HID, the beginning of the names of what is hidden, or for MIS, of what is not there.
    struct Sample: CustomTestStringConvertible, Sendable {
        let sql: String
        /// Whether it is about the session alone, and works.
        let works: Bool
        var testDescription: String { sql }

        init(_ sql: String, works: Bool = false) {
            self.sql = sql
            self.works = works
        }
    }

    static let samples: [Sample] =
        [
            "SELECT * FROM %_T", "SELECT * FROM %_V", "SELECT * FROM ML.%_S.T", "SELECT * FROM %_D.PUBLIC.T",
            "WITH x AS (SELECT * FROM %_T) SELECT * FROM x", "SELECT (SELECT MAX(A) FROM %_T)", "SELECT * FROM @%_ST",
            "SELECT MODEL(%_M)!predict(1)", "SELECT MODEL(%_M, V1)!predict(1)", "SELECT %_M!predict(1)",
            "WITH m AS MODEL %_M VERSION V1 SELECT m!predict(1)",
            "SELECT SYSTEM$GET_TAG('%_G', '%_T', 'TABLE')", "SELECT SYSTEM$GET_TAG('%_G', '%_M', 'MODULE')",
            "SELECT * FROM TABLE(INFER_SCHEMA(LOCATION => '@%_ST', FILE_FORMAT => '%_F'))",
            "SELECT * FROM TABLE(ML.INFORMATION_SCHEMA.TAG_REFERENCES('%_T', 'TABLE'))",
            "EXPLAIN SELECT * FROM %_T", "SHOW VERSIONS IN MODEL %_M ->> SELECT * FROM $1",
            "CREATE MODEL N FROM MODEL %_M", "CREATE MODEL N FROM @%_ST", "CREATE MODEL ML.%_S.N FROM @%_ST",
            "CREATE MODEL N FROM 'snow://model/ML.PUBLIC.%_M/versions/V1'",
            "CREATE OR REPLACE MODEL %_M FROM MODEL %_M",
            "ALTER MODEL %_M SET COMMENT = 'x'", "ALTER MODEL %_M RENAME TO N", "ALTER MODEL %_M DROP VERSION V1",
            "ALTER MODEL %_M VERSION V1 SET ALIAS = a", "ALTER MODEL %_M MODIFY VERSION V1 SET METADATA = '{}'",
            "ALTER MODEL %_M ADD VERSION V2 FROM MODEL %_M", "ALTER MODEL %_M ADD VERSION V2 FROM @%_ST",
            "ALTER MODEL %_M SET DEFAULT_VERSION = V1", "ALTER MODEL %_M SET TAG %_G = 'x'",
            "SHOW VERSIONS IN MODEL %_M", "SHOW FUNCTIONS IN MODEL %_M", "SHOW FUNCTIONS IN MODEL %_M VERSION V1",
            "SHOW TABLES IN SCHEMA ML.%_S", "SHOW TABLES IN DATABASE %_D", "SHOW MODELS IN SCHEMA %_D.PUBLIC",
            "SHOW SCHEMAS IN DATABASE %_D", "SHOW COLUMNS IN TABLE %_T", "SHOW GRANTS ON TABLE %_T",
            "SHOW GRANTS ON MODEL %_M", "SHOW GRANTS ON DATABASE %_D", "SHOW GRANTS ON USER %_U",
            "SHOW GRANTS ON ROLE %_R",
            "SHOW GRANTS ON WAREHOUSE %_W", "SHOW GRANTS TO ROLE %_R", "SHOW GRANTS OF ROLE %_R",
            "SHOW GRANTS TO USER %_U",
            "SHOW FUTURE GRANTS IN SCHEMA ML.%_S", "SHOW FUTURE GRANTS IN DATABASE %_D",
            "SHOW FUTURE GRANTS TO ROLE %_R",
            "SHOW USER PATS FOR USER %_U",
            "DESCRIBE TABLE %_T", "DESCRIBE VIEW %_V", "DESCRIBE USER %_U",
            "CREATE DATABASE %_D", "CREATE DATABASE IF NOT EXISTS %_D", "CREATE OR REPLACE DATABASE %_D",
            "CREATE SCHEMA ML.%_S", "CREATE SCHEMA IF NOT EXISTS ML.%_S", "CREATE SCHEMA %_D.N",
            "CREATE TABLE %_T (A INT)", "CREATE TABLE IF NOT EXISTS %_T (A INT)", "CREATE OR REPLACE TABLE %_T (A INT)",
            "CREATE TABLE ML.%_S.N (A INT)", "CREATE TEMPORARY TABLE N LIKE %_T", "CREATE TEMPORARY TABLE N CLONE %_T",
            "CREATE TEMPORARY TABLE N AS SELECT * FROM %_T", "CREATE VIEW %_V AS SELECT 1 AS A",
            "CREATE TEMPORARY VIEW N AS SELECT * FROM %_T", "CREATE STAGE %_ST", "CREATE FILE FORMAT %_F TYPE = CSV",
            "CREATE TAG %_G", "CREATE WAREHOUSE %_W", "CREATE WAREHOUSE IF NOT EXISTS %_W", "CREATE ROLE %_R",
            "CREATE ROLE IF NOT EXISTS %_R", "CREATE USER %_U", "CREATE USER IF NOT EXISTS %_U",
            "ALTER TABLE %_T ADD COLUMN B INT", "ALTER TABLE %_T RENAME TO N", "ALTER TABLE %_T SET TAG %_G = 'x'",
            "ALTER DATABASE %_D SET COMMENT = 'x'", "ALTER DATABASE %_D RENAME TO N",
            "ALTER SCHEMA ML.%_S SET COMMENT = 'x'",
            "ALTER WAREHOUSE %_W SUSPEND", "ALTER WAREHOUSE %_W SET WAREHOUSE_SIZE = SMALL",
            "ALTER ROLE %_R RENAME TO N",
            "ALTER ROLE %_R SET COMMENT = 'x'", "ALTER USER %_U SET PASSWORD = 'a long password'",
            "ALTER USER %_U SET DISABLED = TRUE", "ALTER USER %_U RENAME TO N", "ALTER USER %_U ADD PAT T",
            "ALTER USER %_U SET COMMENT = 'x'", "ALTER USER %_U REMOVE PAT T", "ALTER USER SET DEFAULT_ROLE = %_R",
            "ALTER USER ADD PAT N ROLE_RESTRICTION = %_R",
            "DROP TABLE %_T", "DROP VIEW %_V", "DROP MODEL %_M", "DROP STAGE %_ST", "DROP FILE FORMAT %_F",
            "DROP TAG %_G",
            "DROP WAREHOUSE %_W", "DROP ROLE %_R", "DROP USER %_U", "DROP SCHEMA ML.%_S", "DROP DATABASE %_D",
            "UNDROP MODEL %_M", "UNDROP TABLE %_T", "UNDROP SCHEMA ML.%_S", "UNDROP DATABASE %_D", "TRUNCATE TABLE %_T",
            "COMMENT ON TABLE %_T IS 'x'", "COMMENT ON MODEL %_M IS 'x'", "COMMENT ON DATABASE %_D IS 'x'",
            "COMMENT ON SCHEMA ML.%_S IS 'x'", "COMMENT ON ROLE %_R IS 'x'", "COMMENT ON USER %_U IS 'x'",
            "GRANT SELECT ON TABLE %_T TO ROLE ALICE", "GRANT USAGE ON MODEL %_M TO ROLE ALICE",
            "GRANT USAGE ON DATABASE %_D TO ROLE ALICE", "GRANT USAGE ON SCHEMA ML.%_S TO ROLE ALICE",
            "GRANT USAGE ON WAREHOUSE %_W TO ROLE ALICE", "GRANT OWNERSHIP ON TABLE %_T TO ROLE ALICE",
            "GRANT USAGE ON ALL MODELS IN SCHEMA ML.%_S TO ROLE ALICE",
            "GRANT USAGE ON FUTURE MODELS IN SCHEMA ML.%_S TO ROLE ALICE",
            "GRANT MONITOR ON USER %_U TO ROLE ALICE", "REVOKE SELECT ON TABLE %_T FROM ROLE PUBLIC",
            "REVOKE USAGE ON FUTURE MODELS IN SCHEMA ML.%_S FROM ROLE ALICE",
            "REVOKE SELECT ON ALL TABLES IN DATABASE %_D FROM ROLE ALICE",
            "GRANT ROLE %_R TO USER ALICE", "GRANT ROLE %_R TO ROLE ALICE", "REVOKE ROLE %_R FROM USER ALICE",
            "USE ROLE %_R", "USE SECONDARY ROLES %_R", "USE DATABASE %_D", "USE SCHEMA ML.%_S", "USE WAREHOUSE %_W",
            "SET X = (SELECT MAX(A) FROM %_T)",
            "PUT 'file:///tmp/x' @%_ST", "PUT 'file:///tmp/x' 'snow://model/ML.PUBLIC.%_M/versions/V1/'",
            "GET @%_ST 'file:///tmp/'", "GET 'snow://model/ML.PUBLIC.%_M/versions/V1/MANIFEST.yml' 'file:///tmp/'",
            "LIST @%_ST", "LIST 'snow://model/ML.PUBLIC.%_M/versions/V1/'", "LIST 'snow://model/ML.%_S.X/versions/V1/'",
            "REMOVE @%_ST", "REMOVE 'snow://model/ML.PUBLIC.%_M/versions/V1/x'",
            "COPY INTO %_T FROM @%_ST", "COPY INTO @%_ST/x FROM %_T", "COPY INTO @%_ST/x FROM (SELECT 1)",
            "INSERT INTO %_T VALUES (1)", "INSERT OVERWRITE INTO %_T SELECT 1", "UPDATE %_T SET A = 1",
            "DELETE FROM %_T", "MERGE INTO %_T t USING (SELECT 1 AS A) s ON t.A = s.A WHEN MATCHED THEN DELETE",
            "ALTER VIEW %_V SET TAG %_G = 'x'", "ALTER STAGE %_ST SET TAG %_G = 'x'",
            "ALTER TAG %_G ADD ALLOWED_VALUES 'x'",
        ].map { Sample($0) }
        + [
            "SELECT 1", "EXPLAIN SELECT 1", "SHOW PARAMETERS", "SHOW GRANTS", "USE ROLE ALICE", "USE ROLE PUBLIC",
            "USE ROLE ALICE", "USE SECONDARY ROLES ALL", "USE SECONDARY ROLES NONE",
            "ALTER SESSION SET QUERY_TAG = 'x'",
            "SET V = 1", "UNSET V", "BEGIN", "ROLLBACK", "BEGIN", "COMMIT", "SHOW USER PATS", "DESCRIBE USER ALICE",
            "ALTER USER SET DEFAULT_NAMESPACE = ML.PUBLIC",
        ].map { Sample($0, works: true) } + [Sample("CALL SYSTEM$X()")]

    private struct Scene {
        let house: EngineHouse
        let admin: Client
        let alice: Client
    }

    /// ML.PUBLIC with one hidden object of each kind, and Alice, who may use the schema.
    private func scene() async throws -> Scene {
        let house = try EngineHouse()
        let admin = try house.open()
        for sql in [
            "CREATE TABLE HID_T AS SELECT 1 AS A", "CREATE VIEW HID_V AS SELECT * FROM HID_T", "CREATE STAGE HID_ST",
            "CREATE FILE FORMAT HID_F TYPE = CSV", "CREATE TAG HID_G", "CREATE WAREHOUSE HID_W", "CREATE ROLE HID_R",
            "CREATE USER HID_U", "ALTER USER HID_U ADD PAT T", "CREATE SCHEMA ML.HID_S",
            "CREATE TABLE ML.HID_S.T AS SELECT 1 AS A", "CREATE DATABASE HID_D", "CREATE TABLE HID_D.PUBLIC.T (A INT)",
            "USE SCHEMA ML.PUBLIC",
        ] { try await admin.run(sql) }
        let schema = try house.registry.findSchema(
            Namespace(name("ML"), name("PUBLIC")), as: EngineHouse.admin)
        try house.catalog.write { tx in
            let owner = try tx.accountObject(.role, name("ACCOUNTADMIN"))?.id
            let id = try tx.createObject(.model, name("HID_M"), in: schema.id, ownerRoleID: owner, now: 1)
            try tx.run("INSERT INTO model (id) VALUES ($1)", [.int(id)])
        }
        return Scene(house: house, admin: admin, alice: try house.open(try house.member("ALICE")))
    }

    @Test("There is a sample for every kind of statement")
    func complete() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Sources/SnowflakeSQL/Statements/Statement.swift")
        let text = try String(contentsOf: file, encoding: .utf8)
        let kinds = Set(text.matches(of: #/(?m)^    case (\w+)/#).map { String($0.output.1) })
        #expect(kinds.count > 40)
        let sampled = try Set(
            Self.samples.map { sample in
                let statement = try StatementParser.parse(sample.sql.replacing("%", with: "HID"))
                return Mirror(reflecting: statement).children.first?.label ?? "\(statement)"
            })
        #expect(kinds.subtracting(sampled).isEmpty, "without a sample: \(kinds.subtracting(sampled).sorted())")
    }

    @Test("What is hidden and what is not there give the same error, and nothing happens")
    func statements() async throws {
        let scene = try await scene()
        let before = try scene.house.catalog.read { try $0.auditRows() }.count
        for sample in Self.samples where !sample.works {
            let hidden = await scene.alice.failure(sample.sql.replacing("%", with: "HID"))
            let missing = await scene.alice.failure(sample.sql.replacing("%", with: "MIS"))
            let asIfHidden = missing?.text.replacing("MIS", with: "HID")
            #expect(hidden != nil && hidden?.code != .internal, "\(sample.sql): \(String(describing: hidden))")
            #expect(hidden?.code == missing?.code, "\(sample.sql): \(String(describing: (hidden, missing)))")
            #expect(hidden?.text == asIfHidden, "\(sample.sql)")
        }
        #expect(try scene.house.catalog.read { try $0.auditRows() }.count == before)
        #expect(try await scene.admin.value("SELECT A FROM HID_T") == "1")
    }

    @Test("What is about the session works")
    func session() async throws {
        let scene = try await scene()
        for sample in Self.samples where sample.works {
            let error = await scene.alice.failure(sample.sql)
            #expect(error == nil, "\(sample.sql): \(String(describing: error))")
        }
    }

    @Test("No list and no pattern tells what is hidden")
    func lists() async throws {
        let scene = try await scene()
        for kind in [
            "MODELS", "TABLES", "VIEWS", "OBJECTS", "STAGES", "FILE FORMATS", "TAGS", "SCHEMAS", "DATABASES",
            "WAREHOUSES", "ROLES", "USERS",
        ] {
            for clause in ["", " LIKE 'HID%'", " LIKE 'hid\\\\_%'", " STARTS WITH 'HID' LIMIT 5"] {
                for place in ["", " IN ACCOUNT"]
                where !(place != "" && ["WAREHOUSES", "ROLES", "USERS"].contains(kind)) {
                    let sql =
                        clause.contains("STARTS") ? "SHOW \(kind)\(place)\(clause)" : "SHOW \(kind)\(clause)\(place)"
                    let rows = try await scene.alice.rows(sql)
                    #expect(!"\(rows)".contains("HID"), "\(sql): \(rows)")
                }
            }
        }
        for view in ["DATABASES", "SCHEMATA", "TABLES", "VIEWS", "COLUMNS", "STAGES"] {
            let rows = try await scene.alice.rows("SELECT * FROM ML.INFORMATION_SCHEMA.\(view)")
            #expect(!"\(rows)".contains("HID"), "\(view): \(rows)")
        }
        for sql in [
            "SHOW GRANTS", "SHOW GRANTS TO ROLE ALICE", "SHOW GRANTS TO USER ALICE", "SHOW GRANTS ON SCHEMA ML.PUBLIC",
        ] {
            #expect(!"\(try await scene.alice.rows(sql))".contains("HID"), "\(sql)")
        }
        #expect(
            try await scene.alice.rows("SELECT * FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())").allSatisfy {
                !"\($0)".contains("HID_R") || "\($0)".contains("ALICE")
            })
    }
}
