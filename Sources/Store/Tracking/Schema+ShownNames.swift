extension Schema {
    /// Every model has the name that clients without SQL call it by, so that a search can go by it and in its order.
    static let shownNames = [
        // A name that a plain text would not resolve to is called in quotes: see `Identifier.written`.
        """
        UPDATE model SET display_name = (
            SELECT CASE WHEN o.name <> UPPER(o.name) AND o.name NOT LIKE '%-%' AND o.name NOT LIKE '% %'
                    AND o.name NOT LIKE '%.%'
                THEN '"' || o.name || '"' ELSE o.name END
            FROM object o WHERE o.id = model.id)
        WHERE display_name IS NULL
        """,
        "CREATE INDEX model_display_name ON model (display_name, id)",
        "CREATE INDEX model_version_altered ON model_version (altered_on, model_id, number)",
    ]
}
