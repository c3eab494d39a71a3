import Testing
import Types

@testable import Engine

@Suite("Table functions")
struct TableFunctionTests {
    @Test("Whose role may monitor the account sees everybody's statements, by whatever name the role goes")
    func monitor() async throws {
        let house = try EngineHouse()
        let admin = try house.open()
        let alice = try house.open(try house.member("ALICE"))
        try await admin.run("SELECT 1 AS WATCHED")
        func seen() async throws -> [[String?]] {
            try await alice.rows(
                """
                SELECT USER_NAME FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY()) WHERE QUERY_TEXT LIKE '%WATCHED'
                """)
        }
        #expect(try await seen().isEmpty)
        try await admin.run("GRANT MONITOR ON ACCOUNT TO ROLE ALICE")
        #expect(try await seen() == [["ADMIN"]])
        try await admin.run("REVOKE MONITOR ON ACCOUNT FROM ROLE ALICE")
        #expect(try await seen().isEmpty)
        try await admin.run("GRANT ROLE ACCOUNTADMIN TO ROLE ALICE")
        #expect(try await seen() == [["ADMIN"]])
    }
}
