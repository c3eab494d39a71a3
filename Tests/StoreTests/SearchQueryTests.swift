import Testing
import Types

@testable import Store

/// The statements that searches run.
struct SearchQueryTests {
    private let fields = SearchQuery.Fields(
        columns: ["name": .text("m.display_name"), "ended": .number("r.ended_on", isNullable: true)],
        pairs: ["tags": .init(table: "run_tag", join: "p.run_id = r.id")], attributeScopes: [])

    @Test(arguments: [
        ("%", "X.", LikePattern.Rest.everything), ("%a", "b.", .everything), ("%a%", "b.", .everything),
        ("%a%", "a.", .another), ("a%", "b.", .impossible), ("ab", "a", .another), ("_b", "a", .another),
        ("", "a", .impossible), ("a", "", .everything), ("%ab", "xa", .another), ("%%_", "a", .another),
    ])
    func whatAPatternAsksOfTheRest(_ pattern: String, _ beginning: String, _ rest: LikePattern.Rest) {
        #expect(LikePattern(pattern).rest(after: beginning) == rest)
    }

    @Test func aPageBeginsBehindTheRowBefore() throws {
        let query = try SearchQuery(
            fields, order: [OrderKey(parsing: "tags.team DESC"), OrderKey(parsing: "ended")],
            then: [.descending("r.started_on"), .ascending("r.id")])
        #expect(throws: RegistryError.self) { try query.search(after: PageKey([1, 2]), limit: 2) }
        let search = try query.search(after: PageKey([2, nil, 0, 7, 5, "x"]), limit: 2)
        #expect(search.keyCount == 6)
        #expect(search.arguments == ["team", 2, 0, 7, 5, "x", 2])
        let team = "COALESCE((SELECT 0 FROM run_tag p WHERE p.run_id = r.id AND p.name = $1), 2)"
        let rank = "CASE WHEN r.ended_on IS NULL THEN 1 ELSE 0 END"
        #expect(
            search.sql.hasPrefix(
                "WHERE (\(team) >= $2 AND (\(team) > $2 OR \(rank) >= $3 AND (\(rank) > $3 OR r.ended_on >= $4 AND "
                    + "(r.ended_on > $4 OR r.started_on <= $5 AND (r.started_on < $5 OR r.id > $6))))) ORDER BY "))
    }

    @Test("A page deep in a list is entered by an index, and nothing is sorted")
    func plans() throws {
        let scratch = try Scratch()
        let catalog = try scratch.catalog()
        func plan(_ columns: String, _ tables: String, _ search: CatalogSearch) throws -> [String] {
            try catalog.read {
                let sql = "EXPLAIN QUERY PLAN SELECT \(columns)\(search.keys) FROM \(tables) \(search.sql)"
                return try $0.rows(sql, search.arguments).map { try $0.text("detail") }
            }
        }
        let models = try SearchQuery(
            fields, then: [.ascending("m.display_name"), .ascending("m.id")], conditions: ["m.display_name >= ''"])
        var runs = try SearchQuery(fields, then: [.descending("r.started_on"), .ascending("r.id")])
        runs.require("r.experiment_id IN (\(runs.bind(1)))")
        var history = try SearchQuery(fields, then: [.ascending("p.at"), .ascending("p.step"), .ascending("p.id")])
        history.require("p.run_id = \(history.bind("r")) AND p.name = \(history.bind("m"))")
        for end in [nil, PageKey(["m", 9])] {
            let plan = try plan(
                RegisteredModelRow.columns, RegisteredModelRow.joined, models.search(after: end, limit: 101))
            #expect(plan.first?.contains("INDEX model_display_name (display_name>?)") == true, "\(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        }
        for end in [nil, PageKey([5, "x"])] {
            let plan = try plan(RunRow.columns, "run r", runs.search(after: end, limit: 101))
            #expect(plan.first?.contains("INDEX run_listed (experiment_id=?") == true, "\(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        }
        let points = try plan("p.value", "metric_point p", history.search(after: PageKey([5, 6, 7]), limit: 101))
        let range = "metric_point_value (run_id=? AND name=? AND (at,step)>(?,?))"
        #expect(points.first?.contains(range) == true, "\(points)")
    }
}
