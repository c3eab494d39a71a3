import Types

/// One value of a metric.
package struct MetricPoint: Hashable, Sendable {
    package let name: String
    package let value: Double
    /// Milliseconds since 1970.
    package let at: Int64
    package let step: Int64
    /// The logged model that the value is about, empty for none.
    package var modelID = ""
    package var datasetName = ""
    package var datasetDigest = ""
    /// The run that logged it; empty where that goes without saying.
    package var runID = ""

    package init(name: String, value: Double, at: Int64, step: Int64) {
        self.name = name
        self.value = value
        self.at = at
        self.step = step
    }

    init(_ row: CatalogRow) throws {
        name = try row.text("name")
        at = try row.int("at")
        step = try row.int("step")
        switch row["value"] {
        case .real(let number): value = number
        case .int(let number): value = Double(number)
        default: value = .nan
        }
        modelID = row.optionalText("model_id") ?? ""
        datasetName = row.optionalText("dataset_name") ?? ""
        datasetDigest = row.optionalText("dataset_digest") ?? ""
        runID = row.optionalText("run_id") ?? ""
    }

    /// Name, value, whether it is NaN, time and step, as the catalog keeps them.
    fileprivate func append(to arguments: inout [CatalogValue]) {
        arguments.append(.text(name))
        arguments.append(value.isNaN ? .null : .real(value))
        arguments.append(.bool(value.isNaN))
        arguments.append(.int(at))
        arguments.append(.int(step))
    }

    /// These, and what else the value is about.
    fileprivate func appendAll(to arguments: inout [CatalogValue]) {
        append(to: &arguments)
        arguments.append(.text(modelID))
        arguments.append(.text(datasetName))
        arguments.append(.text(datasetDigest))
    }

    /// What makes it one value in a run's history.
    fileprivate var place: Place {
        Place(
            name: Array(name.utf8), at: at, step: step, value: value.isNaN ? 0 : value, isNaN: value.isNaN,
            dataset: Array(datasetName.utf8))
    }

    /// Texts by their bytes, as the catalog compares them.
    fileprivate struct Place: Hashable {
        let name: [UInt8]
        let at: Int64
        let step: Int64
        let value: Double
        let isNaN: Bool
        let dataset: [UInt8]
    }

    /// What makes it one value of a logged model.
    fileprivate var subject: [[UInt8]] { [modelID, name, datasetName, datasetDigest].map { Array($0.utf8) } }

    fileprivate var nameBytes: [UInt8] { Array(name.utf8) }

    /// Whether another value of the metric replaces this one as the newest.
    fileprivate func isOlder(than other: MetricPoint) -> Bool {
        func key(_ point: MetricPoint) -> (Int64, Int64, Double) {
            (point.step, point.at, point.value.isNaN ? -Double.greatestFiniteMagnitude : point.value)
        }
        return key(self) <= key(other)
    }
}

extension CatalogReader {
    /// The newest value of each of a run's metrics.
    package func latestMetrics(of run: String) throws -> [MetricPoint] {
        try rows(
            """
            SELECT name, value, at, step, model_id, dataset_name, dataset_digest, run_id FROM run_metric
            WHERE run_id = $1 ORDER BY name
            """, [.text(run)]
        ).map(MetricPoint.init)
    }

    /// The values of a metric, as a search finds them: `p` is the value.
    package func metricPoints(_ search: CatalogSearch) throws -> [Found<MetricPoint>] {
        try found(
            search, "name, value, at, step, model_id, dataset_name, dataset_digest, run_id", from: "metric_point p",
            MetricPoint.init)
    }
}

extension CatalogTransaction {
    /// Adds values to a run's history and keeps the newest of each metric, also of the logged models they are about.
    package func appendMetrics(_ points: [MetricPoint], to runID: String) throws {
        try addToHistory(points.lastOfEach(\.place) { _, _ in true }, of: runID)
        try keepNewest(points.lastOfEach(\.nameBytes) { $0.isOlder(than: $1) }, of: runID)
        var known: [String: Bool] = [:]
        let ofModels = try points.filter { point in
            guard !point.modelID.isEmpty else { return false }
            if let isKnown = known[point.modelID] { return isKnown }
            let isKnown = try loggedModel(point.modelID) != nil
            known[point.modelID] = isKnown
            return isKnown
        }
        try keepNewest(ofModels.lastOfEach(\.subject) { $0.isOlder(than: $1) }, ofModelsBy: runID)
    }

    private func addToHistory(_ points: [MetricPoint], of runID: String) throws {
        // Most are about the run alone.
        if points.allSatisfy({ $0.modelID.isEmpty && $0.datasetName.isEmpty && $0.datasetDigest.isEmpty }) {
            try MetricInsertions.ofRunAlone.run(points, sharing: [.text(runID)], in: self) { $0.append(to: &$1) }
        } else {
            try MetricInsertions.ofHistory.run(points, sharing: [.text(runID)], in: self) { $0.appendAll(to: &$1) }
        }
    }

    private func keepNewest(_ points: [MetricPoint], of runID: String) throws {
        try MetricInsertions.newestOfRun.run(points, sharing: [.text(runID)], in: self) { $0.appendAll(to: &$1) }
    }

    private func keepNewest(_ points: [MetricPoint], ofModelsBy runID: String) throws {
        try MetricInsertions.newestOfModels.run(points, sharing: [.text(runID)], in: self) { $0.appendAll(to: &$1) }
    }
}

private enum MetricInsertions {
    private static let columns = "run_id, name, value, is_nan, at, step"
    private static let allColumns = columns + ", model_id, dataset_name, dataset_digest"
    /// A value that is logged again, as clients do to say which model it is about, stays one.
    private static let once = """
        ON CONFLICT (run_id, name, at, step, COALESCE(value, 0.0), is_nan, dataset_name)
            DO UPDATE SET model_id = excluded.model_id, dataset_digest = excluded.dataset_digest
        """
    /// What NaN counts as: ``MetricPoint/isOlder(than:)`` says the same.
    private static let lowest = "\(-Double.greatestFiniteMagnitude)"

    private static func whereNewer(_ table: String) -> String {
        """
        WHERE (excluded.step, excluded.at, COALESCE(excluded.value, \(lowest)))
            >= (\(table).step, \(table).at, COALESCE(\(table).value, \(lowest)))
        """
    }

    static let ofRunAlone = RowInsertion(into: "metric_point (\(columns))", shared: 1, own: 5, ending: once)
    static let ofHistory = RowInsertion(into: "metric_point (\(allColumns))", shared: 1, own: 8, ending: once)
    static let newestOfRun = RowInsertion(
        into: "run_metric (\(allColumns))", shared: 1, own: 8,
        ending: """
            ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan,
                at = excluded.at, step = excluded.step, model_id = excluded.model_id,
                dataset_name = excluded.dataset_name, dataset_digest = excluded.dataset_digest
            \(whereNewer("run_metric"))
            """)
    static let newestOfModels = RowInsertion(
        into: "logged_model_metric (\(allColumns))", shared: 1, own: 8,
        ending: """
            ON CONFLICT (model_id, name, dataset_name, dataset_digest) DO UPDATE SET run_id = excluded.run_id,
                value = excluded.value, is_nan = excluded.is_nan, at = excluded.at, step = excluded.step
            \(whereNewer("logged_model_metric"))
            """)
}

extension [MetricPoint] {
    /// One point for each key: of several, one that replaces those before it. They stay in the order in which their
    /// keys first come.
    fileprivate func lastOfEach<Key: Hashable>(
        _ key: (MetricPoint) -> Key, _ replaces: (MetricPoint, MetricPoint) -> Bool
    ) -> [MetricPoint] {
        var places: [Key: Int] = [:]
        var kept: [MetricPoint] = []
        for point in self {
            let key = key(point)
            if let place = places[key] {
                if replaces(kept[place], point) { kept[place] = point }
            } else {
                places[key] = kept.count
                kept.append(point)
            }
        }
        return kept
    }
}
