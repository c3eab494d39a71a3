import Access
package import Store
package import Types

/// An experiment with its tags.
package struct Experiment: Sendable {
    package let row: ExperimentRow
    package let tags: [NamedText]
}

extension TrackingStore {
    private static let experimentFields = SearchQuery.Fields(
        columns: [
            "name": .text("e.name"), "experiment_id": .number("e.id"), "creation_time": .number("e.created_on"),
            "last_update_time": .number("e.updated_on"),
        ],
        pairs: [
            "tags": .init(table: "experiment_tag", join: "p.experiment_id = e.id"),
            "tag": .init(table: "experiment_tag", join: "p.experiment_id = e.id"),
        ], attributeScopes: ["attribute", "attributes", "attr"])

    package func createExperiment(_ name: String, tags: [NamedText], as principal: Principal) throws -> Int64 {
        try RegistryError.checkLength(name, "experiment name", atMost: Limits.experimentName)
        guard !name.isEmpty else {
            throw RegistryError(.invalidArgument, "Missing value for required parameter 'name'.")
        }
        try check(tags, atMost: Limits.experimentTagValue)
        return try write(as: principal) { tx in
            if let taken = try tx.experiment(named: name), !taken.isDeleted {
                throw RegistryError(.alreadyExists, "Experiment '\(name)' already exists.")
            }
            let owner = try access.viewer(principal, in: tx).roleID
            let id = try tx.insertExperiment(name, ownerRoleID: owner, now: time.now())
            for tag in tags { try tx.putText(.experimentTag, tag, of: .int(id)) }
            try note("CREATE EXPERIMENT", to: ["id": "\(id)", "name": name], as: principal, in: tx)
            return id
        }
    }

    package func experiment(_ id: Int64, as principal: Principal) throws -> Experiment {
        try read(as: principal) { try complete(try find(id, in: $0), in: $0) }
    }

    package func experiment(named name: String, as principal: Principal) throws -> Experiment {
        try read(as: principal) { reader in
            guard let row = try reader.experiment(named: name) else {
                throw RegistryError(.notFound, "Could not find experiment with name '\(name)'")
            }
            return try complete(row, in: reader)
        }
    }

    package func searchExperiments(_ request: SearchRequest, as principal: Principal) throws -> Page<Experiment> {
        var query = try SearchQuery(
            Self.experimentFields, order: request.order, then: [.descending("e.updated_on"), .descending("e.id")],
            // True of all: SQLite then goes by the index that has them in this order.
            conditions: ["e.updated_on >= 0"])
        if let condition = request.view.condition("e.lifecycle") { query.require(condition) }
        try query.add(try Filter(parsing: request.filter))
        let search = try query.search(after: request.after, limit: request.limit + 1)
        return try read(as: principal) { reader in
            try Page(try reader.experiments(search), limit: request.limit).map { try complete($0, in: reader) }
        }
    }

    package func renameExperiment(_ id: Int64, to name: String, as principal: Principal) throws {
        try RegistryError.checkLength(name, "experiment name", atMost: Limits.experimentName)
        try write(as: principal) { tx in
            let row = try find(id, in: tx)
            guard !row.isDeleted else {
                throw RegistryError(.failedPrecondition, "Cannot rename a non-active experiment.")
            }
            if let taken = try tx.experiment(named: name), !taken.isDeleted, taken.id != id {
                throw RegistryError(.alreadyExists, "Experiment '\(name)' already exists.")
            }
            try tx.renameExperiment(id, to: name, now: time.now())
            try note(
                "RENAME EXPERIMENT", from: ["id": "\(id)", "name": row.name], to: ["name": name], as: principal, in: tx)
        }
    }

    package func setExperimentDeleted(_ id: Int64, _ isDeleted: Bool, as principal: Principal) throws {
        try write(as: principal) { tx in
            let row = try find(id, in: tx)
            guard row.isDeleted != isDeleted else {
                throw RegistryError(
                    .notFound, "No \(isDeleted ? "active" : "deleted") experiment with id=\(id) exists")
            }
            if !isDeleted, let taken = try tx.experiment(named: row.name), !taken.isDeleted {
                throw RegistryError(.alreadyExists, "Experiment '\(row.name)' already exists: rename it first.")
            }
            try tx.setExperimentDeleted(id, isDeleted, now: time.now())
            try note(
                isDeleted ? "DELETE EXPERIMENT" : "RESTORE EXPERIMENT", to: ["id": "\(id)", "name": row.name],
                as: principal, in: tx)
        }
    }

    package func setExperimentTag(_ tag: NamedText, of id: Int64, as principal: Principal) throws {
        try check([tag], atMost: Limits.experimentTagValue)
        try write(as: principal) { tx in
            _ = try findActive(id, in: tx)
            let before = try tx.text(.experimentTag, tag.name, of: .int(id))
            try tx.putText(.experimentTag, tag, of: .int(id))
            let facts = ["id": "\(id)", "tag": tag.name]
            try note(
                "SET EXPERIMENT TAG", from: before.map { facts.merging(["value": $0]) { $1 } } ?? [:],
                to: facts.merging(["value": tag.value]) { $1 }, as: principal, in: tx)
        }
    }

    package func deleteExperimentTag(_ name: String, of id: Int64, as principal: Principal) throws {
        try write(as: principal) { tx in
            _ = try findActive(id, in: tx)
            let before = try tx.text(.experimentTag, name, of: .int(id)) ?? ""
            guard try tx.deleteText(.experimentTag, name, of: .int(id)) else {
                throw RegistryError(.notFound, "No tag with name: \(name) in experiment with id \(id)")
            }
            try note(
                "UNSET EXPERIMENT TAG", from: ["id": "\(id)", "tag": name, "value": before], as: principal, in: tx)
        }
    }

    func find(_ id: Int64, in reader: CatalogReader) throws -> ExperimentRow {
        guard let row = try reader.experiment(id) else {
            throw RegistryError(.notFound, "No Experiment with id=\(id) exists")
        }
        return row
    }

    func findActive(_ id: Int64, in reader: CatalogReader) throws -> ExperimentRow {
        let row = try find(id, in: reader)
        guard !row.isDeleted else {
            throw RegistryError(
                .failedPrecondition, "The experiment \(id) must be in the 'active' state. Current state is deleted.")
        }
        return row
    }

    private func complete(_ row: ExperimentRow, in reader: CatalogReader) throws -> Experiment {
        Experiment(row: row, tags: try reader.texts(.experimentTag, of: .int(row.id)))
    }

    private func check(_ tags: [NamedText], atMost limit: Int) throws {
        for tag in tags {
            try RegistryError.checkKey(tag.name, "tag name")
            try RegistryError.checkLength(tag.value, "value of the tag '\(tag.name)'", atMost: limit)
        }
    }
}
