import Engine
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
import Types

@testable import Snowflake

@Suite("Routes of the protocol", .timeLimit(.minutes(5)))
struct RouteTests {
    @Test("A login gives tokens, parameters and the session's place")
    func login() async throws {
        try await DoorHouse().test { wire in
            let answer = try await wire.login(
                more: #","SESSION_PARAMETERS":{"QUERY_TAG":"x","TIMEZONE":"no","AUTOCOMMIT":false}"#)
            #expect(answer.succeeded && answer["code"] == .null)
            let data = try #require(answer["data"])
            #expect(
                !data.name("token").isEmpty && !data.name("masterToken").isEmpty
                    && data.name("token") != data.name("masterToken"))
            #expect(data["validityInSeconds"] == .number("60") && data["masterValidityInSeconds"] == .number("600"))
            #expect(
                data["sessionInfo"]?.name("databaseName") == "ML" && data["sessionInfo"]?.name("schemaName") == "PUBLIC"
            )
            #expect(data["sessionInfo"]?.name("roleName") == "ACCOUNTADMIN" && data.name("displayUserName") == "ADMIN")
            let parameters = data["parameters"]?.elements ?? []
            #expect(parameters.contains { $0.name("name") == "AUTOCOMMIT" && $0["value"] == .bool(false) })
            #expect(parameters.contains { $0.name("name") == "TIMEZONE" && $0.name("value") == "UTC" })
        }
    }

    @Test("Wrong credentials, unknown users and unknown authenticators are refused alike")
    func badLogins() async throws {
        try await DoorHouse().test { wire in
            let wrong = try await wire.login("ADMIN", "wrong")
            let unknown = try await wire.login("NOBODY", "wrong")
            #expect(
                !wrong.succeeded && wrong.code == "390100" && wrong.message == unknown.message
                    && unknown.code == "390100")
            let empty = try await wire.send("/session/v1/login-request", "{}")
            #expect(!empty.succeeded && empty.code == "390100")
            for (authenticator, code) in [
                ("EXTERNALBROWSER", "390100"), ("", "390100"), ("SNOWFLAKE_JWT", "394306"), ("OAUTH", "390303"),
                ("PROGRAMMATIC_ACCESS_TOKEN", "394400"), ("x\\\"y", "390100"),
            ] {
                let answer = try await wire.login(more: #","AUTHENTICATOR":"\#(authenticator)","TOKEN":"x""#)
                #expect(!answer.succeeded && answer.code == code, "\(authenticator): \(answer.json)")
            }
            let role = try await wire.login(query: "?roleName=NO_SUCH")
            #expect(!role.succeeded)
            // A database that is not there is no reason to refuse: statements say so.
            #expect(try await wire.login(query: "?databaseName=NO_SUCH").succeeded)
            #expect(try await wire.login("admin").succeeded)
        }
    }

    @Test("A query gives rows and their types, as JSON or as Arrow")
    func query() async throws {
        try await DoorHouse().test { wire in
            let token = try await wire.tokens().session
            let arrow = try await wire.query("SELECT 1 AS A, 'x' AS B", token)
            #expect(arrow.succeeded && arrow.data("queryResultFormat") == .string("arrow"))
            #expect(arrow.data("rowsetBase64")?.text?.isEmpty == false && arrow.data("total") == .number("1"))
            try await _ = wire.query("ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'JSON'", token)
            let json = try await wire.query("SELECT 1 AS A, 'x' AS B", token)
            #expect(json.data("rowset")?.json == #"[["1","x"]]"#)
            #expect(
                json.data("rowtype")?.elements.map { $0.name("name") + " " + $0.name("type") } == ["A fixed", "B text"])
            #expect(
                json.data("statementTypeId") == .number("4096") && json.data("finalSchemaName") == .string("PUBLIC"))
            let status = try await wire.query("USE SCHEMA ML.REGISTRY", token)
            #expect(status.data("finalSchemaName") == .string("REGISTRY"))
            let column = try await wire.query("SELECT 1 AS A,\n       NO_SUCH FROM VALUES (1)", token)
            #expect(!column.succeeded && column.code == "000904")
            #expect(column.data("line") == .number("2") && column.data("pos") == .number("7"))
            let error = try await wire.query("SELECT *\nFROM NO_SUCH", token)
            #expect(!error.succeeded && error.code == "002003")
            #expect(error.data("sqlState") == .string("02000") && error.message.hasPrefix("SQL compilation error:\n"))
        }
    }

    @Test("A request that only describes runs nothing")
    func describe() async throws {
        try await DoorHouse().test { wire in
            let token = try await wire.tokens().session
            let answer = try await wire.query("SELECT 1 AS A", token, more: #","describeOnly":true"#)
            #expect(
                answer.succeeded && answer.data("rowtype")?.elements.count == 1 && answer.data("total") == .number("0"))
            #expect(try await wire.query("CREATE TABLE T (A INT)", token, more: #","describeOnly":true"#).succeeded)
            #expect(!(try await wire.query("SELECT * FROM T", token).succeeded))
        }
    }

    @Test("An asynchronous statement is polled and monitored; the same request id runs once")
    func asynchronous() async throws {
        try await DoorHouse({ $0.slowStatementSeconds = 0.2 }).test { wire in
            let token = try await wire.tokens().session
            let started = try await wire.query(
                "SELECT SYSTEM$WAIT(600)", token, more: #","asyncExec":true"#, id: "async")
            #expect(started.succeeded && started.code == "333334")
            let id = try #require(started.data("queryId")?.text)
            let repeated = try await wire.query(
                "SELECT SYSTEM$WAIT(600)", token, more: #","asyncExec":true"#, id: "async")
            #expect(repeated.data("queryId")?.text == id)
            let watched = try await wire.send("/monitoring/queries/\(id)", token: token, method: .get)
            #expect(["RUNNING", "QUEUED"].contains(watched.data("queries")?.elements.first?.name("status") ?? ""))
            let slow = try await wire.send("/queries/\(id)/result", token: token, method: .get)
            #expect(slow.code == "333333" && slow.data("getResultUrl") == .string("/queries/\(id)/result"))
            #expect(try await wire.send("/queries/\(id)/abort-request", token: token).succeeded)
            let short = try await wire.query("SELECT SYSTEM$WAIT(1)", token, more: #","asyncExec":true"#)
            let shortID = try #require(short.data("queryId")?.text)
            var answer = try await wire.send("/queries/\(shortID)/result", token: token, method: .get)
            for _ in 0..<1000 where answer.code == "333333" {
                answer = try await wire.send("/queries/\(shortID)/result", token: token, method: .get)
            }
            #expect(answer.succeeded && answer.data("total") == .number("1"))
            let done = try await wire.send("/monitoring/queries/\(shortID)", token: token, method: .get)
            #expect(done.data("queries")?.elements.first?.name("status") == "SUCCESS")
            let none = try await wire.send("/queries/no-such/result", token: token, method: .get)
            #expect(!none.succeeded && none.code == "002003")
            let failed = try await wire.query("SELECT 1 / 0", token, more: #","asyncExec":true"#)
            let failedID = try #require(failed.data("queryId")?.text)
            #expect(!(try await wire.send("/queries/\(failedID)/result", token: token, method: .get)).succeeded)
            let seen = try await wire.send("/monitoring/queries/\(failedID)", token: token, method: .get)
            #expect(seen.data("queries")?.elements.first?.name("status") == "FAILED_WITH_ERROR")
        }
    }

    @Test("A statement is aborted by its request id and by its query id")
    func abort() async throws {
        try await DoorHouse().test { wire in
            let token = try await wire.tokens().session
            let first = try await wire.query("SELECT SYSTEM$WAIT(600)", token, more: #","asyncExec":true"#, id: "r1")
            #expect(try await wire.send("/queries/v1/abort-request", #"{"requestId":"r1"}"#, token: token).succeeded)
            let second = try await wire.query("SELECT SYSTEM$WAIT(600)", token, more: #","asyncExec":true"#, id: "r2")
            let id = try #require(second.data("queryId")?.text)
            #expect(try await wire.send("/queries/\(id)/abort-request", token: token).succeeded)
            for started in [first, second] {
                let answer = try await wire.send(
                    "/queries/\(started.data("queryId")?.text ?? "")/result", token: token, method: .get)
                #expect(!answer.succeeded && answer.code == "000604", "\(answer.json)")
            }
            #expect(
                try await wire.send("/queries/v1/abort-request", #"{"requestId":"unknown"}"#, token: token).succeeded)
            #expect(!(try await wire.send("/queries/v1/abort-request", "{}", token: token)).succeeded)
        }
    }

    @Test("An expired token is renewed; the old one then says so, and a foreign one is unknown")
    func renewal() async throws {
        let house = try DoorHouse()
        try await house.test { wire in
            let old = try await wire.tokens()
            #expect(try await wire.query("SELECT 1", old.session).succeeded)
            house.advance(seconds: 61)
            let expired = try await wire.query("SELECT 1", old.session)
            #expect(!expired.succeeded && expired.code == "390112")
            let body = #"{"oldSessionToken":"\#(old.session)","requestType":"RENEW"}"#
            let renewed = try await wire.send("/session/token-request", body, token: old.master)
            #expect(renewed.succeeded && renewed.data("validityInSecondsST") == .number("60"))
            let token = try #require(renewed.data("sessionToken")?.text)
            #expect(try await wire.query("SELECT 1", token).succeeded)
            #expect(try await wire.query("SELECT 1", old.session).code == "390112")
            // Who did not get the answer asks again, and gets the same.
            let again = try await wire.send("/session/token-request", body, token: old.master)
            #expect(again.succeeded && again.data("sessionToken")?.text == token)
            #expect(again.data("masterToken") == renewed.data("masterToken"))
            #expect(!(try await wire.send("/session/token-request", body, token: token)).succeeded)
            #expect(!(try await wire.send("/session/token-request", body)).succeeded)
            house.advance(seconds: 61)
            #expect(!(try await wire.send("/session/token-request", body, token: old.master)).succeeded)
            house.advance(seconds: 601)
            let master = try #require(renewed.data("masterToken")?.text)
            let over = try await wire.send("/session/token-request", #"{"oldSessionToken":"\#(token)"}"#, token: master)
            #expect(!over.succeeded && over.code == "390114")
        }
    }

    @Test("The sessions of a user end when it is dropped, disabled or renamed, for its namesake, too")
    func usersThatGo() async throws {
        let house = try DoorHouse()
        try await house.test { wire in
            let admin = try await wire.tokens().session
            let password = "a long password of his"
            for change in [
                ["ALTER USER BOB SET DISABLED = TRUE"], ["DROP USER BOB"], ["ALTER USER BOB RENAME TO ROBERT"],
                ["DROP USER BOB", "CREATE USER BOB PASSWORD = '\(password)'"],
            ] {
                for sql in ["DROP USER IF EXISTS BOB", "DROP USER IF EXISTS ROBERT"] {
                    #expect(try await wire.query(sql, admin).succeeded)
                }
                #expect(try await wire.query("CREATE USER BOB PASSWORD = '\(password)'", admin).succeeded)
                let data = try #require(try await wire.login("BOB", password)["data"])
                let (token, master) = (data.name("token"), data.name("masterToken"))
                let run = try await wire.query("SELECT SYSTEM$WAIT(600)", token, more: #","asyncExec":true"#, id: "r")
                let id = try #require(run.data("queryId")?.text)
                for sql in change { #expect(try await wire.query(sql, admin).succeeded, "\(sql)") }
                let sessions = house.engine.sessionCount
                for (uri, isGet) in [
                    ("/queries/\(id)/result", true), ("/monitoring/queries/\(id)", true),
                    ("/queries/\(id)/abort-request", false), ("/queries/v1/query-request", false),
                    ("/session/heartbeat", false),
                ] {
                    let answer = try await wire.send(
                        uri, #"{"sqlText":"SELECT 1"}"#, token: token, method: isGet ? .get : .post)
                    #expect(!answer.succeeded && answer.code == "390111", "\(change) \(uri): \(answer.json)")
                }
                #expect(house.engine.sessionCount == sessions - 1)
                let renewal = try await wire.send(
                    "/session/token-request", #"{"oldSessionToken":"\#(token)"}"#, token: master)
                #expect(!renewal.succeeded && renewal.code == "390111", "\(change): \(renewal.json)")
            }
            #expect(try await wire.query("SELECT 1", admin).succeeded)
        }
    }

    @Test("A renewal by the master token alone is no way back for a user who is gone")
    func renewalOfAGoneUser() async throws {
        try await DoorHouse().test { wire in
            let admin = try await wire.tokens().session
            #expect(try await wire.query("CREATE USER BOB PASSWORD = 'a long password of his'", admin).succeeded)
            let master = try #require(try await wire.login("BOB", "a long password of his").data("masterToken")?.text)
            #expect(try await wire.query("DROP USER BOB", admin).succeeded)
            let renewal = try await wire.send("/session/token-request", "{}", token: master)
            #expect(!renewal.succeeded && renewal.code == "390111" && renewal.data("sessionToken") == nil)
        }
    }

    @Test("A heartbeat keeps a session alive; a closed one is gone, with its statements")
    func heartbeatAndClose() async throws {
        let house = try DoorHouse()
        try await house.test { wire in
            let token = try await wire.tokens().session
            for _ in 0..<3 {
                house.advance(seconds: 50)
                #expect(try await wire.send("/session/heartbeat", token: token).succeeded)
            }
            #expect(house.engine.sessionCount == 1)
            #expect(!(try await wire.send("/session", token: token)).succeeded)
            #expect(try await wire.send("/session?delete=true", token: token).succeeded)
            #expect(house.engine.sessionCount == 0)
            let gone = try await wire.query("SELECT 1", token)
            #expect(!gone.succeeded && ["390111", "390104"].contains(gone.code))
            #expect(!(try await wire.send("/session/heartbeat", token: token)).succeeded)
        }
    }

    @Test("Requests without, with a foreign or with a broken token are refused everywhere")
    func unknownTokens() async throws {
        try await DoorHouse().test { wire in
            for token in [nil, "", "None", "nonsense", String(repeating: "x", count: 5000)] as [String?] {
                for (uri, isGet) in [
                    ("/queries/v1/query-request", false), ("/queries/v1/abort-request", false),
                    ("/queries/x/abort-request", false), ("/queries/x/result", true),
                    ("/monitoring/queries/x", true), ("/session/heartbeat", false), ("/session?delete=true", false),
                    ("/session/token-request", false),
                    ("/telemetry/send", false),
                ] {
                    let answer = try await wire.send(
                        uri, #"{"sqlText":"SELECT 1"}"#, token: token, method: isGet ? .get : .post)
                    #expect(
                        !answer.succeeded && answer.code.hasPrefix("3901"), "\(uri) \(token ?? "nil"): \(answer.json)")
                }
            }
        }
    }

    @Test("One user's statement does not exist for another")
    func strangers() async throws {
        try await DoorHouse().test { wire in
            let admin = try await wire.tokens().session
            #expect(try await wire.query("CREATE USER BOB PASSWORD = 'a long password of his'", admin).succeeded)
            let bob = try #require(try await wire.login("BOB", "a long password of his").data("token")?.text)
            let run = try await wire.query("SELECT SYSTEM$WAIT(600)", admin, more: #","asyncExec":true"#, id: "r")
            let id = try #require(run.data("queryId")?.text)
            for (uri, isGet) in [
                ("/queries/\(id)/result", true), ("/monitoring/queries/\(id)", true),
                ("/queries/\(id)/abort-request", false),
            ] {
                let answer = try await wire.send(uri, token: bob, method: isGet ? .get : .post)
                #expect(!answer.succeeded && answer.code == "002003", "\(uri)")
            }
            _ = try await wire.send("/queries/v1/abort-request", #"{"requestId":"r"}"#, token: bob)
            let watched = try await wire.send("/monitoring/queries/\(id)", token: admin, method: .get)
            #expect(["RUNNING", "QUEUED"].contains(watched.data("queries")?.elements.first?.name("status") ?? ""))
            _ = try await wire.send("/queries/\(id)/abort-request", token: admin)
        }
    }

    @Test("A large result names its further parts by signed URLs")
    func chunks() async throws {
        try await DoorHouse(chunkRows: 500).test { wire in
            let token = try await wire.tokens().session
            let answer = try await wire.query("SELECT SEQ4() AS A FROM TABLE(GENERATOR(ROWCOUNT => 2600))", token)
            #expect(answer.data("total") == .number("2600"))
            let chunks = answer.data("chunks")?.elements ?? []
            let rest = chunks.reduce(0) { sum, chunk in
                if case .number(let text)? = chunk["rowCount"] { sum + (Int(text) ?? 0) } else { sum }
            }
            #expect(chunks.count >= 4 && rest < 2600 && rest > 1000)
            #expect(chunks.allSatisfy { $0.name("url").hasPrefix("http://127.0.0.1:1/") })
            #expect(Set(chunks.map { $0.name("url") }).count == chunks.count)
        }
    }
}
