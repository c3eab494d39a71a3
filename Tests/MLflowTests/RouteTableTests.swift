import Engine
import Foundation
import Testing
import Types

@testable import MLflow

/// Every route that the door adds, called by nobody, by a user without a privilege, and by the owner of everything.
///
/// The routes come from the router; a new one fails here until it has a row in the table of rules and a sample call.
@Suite("Who may call what", .timeLimit(.minutes(5)))
struct RouteTableTests {
    /// The routes behind a prefix as the table names them.
    private func keys(_ house: DoorHouse, _ prefix: String) -> Set<String> {
        Set(
            house.routes.compactMap { route in
                let parts = route.split(separator: " ").map(String.init)
                guard parts[1].hasPrefix(prefix + "/") else { return nil }
                return "\(parts[0]) \(parts[1].dropFirst(prefix.count))"
            })
    }

    @Test("Every route has a rule, and every rule a route")
    func table() throws {
        let house = try DoorHouse()
        for prefix in MLflowDoor.prefixes {
            #expect(keys(house, prefix).symmetricDifference(MLflowDoor.rules.keys) == [])
        }
        let known = MLflowDoor.prefixes.map { $0 + "/" }
        let others = house.routes.filter { route in !known.contains { route.contains(" \($0)") } }
        #expect(others == ["GET /version"])
    }

    @Test("Nobody calls anything without a login", arguments: MLflowDoor.prefixes)
    func nobody(_ prefix: String) async throws {
        let house = try DoorHouse()
        try await house.test { caller in
            let samples = try await Samples(caller)
            let before = try house.state()
            for key in keys(house, prefix).sorted() {
                let call = try #require(samples.call(key), "no sample for \(key)")
                let answer = try await caller.send(call.method, prefix + call.path, call.body, as: nil)
                #expect(answer.status == 401, "\(key): \(answer.text)")
                #expect(call.method == "HEAD" || answer.code == "UNAUTHENTICATED", "\(key)")
            }
            #expect(try house.state() == before)
        }
    }

    @Test("Who was granted nothing sees and changes nothing")
    func unprivileged() async throws {
        let house = try DoorHouse()
        try await house.test { caller in
            let samples = try await Samples(caller)
            // A first login is noted; what follows must leave no trace.
            _ = try await caller.send("GET", "/api/2.0/mlflow/users/current", as: DoorHouse.lowly)
            let before = try house.state()
            for key in keys(house, "/api").sorted() {
                let call = try #require(samples.call(key), "no sample for \(key)")
                let rule = try #require(MLflowDoor.rules[key])
                let answer = try await caller.send(call.method, "/api" + call.path, call.body, as: DoorHouse.lowly)
                if rule == .login {
                    #expect(answer.status == 200, "\(key): \(answer.text)")
                } else if let empty = Samples.lists[key] {
                    #expect(answer.status == 200 && answer.text.hasPrefix(empty), "\(key): \(answer.text)")
                } else {
                    #expect([403, 404].contains(answer.status), "\(key): \(answer.status) \(answer.text)")
                    #expect(
                        call.method == "HEAD" || ["PERMISSION_DENIED", "RESOURCE_DOES_NOT_EXIST"].contains(answer.code),
                        "\(key): \(answer.text)")
                }
                #expect(!answer.text.contains(Samples.secret), "\(key): \(answer.text)")
            }
            #expect(try house.state() == before)
        }
    }

    @Test("The owner may do everything")
    func owner() async throws {
        let house = try DoorHouse()
        try await house.test { caller in
            let lasting = try await Samples(caller)
            for key in keys(house, "/api").sorted() {
                let ends = key.hasPrefix("DELETE") || key.hasSuffix("/delete") || key.hasSuffix("/rename") || key.contains("/mpu/")
                let samples = ends ? try await Samples(caller) : lasting
                let call = try #require(samples.call(key), "no sample for \(key)")
                let answer = try await caller.send(call.method, "/api" + call.path, call.body)
                if Samples.refused.contains(key) {
                    #expect(answer.status == 400 && answer.text.contains("with SQL"), "\(key): \(answer.text)")
                } else if Samples.early.contains(key) {
                    #expect(answer.status == 400 && answer.text.contains("part"), "\(key): \(answer.text)")
                } else {
                    #expect(answer.status == 200, "\(key): \(answer.status) \(answer.text)")
                }
            }
        }
    }
}
