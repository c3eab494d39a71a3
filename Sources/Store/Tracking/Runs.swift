import Types

/// A run of an experiment.
package struct RunRow: Hashable, Sendable {
    /// 32 hexadecimal digits.
    package let id: String
    package let experimentID: Int64
    package let name: String
    package let user: String
    /// RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.
    package let status: String
    /// Milliseconds since 1970.
    package let startedOn: Int64
    package let endedOn: Int64?
    package let isDeleted: Bool

    static let columns = "r.id, r.experiment_id, r.name, r.user_name, r.status, r.started_on, r.ended_on, r.lifecycle"

    init(_ row: CatalogRow) throws {
        id = try row.text("id")
        experimentID = try row.int("experiment_id")
        name = try row.text("name")
        user = try row.text("user_name")
        status = try row.text("status")
        startedOn = try row.int("started_on")
        endedOn = row.optionalInt("ended_on")
        isDeleted = try row.text("lifecycle") == "deleted"
    }
}

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

    /// Value and whether it is NaN, as the catalog keeps them.
    var stored: (value: CatalogValue, isNaN: CatalogValue) {
        value.isNaN ? (.null, .int(1)) : (.real(value), .int(0))
    }
}

/// A dataset that a run read.
package struct DatasetRow: Hashable, Sendable {
    package let name: String
    package let digest: String
    package let sourceType: String
    package let source: String
    package let schema: String?
    package let profile: String?
    /// A JSON object of texts.
    package let tags: String

    package init(
        name: String, digest: String, sourceType: String, source: String, schema: String?, profile: String?, tags: String
    ) {
        self.name = name
        self.digest = digest
        self.sourceType = sourceType
        self.source = source
        self.schema = schema
        self.profile = profile
        self.tags = tags
    }
}

/// A logged model that a run made or read.
package struct RunModelRow: Hashable, Sendable {
    package let modelID: String
    package let step: Int64

    package init(modelID: String, step: Int64) {
        self.modelID = modelID
        self.step = step
    }
}

extension CatalogReader {
    package func run(withID id: String) throws -> RunRow? {
        try one("SELECT \(RunRow.columns) FROM run r WHERE r.id = $1", [.text(id)]).map(RunRow.init)
    }

    package func runs(_ search: CatalogSearch) throws -> [RunRow] {
        try rows("SELECT \(RunRow.columns) FROM run r \(search.sql)", search.arguments).map(RunRow.init)
    }

    /// The newest value of each of a run's metrics.
    package func latestMetrics(of run: String) throws -> [MetricPoint] {
        try rows(
            """
            SELECT name, value, at, step, model_id, dataset_name, dataset_digest, run_id FROM run_metric
            WHERE run_id = $1 ORDER BY name
            """, [.text(run)]
        ).map(MetricPoint.init)
    }

    /// All values of a metric, by time and step.
    package func metricHistory(of run: String, _ name: String, offset: Int, limit: Int) throws -> [MetricPoint] {
        try rows(
            """
            SELECT name, value, at, step, model_id, dataset_name, dataset_digest, run_id FROM metric_point
            WHERE run_id = $1 AND name = $2 ORDER BY at, step, id LIMIT $3 OFFSET $4
            """, [.text(run), .text(name), .int(Int64(limit)), .int(Int64(offset))]
        ).map(MetricPoint.init)
    }

    package func datasets(of run: String) throws -> [DatasetRow] {
        try rows(
            """
            SELECT d.name, d.digest, d.source_type, d.source, d.schema, d.profile, l.tags
            FROM run_dataset l JOIN dataset d ON d.id = l.dataset_id WHERE l.run_id = $1 ORDER BY d.id
            """, [.text(run)]
        ).map {
            DatasetRow(
                name: try $0.text("name"), digest: try $0.text("digest"), sourceType: try $0.text("source_type"),
                source: try $0.text("source"), schema: $0.optionalText("schema"), profile: $0.optionalText("profile"),
                tags: try $0.text("tags"))
        }
    }

    package func models(of run: String, isOutput: Bool) throws -> [RunModelRow] {
        try rows(
            "SELECT model_id, step FROM run_model WHERE run_id = $1 AND direction = $2 ORDER BY step, model_id",
            [.text(run), .text(isOutput ? "OUTPUT" : "INPUT")]
        ).map { RunModelRow(modelID: try $0.text("model_id"), step: try $0.int("step")) }
    }
}

extension CatalogTransaction {
    package func insertRun(
        _ id: String, in experiment: Int64, name: String, user: String, startedOn: Int64, now: Int64
    ) throws {
        try run(
            """
            INSERT INTO run (id, experiment_id, name, user_name, status, started_on, created_on)
            VALUES ($1, $2, $3, $4, 'RUNNING', $5, $6)
            """, [.text(id), .int(experiment), .text(name), .text(user), .int(startedOn), .int(now)])
    }

    package func updateRun(_ id: String, name: String, status: String, endedOn: Int64?) throws {
        try run(
            "UPDATE run SET name = $1, status = $2, ended_on = $3 WHERE id = $4",
            [.text(name), .text(status), .optional(endedOn), .text(id)])
    }

    /// Adds values to a run's history and keeps the newest of each metric, also of the logged models they are about.
    package func appendMetrics(_ points: [MetricPoint], to runID: String) throws {
        for point in points {
            let (value, isNaN) = point.stored
            try run(
                """
                INSERT INTO metric_point (run_id, name, value, is_nan, at, step, model_id, dataset_name, dataset_digest)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (run_id, name, at, step, COALESCE(value, 0.0), is_nan, dataset_name)
                    DO UPDATE SET model_id = excluded.model_id, dataset_digest = excluded.dataset_digest
                """,
                [
                    .text(runID), .text(point.name), value, isNaN, .int(point.at), .int(point.step),
                    .text(point.modelID), .text(point.datasetName), .text(point.datasetDigest),
                ])
        }
        var newest: [String: MetricPoint] = [:]
        var ofModels: [String: MetricPoint] = [:]
        for point in points {
            if newest[point.name].map({ $0.isOlder(than: point) }) ?? true { newest[point.name] = point }
            guard !point.modelID.isEmpty else { continue }
            let key = [point.modelID, point.name, point.datasetName, point.datasetDigest].joined(separator: "\0")
            if ofModels[key].map({ $0.isOlder(than: point) }) ?? true { ofModels[key] = point }
        }
        for point in newest.values.sorted(by: { $0.name < $1.name }) { try keepNewest(point, of: runID) }
        for point in ofModels.values { try keepNewest(point, ofModelBy: runID) }
    }

    private static let isNewer = """
        (excluded.step, excluded.at, COALESCE(excluded.value, -1e308)) >= (%.step, %.at, COALESCE(%.value, -1e308))
        """

    private func keepNewest(_ point: MetricPoint, of runID: String) throws {
        let (value, isNaN) = point.stored
        try run(
            """
            INSERT INTO run_metric (run_id, name, value, is_nan, at, step, model_id, dataset_name, dataset_digest)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan,
                at = excluded.at, step = excluded.step, model_id = excluded.model_id,
                dataset_name = excluded.dataset_name, dataset_digest = excluded.dataset_digest
            WHERE \(Self.isNewer.replacing("%", with: "run_metric"))
            """,
            [
                .text(runID), .text(point.name), value, isNaN, .int(point.at), .int(point.step), .text(point.modelID),
                .text(point.datasetName), .text(point.datasetDigest),
            ])
    }

    private func keepNewest(_ point: MetricPoint, ofModelBy runID: String) throws {
        let (value, isNaN) = point.stored
        try run(
            """
            INSERT INTO logged_model_metric (model_id, name, dataset_name, dataset_digest, run_id, value, is_nan, at, step)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE EXISTS (SELECT 1 FROM logged_model m WHERE m.id = $1)
            ON CONFLICT (model_id, name, dataset_name, dataset_digest) DO UPDATE SET run_id = excluded.run_id,
                value = excluded.value, is_nan = excluded.is_nan, at = excluded.at, step = excluded.step
            WHERE \(Self.isNewer.replacing("%", with: "logged_model_metric"))
            """,
            [
                .text(point.modelID), .text(point.name), .text(point.datasetName), .text(point.datasetDigest),
                .text(runID), value, isNaN, .int(point.at), .int(point.step),
            ])
    }

    package func linkDataset(_ dataset: DatasetRow, to runID: String, in experiment: Int64) throws {
        let known = try rows(
            """
            INSERT INTO dataset (experiment_id, name, digest, source_type, source, schema, profile)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (experiment_id, name, digest) DO UPDATE SET source = excluded.source RETURNING id
            """,
            [
                .int(experiment), .text(dataset.name), .text(dataset.digest), .text(dataset.sourceType),
                .text(dataset.source), .optional(dataset.schema), .optional(dataset.profile),
            ])
        guard let id = try known.first?.int("id") else { throw RegistryError(.internal, "The catalog gave no id.") }
        try run(
            """
            INSERT INTO run_dataset (run_id, dataset_id, tags) VALUES ($1, $2, $3)
            ON CONFLICT (run_id, dataset_id) DO UPDATE SET tags = excluded.tags
            """, [.text(runID), .int(id), .text(dataset.tags)])
    }

    package func linkModel(_ model: RunModelRow, to runID: String, isOutput: Bool) throws {
        try run(
            """
            INSERT INTO run_model (run_id, model_id, direction, step) VALUES ($1, $2, $3, $4)
            ON CONFLICT (run_id, model_id, direction) DO UPDATE SET step = excluded.step
            """, [.text(runID), .text(model.modelID), .text(isOutput ? "OUTPUT" : "INPUT"), .int(model.step)])
    }
}

extension MetricPoint {
    /// Whether another value of the metric replaces this one as the newest.
    fileprivate func isOlder(than other: MetricPoint) -> Bool {
        func key(_ point: MetricPoint) -> (Int64, Int64, Double) {
            (point.step, point.at, point.value.isNaN ? -Double.greatestFiniteMagnitude : point.value)
        }
        return key(self) <= key(other)
    }
}
