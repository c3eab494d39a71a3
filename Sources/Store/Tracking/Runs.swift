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

    package func runs(_ search: CatalogSearch) throws -> [Found<RunRow>] {
        try found(search, RunRow.columns, from: "run r", RunRow.init)
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
