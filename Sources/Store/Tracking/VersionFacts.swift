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

    /// The alias as it was written; nil where that is its resolved name.
    package func displayName(ofAlias name: Identifier, of modelID: Int64) throws -> String? {
        try one(
            "SELECT display_name FROM alias WHERE model_id = $1 AND name = $2", [.int(modelID), .text(name.name)])?
            .optionalText("display_name")
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

    /// Keeps what clients without SQL call a model.
    package func setDisplayName(_ name: String, of modelID: Int64) throws {
        try run("UPDATE model SET display_name = $1 WHERE id = $2", [.text(name), .int(modelID)])
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
