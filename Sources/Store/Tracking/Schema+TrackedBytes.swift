extension Schema {
    /// When experiments, runs and logged models were deleted, so that they are collected some time later, and how many
    /// bytes of files they have, for the quota.
    ///
    /// `deleted_on` is NULL for what is active, and for what was deleted before there was this column; 0 for a run that
    /// is being collected, and can't be restored.
    static let trackedBytes: [String] = [
        "ALTER TABLE experiment ADD COLUMN deleted_on INTEGER",
        "ALTER TABLE run ADD COLUMN deleted_on INTEGER",
        "ALTER TABLE logged_model ADD COLUMN deleted_on INTEGER",
        "UPDATE experiment SET deleted_on = updated_on WHERE lifecycle = 'deleted'",
        "UPDATE logged_model SET deleted_on = updated_on WHERE lifecycle = 'deleted'",
        """
        UPDATE run SET lifecycle = 'deleted',
            deleted_on = (SELECT e.deleted_on FROM experiment e WHERE e.id = run.experiment_id)
        WHERE lifecycle = 'active' AND experiment_id IN (SELECT e.id FROM experiment e WHERE e.lifecycle = 'deleted')
        """,
        "CREATE INDEX run_model_model ON run_model (model_id)",
        "CREATE INDEX run_dataset_dataset ON run_dataset (dataset_id)",
        "CREATE INDEX run_deleted ON run (deleted_on) WHERE lifecycle = 'deleted'",
        "CREATE INDEX model_version_logged_model ON model_version (logged_model_id) WHERE logged_model_id <> ''",
        // One row: bytes of all tracked files. A content that several have counts for each.
        """
        CREATE TABLE tracked_total (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            bytes INTEGER NOT NULL
        ) STRICT
        """,
        """
        INSERT INTO tracked_total (id, bytes)
            SELECT 1, COALESCE(SUM(b.size), 0) FROM tracked_file f JOIN blob b ON b.digest = f.digest
        """,
    ]
}
