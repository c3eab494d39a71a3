import Types

/// An experiment: what runs and logged models belong to.
package struct ExperimentRow: Hashable, Sendable {
    package let id: Int64
    package let name: String
    package let isDeleted: Bool
    package let ownerRoleID: Int64?
    /// Milliseconds since 1970.
    package let createdOn: Int64
    package let updatedOn: Int64

    static let columns = "e.id, e.name, e.lifecycle, e.owner_role_id, e.created_on, e.updated_on"

    init(_ row: CatalogRow) throws {
        id = try row.int("id")
        name = try row.text("name")
        isDeleted = try row.text("lifecycle") == "deleted"
        ownerRoleID = row.optionalInt("owner_role_id")
        createdOn = try row.int("created_on")
        updatedOn = try row.int("updated_on")
    }
}

/// A name and a text: a tag or a parameter.
package struct NamedText: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    init(_ row: CatalogRow) throws { self.init(try row.text("name"), try row.text("value")) }
}

/// Tables of names and texts that hang on an id.
package enum TextTableName: String, Sendable {
    case experimentTag = "experiment_tag"
    case runTag = "run_tag"
    case runParam = "run_param"
    case loggedModelTag = "logged_model_tag"
    case loggedModelParam = "logged_model_param"

    var key: String {
        switch self {
        case .experimentTag: "experiment_id"
        case .runTag, .runParam: "run_id"
        case .loggedModelTag, .loggedModelParam: "model_id"
        }
    }
}

extension CatalogReader {
    package func experiment(_ id: Int64) throws -> ExperimentRow? {
        try one("SELECT \(ExperimentRow.columns) FROM experiment e WHERE e.id = $1", [.int(id)]).map(ExperimentRow.init)
    }

    /// The experiment of the name: the active one, else the one deleted last.
    package func experiment(named name: String) throws -> ExperimentRow? {
        try one(
            """
            SELECT \(ExperimentRow.columns) FROM experiment e WHERE e.name = $1
            ORDER BY CASE e.lifecycle WHEN 'active' THEN 0 ELSE 1 END, e.updated_on DESC LIMIT 1
            """, [.text(name)]
        ).map(ExperimentRow.init)
    }

    package func experiments(_ search: CatalogSearch) throws -> [Found<ExperimentRow>] {
        try found(search, ExperimentRow.columns, from: "experiment e", ExperimentRow.init)
    }

    /// The texts of an owner, by name.
    package func texts(_ table: TextTableName, of id: CatalogValue) throws -> [NamedText] {
        try rows("SELECT name, value FROM \(table.rawValue) WHERE \(table.key) = $1 ORDER BY name", [id])
            .map(NamedText.init)
    }

    package func text(_ table: TextTableName, _ name: String, of id: CatalogValue) throws -> String? {
        try one("SELECT value FROM \(table.rawValue) WHERE \(table.key) = $1 AND name = $2", [id, .text(name)])?
            .text("value")
    }
}

extension CatalogTransaction {
    package func insertExperiment(_ name: String, ownerRoleID: Int64?, now: Int64) throws -> Int64 {
        let made = try rows(
            "INSERT INTO experiment (name, owner_role_id, created_on, updated_on) VALUES ($1, $2, $3, $3) RETURNING id",
            [.text(name), .optional(ownerRoleID), .int(now)])
        guard let row = made.first else { throw RegistryError(.internal, "The catalog gave no id.") }
        return try row.int("id")
    }

    package func renameExperiment(_ id: Int64, to name: String, now: Int64) throws {
        try run(
            "UPDATE experiment SET name = $1, updated_on = $2 WHERE id = $3", [.text(name), .int(now), .int(id)])
    }

    package func putText(_ table: TextTableName, _ text: NamedText, of id: CatalogValue) throws {
        try run(
            """
            INSERT INTO \(table.rawValue) (\(table.key), name, value) VALUES ($1, $2, $3)
            ON CONFLICT (\(table.key), name) DO UPDATE SET value = excluded.value
            """, [id, .text(text.name), .text(text.value)])
    }

    /// Returns whether there was one.
    package func deleteText(_ table: TextTableName, _ name: String, of id: CatalogValue) throws -> Bool {
        try run("DELETE FROM \(table.rawValue) WHERE \(table.key) = $1 AND name = $2", [id, .text(name)]) > 0
    }
}
