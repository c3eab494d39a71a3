import Engine
import Foundation
import Hummingbird
import Testing
import Types

@testable import Snowflake

/// Every route of the door, by nobody and by somebody else.
@Suite("Routes without the right session")
struct UnauthenticatedTests {
    private static let login = "/session/v1/login-request"

    /// The route's address, about a query.
    private static func address(_ path: String, _ queryID: String) -> String {
        let filled = path.replacing("{id}", with: queryID).replacing(":id", with: queryID)
        return filled == "/session" ? "/session?delete=true" : filled
    }

    @Test("Every route but the login wants a session that is open, and tells nothing without one")
    func nobody() async throws {
        let house = try DoorHouse()
        #expect(house.routes.count >= 10 && house.routes.contains { $0.path == Self.login })
        try await house.test { wire in
            let open = try await wire.tokens()
            let run = try await wire.query("SELECT 'hidden words'", open.session)
            let id = try #require(run.data("queryId")?.text)
            let ended = try await wire.tokens()
            _ = try await wire.send("/session?delete=true", token: ended.session)
            for route in house.routes where route.path != Self.login {
                let renews = route.path == "/session/token-request"
                let bad = [nil, "", "None", "rubbish", ended.session, renews ? open.session : open.master]
                for token in bad {
                    let answer = try await wire.send(
                        Self.address(route.path, id), #"{"sqlText":"SELECT 1","requestId":"r","oldSessionToken":"x"}"#,
                        token: token, method: route.method)
                    #expect(!answer.succeeded, "\(route.path) with \(token ?? "nothing")")
                    #expect(answer.code.hasPrefix("3901"), "\(route.path): \(answer.json)")
                    #expect(!answer.json.contains("hidden words"), "\(route.path)")
                }
            }
            #expect(try await wire.query("SELECT 1", open.session).succeeded, "the session is still there")
        }
    }

    @Test("Another user's query does not exist, whatever route is taken to it")
    func stranger() async throws {
        let house = try DoorHouse()
        try await house.test { wire in
            let admin = try await wire.tokens().session
            let password = "a long password of hers"
            #expect(try await wire.query("CREATE USER EVE PASSWORD = '\(password)'", admin).succeeded)
            let eve = try #require(try await wire.login("EVE", password)["data"]).name("token")
            let run = try await wire.query("SELECT 'hidden words'", admin)
            let id = try #require(run.data("queryId")?.text)
            let routes = house.routes.filter { $0.path.contains("id") }
            #expect(routes.count == 3)
            for route in routes {
                let theirs = try await wire.send(Self.address(route.path, id), token: eve, method: route.method)
                let missing = try await wire.send(
                    Self.address(route.path, "00000000-0000-0000-0000-000000000000"), token: eve, method: route.method)
                #expect(!theirs.succeeded && theirs.code == "002003", "\(route.path): \(theirs.json)")
                #expect(
                    theirs.json.replacing(id, with: "x")
                        == missing.json.replacing("00000000-0000-0000-0000-000000000000", with: "x"))
            }
            for sql in [
                "SELECT * FROM TABLE(RESULT_SCAN('\(id)'))", "SELECT SYSTEM$CANCEL_QUERY('\(id)')",
                "DESCRIBE RESULT '\(id)'",
            ] {
                let answer = try await wire.query(sql, eve)
                #expect(!answer.succeeded && answer.code == "002003", "\(sql): \(answer.json)")
            }
        }
    }
}
