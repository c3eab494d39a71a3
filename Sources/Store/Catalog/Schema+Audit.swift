extension Schema {
    /// Audit rows name the statement that made the change, and are found by the kind of what was changed.
    static let auditOrigin = [
        "ALTER TABLE audit ADD COLUMN query_id TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX audit_kind ON audit (object_kind, at)",
    ]

    /// Lists of a schema's objects read this index in its order, and filter by names without the rows.
    static let places = [
        "CREATE INDEX object_place ON object (parent_id, family, name, id, name_ci) WHERE dropped_on IS NULL"
    ]

    /// When a warehouse was resumed last, in milliseconds.
    static let warehouseTimes = ["ALTER TABLE warehouse ADD COLUMN resumed_on INTEGER"]
}
