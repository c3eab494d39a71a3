import Testing
import Types

@testable import Engine

@Suite("SHOW and DESCRIBE")
struct ShowTests {
    /// What makes three objects of a kind, in order of their names, and what SHOW calls the kind.
    struct Kind: Sendable, CustomTestStringConvertible {
        let shown: String
        let create: String
        var testDescription: String { shown }
    }

    static let kinds = [
        Kind(shown: "DATABASES", create: "CREATE DATABASE #"), Kind(shown: "SCHEMAS IN DATABASE ML", create: "CREATE SCHEMA ML.#"),
        Kind(shown: "TABLES IN SCHEMA ML.PUBLIC", create: "CREATE TABLE ML.PUBLIC.# (A INT)"),
        Kind(shown: "VIEWS IN SCHEMA ML.PUBLIC", create: "CREATE VIEW ML.PUBLIC.# AS SELECT 1 AS A"),
        Kind(shown: "OBJECTS IN SCHEMA ML.PUBLIC", create: "CREATE TABLE ML.PUBLIC.# (A INT)"),
        Kind(shown: "STAGES IN DATABASE ML", create: "CREATE STAGE ML.PUBLIC.#"),
        Kind(shown: "FILE FORMATS IN ACCOUNT", create: "CREATE FILE FORMAT ML.PUBLIC.# TYPE = CSV"),
        Kind(shown: "TAGS IN ACCOUNT", create: "CREATE TAG ML.PUBLIC.#"),
        Kind(shown: "WAREHOUSES", create: "CREATE WAREHOUSE #"), Kind(shown: "ROLES", create: "CREATE ROLE #"),
        Kind(shown: "USERS", create: "CREATE USER #"),
    ]

    @Test("Every SHOW knows LIKE, STARTS WITH, LIMIT and FROM", arguments: kinds)
    func filters(kind: Kind) async throws {
        let client = try EngineHouse().open()
        for name in ["ZZ_A", "ZZ_B", "ZZ_C"] {
            try await client.run(kind.create.replacing("#", with: name))
            try await client.run("USE SCHEMA ML.PUBLIC")
        }
        func names(_ clause: String) async throws -> [String?] {
            try await client.rows("SHOW \(kind.shown) \(clause) ->> SELECT \"name\" FROM $1").map { $0[0] }
        }
        #expect(try await names("LIKE 'zz_%'") == ["ZZ_A", "ZZ_B", "ZZ_C"])
        #expect(try await names("LIKE 'ZZ_B'") == ["ZZ_B"])
        #expect(try await names("STARTS WITH 'ZZ_'") == ["ZZ_A", "ZZ_B", "ZZ_C"])
        #expect(try await names("STARTS WITH 'zz_'").isEmpty)
        #expect(try await names("LIKE 'zz%' LIMIT 2") == ["ZZ_A", "ZZ_B"])
        #expect(try await names("STARTS WITH 'ZZ' LIMIT 2 FROM 'ZZ_A'") == ["ZZ_B", "ZZ_C"])
        #expect(try await names("LIKE 'zz%' LIMIT 0").isEmpty)
    }

    @Test("TERSE leaves five columns, HISTORY adds one")
    func terse() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T (A INT)")
        let terse = try await client.run("SHOW TERSE TABLES")
        #expect(terse.names == ["created_on", "name", "kind", "database_name", "schema_name"])
        #expect(terse.rows[0].dropFirst() == ["T", "TABLE", "ML", "PUBLIC"])
        #expect(try await client.run("SHOW TERSE VIEWS").names == terse.names)
        #expect(try await client.run("SHOW TERSE DATABASES").rows[0].dropFirst() == ["ML", "STANDARD", nil, nil])
        for kind in ["TABLES", "SCHEMAS", "DATABASES", "MODELS"] {
            #expect(try await client.run("SHOW \(kind) HISTORY").names.last == "dropped_on")
        }
    }

    @Test("Temporary tables stand in their place, also under a limit")
    func temporaries() async throws {
        let client = try EngineHouse().open()
        for name in ["A", "C"] { try await client.run("CREATE TABLE \(name) (X INT)") }
        try await client.run("CREATE TEMPORARY TABLE B (X INT)")
        let rows = try await client.rows("SHOW TABLES LIMIT 2 ->> SELECT \"name\", \"kind\" FROM $1")
        #expect(rows == [["A", "TABLE"], ["B", "TEMPORARY"]])
        #expect(try await client.rows("SHOW TABLES ->> SELECT \"name\" FROM $1").map { $0[0] } == ["A", "B", "C"])
    }

    @Test("DESCRIBE of containers, stages and file formats")
    func describe() async throws {
        let client = try EngineHouse().open()
        try await client.run("CREATE TABLE T (A INT)")
        try await client.run("CREATE VIEW V AS SELECT 1 AS A")
        try await client.run("CREATE STAGE S FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)")
        try await client.run("CREATE FILE FORMAT F TYPE = JSON")
        #expect(
            try await client.rows("DESCRIBE SCHEMA ML.PUBLIC").map { $0.dropFirst() }
                == [["T", "TABLE"], ["V", "VIEW"], ["S", "STAGE"], ["F", "FILE FORMAT"]])
        #expect(
            try await client.rows("DESC DATABASE ML").map { $0.dropFirst() } == [["PUBLIC", "SCHEMA"], ["REGISTRY", "SCHEMA"]])
        #expect(
            try await client.rows("DESCRIBE STAGE S").map { $0.prefix(4).map { $0 ?? "" } } == [
                ["STAGE_FILE_FORMAT", "TYPE", "String", "CSV"], ["STAGE_FILE_FORMAT", "SKIP_HEADER", "String", "1"],
                ["STAGE_LOCATION", "URL", "String", ""],
            ])
        #expect(try await client.rows("DESCRIBE FILE FORMAT F").map { $0[2] } == ["JSON"])
        for sql in ["DESCRIBE SCHEMA ML.NOPE", "DESCRIBE STAGE NOPE", "DESCRIBE MODEL NOPE", "DESCRIBE WAREHOUSE NOPE"] {
            #expect(await client.failure(sql)?.code == .notFound)
        }
        #expect(await client.failure("DESCRIBE TAG X")?.code == .unsupported)
    }
}
