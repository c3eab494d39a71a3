import Types

/// A model that a client logged, before and besides its registration.
package struct LoggedModelRow: Hashable, Sendable {
    /// `m-` and 32 hexadecimal digits.
    package let id: String
    package let experimentID: Int64
    package let name: String
    package let modelType: String
    /// The run that made it, empty for none.
    package let sourceRunID: String
    /// LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.
    package let status: String
    package let isDeleted: Bool
    /// Milliseconds since 1970.
    package let createdOn: Int64
    package let updatedOn: Int64

    static let columns = """
        m.id, m.experiment_id, m.name, m.model_type, m.source_run_id, m.status, m.lifecycle, m.created_on, m.updated_on
        """

    init(_ row: CatalogRow) throws {
        id = try row.text("id")
        experimentID = try row.int("experiment_id")
        name = try row.text("name")
        modelType = try row.text("model_type")
        sourceRunID = try row.text("source_run_id")
        status = try row.text("status")
        isDeleted = try row.text("lifecycle") == "deleted"
        createdOn = try row.int("created_on")
        updatedOn = try row.int("updated_on")
    }
}

extension CatalogReader {
    package func loggedModel(_ id: String) throws -> LoggedModelRow? {
        try one("SELECT \(LoggedModelRow.columns) FROM logged_model m WHERE m.id = $1", [.text(id)])
            .map(LoggedModelRow.init)
    }

    package func loggedModels(_ search: CatalogSearch) throws -> [Found<LoggedModelRow>] {
        try found(search, LoggedModelRow.columns, from: "logged_model m", LoggedModelRow.init)
    }

    /// The newest value of each metric of a logged model and dataset.
    package func metrics(ofModel id: String) throws -> [MetricPoint] {
        try rows(
            """
            SELECT name, value, at, step, model_id, dataset_name, dataset_digest, run_id FROM logged_model_metric
            WHERE model_id = $1 ORDER BY name, dataset_name
            """, [.text(id)]
        ).map(MetricPoint.init)
    }
}

extension CatalogTransaction {
    package func insertLoggedModel(
        _ id: String, in experiment: Int64, name: String, modelType: String, sourceRunID: String, now: Int64
    ) throws {
        try run(
            """
            INSERT INTO logged_model (id, experiment_id, name, model_type, source_run_id, status, created_on, updated_on)
            VALUES ($1, $2, $3, $4, $5, 'LOGGED_MODEL_PENDING', $6, $6)
            """, [.text(id), .int(experiment), .text(name), .text(modelType), .text(sourceRunID), .int(now)])
    }

    package func setLoggedModelStatus(_ id: String, _ status: String, now: Int64) throws {
        try run(
            "UPDATE logged_model SET status = $1, updated_on = $2 WHERE id = $3", [.text(status), .int(now), .text(id)])
    }

    package func deleteLoggedModel(_ id: String, now: Int64) throws {
        try run(
            "UPDATE logged_model SET lifecycle = 'deleted', updated_on = $1, deleted_on = $1 WHERE id = $2",
            [.int(now), .text(id)])
    }
}
