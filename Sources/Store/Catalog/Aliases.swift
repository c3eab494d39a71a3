package import Types

extension CatalogReader {
    /// The id of the version that the alias points to, nil where the model has no such alias.
    package func alias(_ name: Identifier, of modelID: Int64) throws -> Int64? {
        try one("SELECT version_id FROM alias WHERE model_id = $1 AND name = $2", [.int(modelID), .text(name.name)])?
            .int("version_id")
    }

    /// The model's aliases in order of their names; the system's are not among them.
    package func aliases(of modelID: Int64) throws -> [(name: String, versionID: Int64)] {
        try rows("SELECT name, version_id FROM alias WHERE model_id = $1 ORDER BY name", [.int(modelID)]).map {
            (try $0.text("name"), try $0.int("version_id"))
        }
    }
}

extension CatalogTransaction {
    /// Points the alias to the version, wherever it pointed before.
    package func setAlias(_ name: Identifier, of modelID: Int64, to versionID: Int64, now: Int64) throws {
        try run(
            """
            INSERT INTO alias (model_id, name, version_id, created_on) VALUES ($1, $2, $3, $4)
            ON CONFLICT (model_id, name) DO UPDATE SET version_id = excluded.version_id
            """,
            [.int(modelID), .text(name.name), .int(versionID), .int(now)])
    }

    package func deleteAlias(_ name: Identifier, of modelID: Int64) throws {
        try run("DELETE FROM alias WHERE model_id = $1 AND name = $2", [.int(modelID), .text(name.name)])
    }
}
