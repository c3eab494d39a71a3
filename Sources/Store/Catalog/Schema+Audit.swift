extension Schema {
    /// Audit rows name the statement that made the change, and are found by the kind of what was changed.
    static let auditOrigin = [
        "ALTER TABLE audit ADD COLUMN query_id TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX audit_kind ON audit (object_kind, at)",
    ]
}
