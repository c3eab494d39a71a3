extension Schema {
    /// Experiments, runs and logged models in the order that searches list them in.
    static let trackingOrder = [
        "DROP INDEX run_experiment",
        "CREATE INDEX run_listed ON run (experiment_id, started_on DESC, id)",
        "DROP INDEX logged_model_experiment",
        "CREATE INDEX logged_model_listed ON logged_model (experiment_id, created_on DESC, id)",
        "CREATE INDEX experiment_listed ON experiment (updated_on, id)",
    ]
}
