import Engine
import Foundation
import Store
import TestSupport
import Testing
import Tracking
import Transfer
import Types

@testable import MLflow

/// Pages of searches while rows come and go.
@Suite("Pages of searches", .timeLimit(.minutes(5)))
struct SearchPageTests {
    private static let admin = Principal(
        user: Identifier(resolved: "ADMIN"), role: Identifier(resolved: "ACCOUNTADMIN"))
    private static let orders = [
        [], ["attributes.start_time ASC"], ["attributes.end_time DESC"], ["attributes.end_time ASC", "run_name DESC"],
        ["metrics.loss ASC"], ["metrics.loss DESC", "attributes.start_time ASC"], ["tags.team DESC"],
        ["tags.team ASC", "metrics.loss DESC", "attributes.end_time ASC"], ["params.depth DESC", "run_id DESC"],
    ]

    /// A run with few different values, so that many are equal, and with some of them missing.
    private func addRun(_ house: DoorHouse, to experiment: Int64, _ chance: inout SeededRandom) throws -> String {
        let tracking = house.door.tracking
        let run = try tracking.createRun(
            in: experiment, name: "r\(Int.random(in: 0...2, using: &chance))",
            startedOn: Int64.random(in: 1...3, using: &chance), tags: [], as: Self.admin)
        let id = run.row.id
        if Bool.random(using: &chance) {
            let end = Int64.random(in: 5...7, using: &chance)
            _ = try tracking.updateRun(id, name: nil, status: "FINISHED", endedOn: end, as: Self.admin)
        }
        if let loss = [nil, Double.nan, -1.5, 0, 0.1, .greatestFiniteMagnitude].randomElement(using: &chance) ?? nil {
            try tracking.log(to: id, metrics: [MetricPoint(name: "loss", value: loss, at: 1, step: 0)], as: Self.admin)
        }
        if let team = [nil, "a", "b é", ""].randomElement(using: &chance) ?? nil {
            try tracking.log(to: id, tags: [NamedText("team", team)], as: Self.admin)
        }
        if Bool.random(using: &chance) { try tracking.log(to: id, params: [NamedText("depth", "1")], as: Self.admin) }
        return id
    }

    private func request(_ order: [String], limit: Int, after end: PageKey? = nil) throws -> SearchRequest {
        var request = SearchRequest()
        request.order = try order.map { try OrderKey(parsing: $0) }
        request.limit = limit
        request.after = end
        return request
    }

    @Test("No run is skipped or served twice while others are made and deleted", arguments: orders)
    func runsComeAndGo(_ order: [String]) throws {
        let house = try DoorHouse()
        let tracking = house.door.tracking
        var chance = SeededRandom.fromEnvironment()
        let experiment = try tracking.createExperiment("pages", tags: [], as: Self.admin)
        let first = try (0..<60).map { _ in try addRun(house, to: experiment, &chance) }
        func search(limit: Int, after end: PageKey? = nil) throws -> Page<Run> {
            try tracking.searchRuns(in: [experiment], try request(order, limit: limit, after: end), as: Self.admin)
        }
        let all = try search(limit: 1000).items.map(\.row.id)
        #expect(Set(all) == Set(first) && all.count == 60, "seed \(chance.seed)")
        var (seen, deleted, end): ([String], Set<String>, PageKey?) = ([], [], nil)
        repeat {
            let page = try search(limit: 7, after: end)
            seen += page.items.map(\.row.id)
            end = page.end
            // The last one served, another one, and new ones before and behind.
            for id in [seen.last, first.randomElement(using: &chance)].compactMap(\.self) where !deleted.contains(id) {
                try tracking.setRunDeleted(id, true, as: Self.admin)
                deleted.insert(id)
            }
            for _ in 0..<3 where seen.count < 200 { _ = try addRun(house, to: experiment, &chance) }
        } while end != nil && seen.count < 1000
        #expect(Set(seen).count == seen.count, "seed \(chance.seed)")
        #expect(seen.filter { all.contains($0) && !deleted.contains($0) } == all.filter { !deleted.contains($0) })
    }

    @Test("What lacks a value comes last, NaN before it, in either direction")
    func missingValues() throws {
        let house = try DoorHouse()
        let tracking = house.door.tracking
        let experiment = try tracking.createExperiment("missing", tags: [], as: Self.admin)
        for (name, loss) in [("low", -2), ("none", nil), ("nan", .nan), ("high", 3)] as [(String, Double?)] {
            let id = try tracking.createRun(in: experiment, name: name, startedOn: 1, tags: [], as: Self.admin).row.id
            guard let loss else { continue }
            try tracking.log(to: id, metrics: [MetricPoint(name: "loss", value: loss, at: 1, step: 0)], as: Self.admin)
            let end = loss.isNaN ? nil : Int64(loss * 10)
            _ = try tracking.updateRun(id, name: nil, status: nil, endedOn: end, as: Self.admin)
        }
        func names(_ order: String) throws -> [String] {
            var (names, end): ([String], PageKey?) = ([], nil)
            repeat {
                let page = try tracking.searchRuns(
                    in: [experiment], try request([order], limit: 1, after: end), as: Self.admin)
                names += page.items.map(\.row.name)
                end = page.end
            } while end != nil && names.count < 10
            return names
        }
        #expect(try names("metrics.loss ASC") == ["low", "high", "nan", "none"])
        #expect(try names("metrics.loss DESC") == ["high", "low", "nan", "none"])
        #expect(Array(try names("attributes.end_time ASC").prefix(2)) == ["low", "high"])
        #expect(Array(try names("attributes.end_time DESC").prefix(2)) == ["high", "low"])
    }

    @Test("A token holds every value exactly, for one search only")
    func tokens() throws {
        let tokens = PageTokens(key: .init(bytes: Array(repeating: 7, count: 32)))
        let end = PageKey([
            .null, .int(.min), .real(-0.0), .real(.infinity), .real(5e-324), .text(""), .text("\u{301}."), .text("a\0\"\n"),
        ])
        let token = tokens.token(at: end, of: "runs")
        let read = try #require(try tokens.end(token, of: "runs"))
        #expect(read == end && read.values.map { "\($0)" } == end.values.map { "\($0)" })
        #expect(try tokens.end("", of: "runs") == nil)
        #expect(throws: RegistryError.self) { try tokens.end(token, of: "models") }
        let others = PageTokens(key: .init(bytes: Array(repeating: 8, count: 32)))
        #expect(throws: RegistryError.self) { try others.end(token, of: "runs") }
        var bytes = try #require(Data(base64Encoded: token))
        for index in bytes.indices {
            bytes[index] ^= 1
            #expect(throws: RegistryError.self, "byte \(index)") {
                try tokens.end(bytes.base64EncodedString(), of: "runs")
            }
            bytes[index] ^= 1
        }
    }

    @Test("A token opens the search that gave it, for the user who made it")
    func foreignTokens() async throws {
        let house = try DoorHouse()
        try await house.test { caller in
            for number in 0..<3 {
                let body = #"{"name": "m\#(number)"}"#
                #expect(try await caller.send("POST", "/api/2.0/mlflow/registered-models/create", body).status == 200)
                #expect(try await caller.send("POST", "/api/2.0/mlflow/experiments/create", body).status == 200)
            }
            func token(_ method: String, _ path: String, _ body: String?) async throws -> String {
                let answer = try await caller.send(method, "/api/2.0/mlflow/\(path)", body)
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json.name("next_page_token")
            }
            func escaped(_ token: String) -> String { token.replacing("+", with: "%2B").replacing("=", with: "%3D") }
            let models = try await token("GET", "registered-models/search?max_results=2", nil)
            let experiments = try await token("POST", "experiments/search", #"{"max_results": 2}"#)
            #expect(!models.isEmpty && !experiments.isEmpty)
            let base = "/api/2.0/mlflow"
            for (path, body, user) in [
                ("\(base)/registered-models/search?page_token=\(escaped(experiments))", nil, "ADMIN"),
                ("\(base)/registered-models/search?order_by=name&page_token=\(escaped(models))", nil, "ADMIN"),
                ("\(base)/registered-models/search?page_token=\(escaped(models))", nil, DoorHouse.lowly),
                ("\(base)/model-versions/search?page_token=\(escaped(models))", nil, "ADMIN"),
                ("\(base)/experiments/search", #"{"page_token": "\#(models)"}"#, "ADMIN"),
                ("\(base)/runs/search", #"{"page_token": "\#(experiments)"}"#, "ADMIN"),
                ("\(base)/logged-models/search", #"{"page_token": "\#(experiments)"}"#, "ADMIN"),
            ] as [(String, String?, String)] {
                let answer = try await caller.send(body == nil ? "GET" : "POST", path, body, as: user)
                #expect(answer.status == 400 && answer.code == "INVALID_PARAMETER_VALUE", "\(path): \(answer.text)")
                #expect(answer.text.contains("page token"))
            }
            let rest = try await caller.send(
                "GET", "\(base)/registered-models/search?max_results=9&page_token=\(escaped(models))")
            #expect(rest.json["registered_models"]?.elements.map { $0.name("name") } == ["m2"])
        }
    }
}
