package import Store
package import Types

/// A logged model with what is known of it.
package struct LoggedModel: Sendable {
    package let row: LoggedModelRow
    package let params: [NamedText]
    package let tags: [NamedText]
    package let metrics: [MetricPoint]
}

extension TrackingStore {
    private static let modelFields: SearchQuery.Fields = {
        let params = SearchQuery.Pairs(table: "logged_model_param", join: "p.model_id = m.id")
        let tags = SearchQuery.Pairs(table: "logged_model_tag", join: "p.model_id = m.id")
        // One value for each dataset: the newest counts.
        let metrics = SearchQuery.Pairs(
            table: "logged_model_metric", join: "p.model_id = m.id", isNumber: true,
            first: "p.at DESC, p.is_nan, p.value DESC, p.dataset_name, p.dataset_digest")
        return SearchQuery.Fields(
            columns: [
                "name": .text("m.name"), "model_id": .text("m.id"), "model_type": .text("m.model_type"),
                "status": .text("REPLACE(m.status, 'LOGGED_MODEL_', '')"), "source_run_id": .text("m.source_run_id"),
                "creation_timestamp": .number("m.created_on"), "creation_time": .number("m.created_on"),
                "last_updated_timestamp": .number("m.updated_on"), "last_updated_time": .number("m.updated_on"),
                "experiment_id": .number("m.experiment_id"),
            ],
            pairs: ["params": params, "param": params, "tags": tags, "tag": tags, "metrics": metrics, "metric": metrics],
            attributeScopes: ["attribute", "attributes", "attr"])
    }()

    package func createLoggedModel(
        in experiment: Int64, name: String, modelType: String, sourceRunID: String, params: [NamedText],
        tags: [NamedText], as principal: Principal
    ) throws -> LoggedModel {
        let params = try checked(params: params)
        let tags = try checked(modelTags: tags)
        let id = "m-" + Self.newID()
        let shown = name.isEmpty ? "model-\(id.dropFirst(2).prefix(8))" : name
        try RegistryError.checkLength(shown, "model name", atMost: Limits.experimentName)
        guard !shown.contains(where: { "/:.%\"'".contains($0) }) else {
            throw RegistryError(
                .invalidArgument,
                "Invalid model name ('\(shown.prefix(200))') provided. Model name must be a non-empty string and cannot "
                    + "contain the following characters: / : . % \" '")
        }
        return try write(as: principal) { tx in
            _ = try findActive(experiment, in: tx)
            if !sourceRunID.isEmpty { _ = try findRun(sourceRunID, in: tx) }
            try tx.insertLoggedModel(
                id, in: experiment, name: shown, modelType: modelType, sourceRunID: sourceRunID, now: time.now())
            for param in params { try tx.putText(.loggedModelParam, param, of: .text(id)) }
            for tag in tags { try tx.putText(.loggedModelTag, tag, of: .text(id)) }
            try note(
                "CREATE LOGGED MODEL",
                to: ["id": id, "name": shown, "experiment": "\(experiment)", "run": sourceRunID], as: principal, in: tx)
            return try complete(try findModel(id, in: tx), in: tx)
        }
    }

    package func loggedModel(_ id: String, as principal: Principal) throws -> LoggedModel {
        try read(as: principal) { try complete(try findModel(id, in: $0), in: $0) }
    }

    package func setLoggedModelStatus(_ id: String, _ status: String, as principal: Principal) throws -> LoggedModel {
        let known = ["LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"]
        guard known.contains(status) else {
            throw RegistryError(
                .invalidArgument,
                "Invalid model status '\(status.prefix(60))': \(known.joined(separator: ", ")) are known.")
        }
        return try write(as: principal) { tx in
            let before = try findModel(id, in: tx).status
            try tx.setLoggedModelStatus(id, status, now: time.now())
            try note(
                "SET LOGGED MODEL STATUS", from: ["id": id, "status": before], to: ["id": id, "status": status],
                as: principal, in: tx)
            return try complete(try findModel(id, in: tx), in: tx)
        }
    }

    package func deleteLoggedModel(_ id: String, as principal: Principal) throws {
        try write(as: principal) { tx in
            let row = try findModel(id, in: tx)
            try tx.deleteLoggedModel(id, now: time.now())
            try note("DELETE LOGGED MODEL", from: ["id": id, "name": row.name], as: principal, in: tx)
        }
    }

    package func setLoggedModelTags(_ tags: [NamedText], of id: String, as principal: Principal) throws -> LoggedModel {
        let tags = try checked(modelTags: tags)
        return try write(as: principal) { tx in
            _ = try findModel(id, in: tx)
            for tag in tags {
                let before = try tx.text(.loggedModelTag, tag.name, of: .text(id))
                guard before != tag.value else { continue }
                try tx.putText(.loggedModelTag, tag, of: .text(id))
                let facts = ["id": id, "tag": tag.name]
                try note(
                    "SET LOGGED MODEL TAG", from: before.map { facts.merging(["value": $0]) { $1 } } ?? [:],
                    to: facts.merging(["value": tag.value]) { $1 }, as: principal, in: tx)
            }
            return try complete(try findModel(id, in: tx), in: tx)
        }
    }

    package func deleteLoggedModelTag(_ name: String, of id: String, as principal: Principal) throws {
        try write(as: principal) { tx in
            _ = try findModel(id, in: tx)
            let before = try tx.text(.loggedModelTag, name, of: .text(id)) ?? ""
            guard try tx.deleteText(.loggedModelTag, name, of: .text(id)) else {
                throw RegistryError(.notFound, "No tag with key '\(name)' found for logged model with ID '\(id)'.")
            }
            try note(
                "UNSET LOGGED MODEL TAG", from: ["id": id, "tag": name, "value": before], as: principal, in: tx)
        }
    }

    package func addLoggedModelParams(_ params: [NamedText], to id: String, as principal: Principal) throws {
        let params = try checked(params: params)
        try write(as: principal) { tx in
            _ = try findModel(id, in: tx)
            for param in params { try tx.putText(.loggedModelParam, param, of: .text(id)) }
        }
    }

    /// - Parameter datasets: name and digest (empty: any) of datasets; where there are some, only metrics that were taken
    ///   on one of them count, and only models that have such a metric are found.
    package func searchLoggedModels(
        in experiments: [Int64], onDatasets datasets: [NamedText] = [], _ request: SearchRequest,
        as principal: Principal
    ) throws -> Page<LoggedModel> {
        var query = try SearchQuery(
            Self.modelFields, order: request.order, then: [.descending("m.created_on"), .ascending("m.id")],
            conditions: ["m.lifecycle = 'active'"])
        let marks = experiments.map { query.bind(.int($0)) }
        query.require(marks.isEmpty ? "1 = 0" : "m.experiment_id IN (\(marks.joined(separator: ", ")))")
        if !datasets.isEmpty {
            let any = datasets.map { dataset in
                let name = "p.dataset_name = \(query.bind(.text(dataset.name)))"
                return dataset.value.isEmpty
                    ? name : "\(name) AND p.dataset_digest = \(query.bind(.text(dataset.value)))"
            }.joined(separator: " OR ")
            query.require("EXISTS (SELECT 1 FROM logged_model_metric p WHERE p.model_id = m.id AND (\(any)))")
            for scope in ["metrics", "metric"] { query.narrow(scope, by: "(\(any))") }
        }
        try query.add(try Filter(parsing: request.filter))
        let search = try query.search(after: request.after, limit: request.limit + 1)
        return try read(as: principal) { reader in
            try Page(try reader.loggedModels(search), limit: request.limit).map { try complete($0, in: reader) }
        }
    }

    func findModel(_ id: String, in reader: CatalogReader) throws -> LoggedModelRow {
        guard let row = try reader.loggedModel(id), !row.isDeleted else {
            throw RegistryError(.notFound, "Logged model with ID '\(id.prefix(80))' not found.")
        }
        return row
    }

    private func complete(_ row: LoggedModelRow, in reader: CatalogReader) throws -> LoggedModel {
        LoggedModel(
            row: row, params: try reader.texts(.loggedModelParam, of: .text(row.id)),
            tags: try reader.texts(.loggedModelTag, of: .text(row.id)), metrics: try reader.metrics(ofModel: row.id))
    }
}
