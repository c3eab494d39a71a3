import TestSupport
import Testing
import Types

@testable import Store

/// Values of metrics that come many at once.
struct MetricBatchTests {
    private func id(_ digit: String) -> String { String(repeating: digit, count: 32) }
    private let model = "m-" + String(repeating: "0", count: 32)

    private func catalog(_ scratch: Scratch) throws -> CatalogStore {
        let catalog = try scratch.catalog()
        _ = try catalog.pragma("synchronous = OFF")
        try catalog.write { tx in
            for digit in ["1", "2"] { try tx.insertRun(id(digit), in: 0, name: "r", user: "U", startedOn: 0, now: 0) }
            try tx.insertLoggedModel(model, in: 0, name: "m", modelType: "", sourceRunID: "", now: 0)
        }
        return catalog
    }

    private func point(_ chance: inout SeededRandom) -> MetricPoint {
        let values: [Double] = [.nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, -1, -0.0, 0, 0.1, 3]
        var point = MetricPoint(
            name: "m\(Int.random(in: 0...20, using: &chance))", value: values.randomElement(using: &chance) ?? 0,
            at: Int64.random(in: 0...2, using: &chance), step: Int64.random(in: -1...2, using: &chance))
        if Int.random(in: 0...3, using: &chance) == 0 {
            point.modelID = Bool.random(using: &chance) ? model : "m-unknown"
            point.datasetName = ["", "d"].randomElement(using: &chance) ?? ""
            point.datasetDigest = ["", "x"].randomElement(using: &chance) ?? ""
        }
        return point
    }

    /// What is kept of a run, but for the ids of rows.
    private func kept(_ run: String, _ catalog: CatalogStore) throws -> [[CatalogValue]] {
        let columns = "name, value, is_nan, at, step, model_id, dataset_name, dataset_digest"
        return try catalog.read { reader in
            try reader.rows("SELECT \(columns) FROM metric_point WHERE run_id = $1 ORDER BY \(columns)", [.text(run)])
                .map(\.values)
                + reader.rows("SELECT \(columns) FROM run_metric WHERE run_id = $1 ORDER BY name", [.text(run)])
                .map(\.values)
                + reader.rows(
                    "SELECT \(columns) FROM logged_model_metric WHERE run_id = $1 ORDER BY \(columns)", [.text(run)]
                ).map(\.values)
        }
    }

    @Test(arguments: [1, 15, 16, 17, 127, 128, 129, 400])
    func aBatchIsLikeItsValuesOneByOne(_ count: Int) throws {
        let (together, apart) = (try Scratch(), try Scratch())
        let (batches, singles) = (try catalog(together), try catalog(apart))
        var chance = SeededRandom.fromEnvironment()
        for _ in 0..<2 {
            let points = (0..<count).map { _ in point(&chance) }
            try batches.write { try $0.appendMetrics(points, to: id("1")) }
            try singles.write { tx in for point in points { try tx.appendMetrics([point], to: id("1")) } }
            #expect(try kept(id("1"), batches) == kept(id("1"), singles), "seed \(chance.seed)")
        }
    }

    @Test func theNewestIsOfTheHighestStepThenTheLatestThenTheLargest() throws {
        let scratch = try Scratch()
        let catalog = try catalog(scratch)
        func add(_ points: [(step: Int64, at: Int64, value: Double)]) throws -> MetricPoint? {
            try catalog.write { tx in
                try tx.appendMetrics(
                    points.map { MetricPoint(name: "m", value: $0.value, at: $0.at, step: $0.step) }, to: id("2"))
                return try tx.latestMetrics(of: id("2")).first
            }
        }
        #expect(try add([(1, 5, 3), (2, 1, 1), (2, 1, 2), (0, 9, 9)])?.value == 2)
        #expect(try add([(2, 1, 1.5), (1, 99, 99)])?.value == 2)
        #expect(try add([(2, 2, -7), (2, 2, .nan)])?.value == -7)
        #expect(try add([(3, 0, .nan)])?.value.isNaN == true)
        #expect(try add([(3, 0, -1), (3, 0, -1)])?.value == -1)
        #expect(try catalog.read { try $0.rows("SELECT id FROM metric_point", []).count } == 10)
    }

    @Test func aRowThatIsRefusedTakesTheBatchWithIt() throws {
        let scratch = try Scratch()
        let catalog = try catalog(scratch)
        let points = (0..<200).map { MetricPoint(name: "m", value: 1, at: 0, step: $0) }
        #expect(throws: RegistryError.self) { try catalog.write { try $0.appendMetrics(points, to: id("9")) } }
        #expect(try catalog.read { try $0.rows("SELECT id FROM metric_point").isEmpty })
    }
}
