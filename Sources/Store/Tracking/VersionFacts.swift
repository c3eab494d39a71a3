package import Types

/// What MLflow's clients say of a version beyond what every version has.
package struct VersionFacts: Hashable, Sendable {
    /// None, Staging, Production or Archived.
    package var stage = "None"
    package var runID = ""
    package var runLink = ""
    package var loggedModelID = ""
    /// Where it came from, as its client said it.
    package var sourceURI = ""

    package init() {}
}

extension CatalogReader {
    package func facts(of versionID: Int64) throws -> VersionFacts {
        var facts = VersionFacts()
        let row = try one(
            "SELECT stage, run_id, run_link, logged_model_id, source_uri FROM model_version WHERE id = $1",
            [.int(versionID)])
        guard let row else { return facts }
        facts.stage = try row.text("stage")
        facts.runID = try row.text("run_id")
        facts.runLink = try row.text("run_link")
        facts.loggedModelID = try row.text("logged_model_id")
        facts.sourceURI = try row.text("source_uri")
        return facts
    }

    package func displayName(of modelID: Int64) throws -> String? {
        try one("SELECT display_name FROM model WHERE id = $1", [.int(modelID)])?.optionalText("display_name")
    }

    /// The alias as it was written; nil where that is its resolved name.
    package func displayName(ofAlias name: Identifier, of modelID: Int64) throws -> String? {
        try one(
            "SELECT display_name FROM alias WHERE model_id = $1 AND name = $2", [.int(modelID), .text(name.name)])?
            .optionalText("display_name")
    }

    package func shownAliases(of modelID: Int64) throws -> [(name: String, versionID: Int64)] {
        try rows(
            "SELECT COALESCE(display_name, name) AS shown, version_id FROM alias WHERE model_id = $1 ORDER BY name",
            [.int(modelID)]
        ).map { (try $0.text("shown"), try $0.int("version_id")) }
    }

    package func version(number: Int64, of modelID: Int64) throws -> VersionRecord? {
        guard
            let row = try one(
                """
                SELECT id FROM model_version WHERE model_id = $1 AND number = $2 AND dropped_on IS NULL
                    AND state = 'COMMITTED'
                """, [.int(modelID), .int(number)])
        else { return nil }
        return try version(try row.int("id"))
    }
}

extension CatalogReader {
    private static let modelJoin = """
        JOIN object s ON s.id = o.parent_id JOIN object d ON d.id = s.parent_id
        """

    /// Models as a search finds them: `o` is the object, `m` the model.
    package func modelObjects(_ search: CatalogSearch) throws -> [ListedObject] {
        try rows(
            """
            SELECT \(ObjectRow.columns), s.name AS schema_name, d.name AS database_name
            FROM object o JOIN model m ON m.id = o.id \(Self.modelJoin) \(search.sql)
            """, search.arguments
        ).map(Self.listed)
    }

    /// Versions as a search finds them: `v` is the version, `o` its model's object, `m` the model.
    package func modelVersions(_ search: CatalogSearch) throws -> [(versionID: Int64, listed: ListedObject)] {
        try rows(
            """
            SELECT \(ObjectRow.columns), s.name AS schema_name, d.name AS database_name, v.id AS version_id
            FROM model_version v JOIN object o ON o.id = v.model_id JOIN model m ON m.id = o.id
            \(Self.modelJoin) \(search.sql)
            """, search.arguments
        ).map { (try $0.int("version_id"), try Self.listed($0)) }
    }

    private static func listed(_ row: CatalogRow) throws -> ListedObject {
        ListedObject(
            object: try ObjectRow(row), database: try row.identifier("database_name"),
            schema: try row.identifier("schema_name"))
    }
}

extension CatalogTransaction {
    package func setFacts(_ facts: VersionFacts, of versionID: Int64) throws {
        try run(
            """
            UPDATE model_version SET stage = $1, run_id = $2, run_link = $3, logged_model_id = $4, source_uri = $5
            WHERE id = $6
            """,
            [
                .text(facts.stage), .text(facts.runID), .text(facts.runLink), .text(facts.loggedModelID),
                .text(facts.sourceURI), .int(versionID),
            ])
    }

    package func touch(_ modelID: Int64, version: Int64? = nil, now: Int64) throws {
        try run("UPDATE object SET altered_on = $1 WHERE id = $2", [.int(now), .int(modelID)])
        guard let version else { return }
        try run("UPDATE model_version SET altered_on = $1 WHERE id = $2", [.int(now), .int(version)])
    }

    /// Keeps how a model's name was written; nil where that is the resolved name.
    package func setDisplayName(_ name: String?, of modelID: Int64) throws {
        try run("UPDATE model SET display_name = $1 WHERE id = $2", [.optional(name), .int(modelID)])
    }

    /// Keeps how an alias was written; nil where that is the resolved name.
    package func setDisplayName(_ shown: String?, ofAlias name: Identifier, of modelID: Int64) throws {
        try run(
            "UPDATE alias SET display_name = $1 WHERE model_id = $2 AND name = $3",
            [.optional(shown), .int(modelID), .text(name.name)])
    }

    /// Another default version, or none, for a model whose default is dropped.
    package func replaceDefaultVersion(_ modelID: Int64, by versionID: Int64?) throws {
        try run("UPDATE model SET default_version_id = $1 WHERE id = $2", [.optional(versionID), .int(modelID)])
    }
}
