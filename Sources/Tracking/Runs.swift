package import Store
package import Types

/// A run with what was logged to it.
package struct Run: Sendable {
    package let row: RunRow
    package let params: [NamedText]
    package let tags: [NamedText]
    package let metrics: [MetricPoint]
    package let datasets: [DatasetRow]
    package let inputs: [RunModelRow]
    package let outputs: [RunModelRow]
}

extension TrackingStore {
    private static let runFields: SearchQuery.Fields = {
        let params = SearchQuery.Pairs(table: "run_param", join: "p.run_id = r.id")
        let tags = SearchQuery.Pairs(table: "run_tag", join: "p.run_id = r.id")
        let metrics = SearchQuery.Pairs(table: "run_metric", join: "p.run_id = r.id", isNumber: true)
        return SearchQuery.Fields(
            columns: [
                "run_id": .text("r.id"), "run_name": .text("r.name"), "run name": .text("r.name"),
                "status": .text("r.status"),
                "user_id": .text("r.user_name"), "start_time": .number("r.started_on"),
                "created": .number("r.started_on"), "end_time": .number("r.ended_on", isNullable: true),
                "artifact_uri": .text(
                    "('mlflow-artifacts:/' || CAST(r.experiment_id AS TEXT) || '/' || r.id || '/artifacts')"),
                "experiment_id": .number("r.experiment_id"),
            ],
            pairs: [
                "params": params, "param": params, "parameter": params, "parameters": params, "tags": tags,
                "tag": tags, "metrics": metrics, "metric": metrics,
            ], attributeScopes: ["attribute", "attributes", "attr", "run"])
    }()

    /// - Parameters:
    ///   - name: empty for one made from the id.
    ///   - startedOn: milliseconds since 1970, nil for now.
    package func createRun(
        in experiment: Int64, name: String, startedOn: Int64?, tags: [NamedText], as principal: Principal
    ) throws -> Run {
        let tags = try checked(tags)
        let id = Self.newID()
        let tagged = tags.last { $0.name == "mlflow.runName" && !$0.value.isEmpty }?.value
        guard name.isEmpty || tagged == nil || tagged == name else {
            throw RegistryError(
                .invalidArgument,
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
                    + "(run_name='\(name.prefix(100))', mlflow.runName='\(tagged?.prefix(100) ?? "")').")
        }
        let shown = name.isEmpty ? tagged ?? "run-\(id.prefix(8))" : name
        return try write(as: principal) { tx in
            _ = try findActive(experiment, in: tx)
            let now = time.now()
            try tx.insertRun(
                id, in: experiment, name: shown, user: principal.user.name, startedOn: startedOn ?? now, now: now)
            for tag in tags { try tx.putText(.runTag, tag, of: .text(id)) }
            try tx.putText(.runTag, NamedText("mlflow.runName", shown), of: .text(id))
            return try complete(try findRun(id, in: tx), in: tx)
        }
    }

    package func run(_ id: String, as principal: Principal) throws -> Run {
        try read(as: principal) { try complete(try findRun(id, in: $0), in: $0) }
    }

    package func updateRun(
        _ id: String, name: String?, status: String?, endedOn: Int64?, as principal: Principal
    ) throws -> RunRow {
        let known = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
        if let status, !known.contains(status) {
            throw RegistryError(
                .invalidArgument,
                "Invalid status '\(status.prefix(60))' of a run: \(known.joined(separator: ", ")) are known.")
        }
        return try write(as: principal) { tx in
            let row = try findActiveRun(id, in: tx)
            let name = name.flatMap { $0.isEmpty ? nil : $0 }
            try tx.updateRun(
                id, name: name ?? row.name, status: status ?? row.status, endedOn: endedOn ?? row.endedOn)
            if let name { try tx.putText(.runTag, NamedText("mlflow.runName", name), of: .text(id)) }
            return try findRun(id, in: tx)
        }
    }

    package func setRunDeleted(_ id: String, _ isDeleted: Bool, as principal: Principal) throws {
        try write(as: principal) { tx in
            let row = try findRun(id, in: tx)
            guard row.isDeleted != isDeleted else { return }
            if isDeleted {
                try tx.deleteRun(id, now: time.now())
            } else if try !tx.restoreRun(id) {
                throw RegistryError(
                    .notFound, "Run with id=\(id) not found: it was deleted long ago and is being removed.")
            }
            try note(
                isDeleted ? "DELETE RUN" : "RESTORE RUN", to: ["id": id, "experiment": "\(row.experimentID)"],
                as: principal, in: tx)
        }
    }

    /// Logs metrics, parameters and tags together: all of them or none.
    ///
    /// - Throws: `invalidArgument` also for a parameter that has another value already, and beyond the batch's limits.
    package func log(
        to id: String, metrics: [MetricPoint] = [], params: [NamedText] = [], tags: [NamedText] = [],
        as principal: Principal
    ) throws {
        func most(_ count: Int, _ what: String, _ limit: Int) throws {
            guard count <= limit else {
                throw RegistryError(
                    .invalidArgument, "A batch logging request can contain at most \(limit) \(what). Got \(count) \(what).")
            }
        }
        try most(metrics.count, "metrics", Limits.batchMetrics)
        try most(params.count, "params", Limits.batchParams)
        try most(tags.count, "tags", Limits.batchTags)
        try most(metrics.count + params.count + tags.count, "metrics, params and tags", Limits.batchTotal)
        var named: Set<String> = []
        for metric in metrics where named.insert(metric.name).inserted {
            try RegistryError.checkKey(metric.name, "metric name")
        }
        let params = try checked(params: params)
        // An empty name of a run changes nothing.
        let tags = try checked(tags).filter { $0.name != "mlflow.runName" || !$0.value.isEmpty }
        try write(as: principal) { tx in
            let row = try findActiveRun(id, in: tx)
            for param in params {
                if let known = try tx.text(.runParam, param.name, of: .text(id)) {
                    guard known == param.value else {
                        throw RegistryError(
                            .invalidArgument,
                            "Changing param values is not allowed. Param with key='\(param.name)' was already logged "
                                + "with value='\(known.prefix(200))' for run ID='\(id)'. Attempted logging new value "
                                + "'\(param.value.prefix(200))'.")
                    }
                } else {
                    try tx.putText(.runParam, param, of: .text(id))
                }
            }
            for tag in tags {
                try tx.putText(.runTag, tag, of: .text(id))
                if tag.name == "mlflow.runName" {
                    try tx.updateRun(id, name: tag.value, status: row.status, endedOn: row.endedOn)
                }
            }
            try tx.appendMetrics(metrics, to: id)
        }
    }

    package func deleteRunTag(_ name: String, of id: String, as principal: Principal) throws {
        try write(as: principal) { tx in
            _ = try findActiveRun(id, in: tx)
            guard try tx.deleteText(.runTag, name, of: .text(id)) else {
                throw RegistryError(.notFound, "No tag with name: \(name) in run with id \(id)")
            }
        }
    }

    package func link(
        datasets: [DatasetRow], models: [RunModelRow], isOutput: Bool, to id: String, as principal: Principal
    ) throws {
        for dataset in datasets { try Self.check(dataset) }
        try write(as: principal) { tx in
            let row = try findActiveRun(id, in: tx)
            for dataset in datasets { try tx.linkDataset(dataset, to: id, in: row.experimentID) }
            for model in models {
                _ = try findModel(model.modelID, in: tx)
                try tx.linkModel(model, to: id, isOutput: isOutput)
            }
        }
    }

    /// Source: mlflow.utils.validation, _validate_dataset.
    private static func check(_ dataset: DatasetRow) throws {
        try RegistryError.checkLength(dataset.name, "name of the dataset", atMost: 500)
        try RegistryError.checkLength(dataset.digest, "digest of the dataset", atMost: 36)
        try RegistryError.checkLength(dataset.source, "source of the dataset", atMost: 65_535)
        try RegistryError.checkLength(dataset.schema ?? "", "schema of the dataset", atMost: 1_048_575)
        try RegistryError.checkLength(dataset.profile ?? "", "profile of the dataset", atMost: 16_777_215)
    }

    package func searchRuns(
        in experiments: [Int64], _ request: SearchRequest, as principal: Principal
    ) throws -> Page<Run> {
        var query = try SearchQuery(
            Self.runFields, order: request.order, then: [.descending("r.started_on"), .ascending("r.id")])
        let marks = experiments.map { query.bind(.int($0)) }
        query.require(marks.isEmpty ? "1 = 0" : "r.experiment_id IN (\(marks.joined(separator: ", ")))")
        if let condition = request.view.condition("r.lifecycle") { query.require(condition) }
        let filter = try Filter(parsing: request.filter)
        try query.add(filter.withoutDatasets)
        for comparison in filter.datasets { try query.addDataset(comparison) }
        let search = try query.search(after: request.after, limit: request.limit + 1)
        return try read(as: principal) { reader in
            try Page(try reader.runs(search), limit: request.limit).map { try complete($0, in: reader) }
        }
    }

    /// All values of a metric, by time and step.
    package func metricHistory(
        of id: String, _ name: String, after end: PageKey?, limit: Int, as principal: Principal
    ) throws -> Page<MetricPoint> {
        var query = try SearchQuery(
            .init(columns: [:], pairs: [:]), then: [.ascending("p.at"), .ascending("p.step"), .ascending("p.id")])
        query.require("p.run_id = \(query.bind(.text(id))) AND p.name = \(query.bind(.text(name)))")
        let search = try query.search(after: end, limit: limit + 1)
        return try read(as: principal) { reader in
            _ = try findRun(id, in: reader)
            return Page(try reader.metricPoints(search), limit: limit)
        }
    }

    /// Values of a metric, evenly over its steps; the first and the last are among them.
    ///
    /// - Parameters:
    ///   - steps: only values of these.
    ///   - limit: most values; with 1 it is the last one.
    package func sampledHistory(
        of id: String, _ name: String, steps: ClosedRange<Int64>?, limit: Int, as principal: Principal
    ) throws -> [MetricPoint] {
        try read(as: principal) { reader in
            _ = try findRun(id, in: reader)
            return try reader.sampledHistory(of: id, name, steps: steps, limit: limit)
        }
    }

    func findRun(_ id: String, in reader: CatalogReader) throws -> RunRow {
        guard let row = try reader.run(withID: id) else { throw RegistryError(.notFound, "Run with id=\(id.prefix(80)) not found") }
        return row
    }

    func findActiveRun(_ id: String, in reader: CatalogReader) throws -> RunRow {
        let row = try findRun(id, in: reader)
        guard !row.isDeleted else {
            throw RegistryError(
                .invalidArgument, "The run \(id) must be in the 'active' state. Current state is deleted.")
        }
        return row
    }

    private func complete(_ row: RunRow, in reader: CatalogReader) throws -> Run {
        Run(
            row: row, params: try reader.texts(.runParam, of: .text(row.id)),
            tags: try reader.texts(.runTag, of: .text(row.id)), metrics: try reader.latestMetrics(of: row.id),
            datasets: try reader.datasets(of: row.id), inputs: try reader.models(of: row.id, isOutput: false),
            outputs: try reader.models(of: row.id, isOutput: true))
    }
}

extension Filter {
    private static let datasetScopes: Set<String> = ["dataset", "datasets"]

    fileprivate var withoutDatasets: Filter { Filter(comparisons.filter { !Self.datasetScopes.contains($0.scope) }) }
    fileprivate var datasets: [Comparison] { comparisons.filter { Self.datasetScopes.contains($0.scope) } }
}
