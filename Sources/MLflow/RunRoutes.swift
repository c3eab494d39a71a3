import Engine
import HTTPTypes
import Store
import Tracking
import Types

extension MLflowDoor {
    static let runRoutes: [Route] = {
        let base = "/2.0/mlflow/runs"
        return [
            Route(.post, "\(base)/create") { try $0.createRun($1) },
            Route(.get, "\(base)/get") { try $0.getRun($1) },
            Route(.post, "\(base)/update") { try $0.updateRun($1) },
            Route(.post, "\(base)/delete") { try $0.setRunDeleted($1, true) },
            Route(.post, "\(base)/restore") { try $0.setRunDeleted($1, false) },
            Route(.post, "\(base)/log-metric") { try $0.logMetric($1) },
            Route(.post, "\(base)/log-parameter") { try $0.logParameter($1) },
            Route(.post, "\(base)/set-tag") { try $0.setRunTag($1) },
            Route(.post, "\(base)/delete-tag") { try $0.deleteRunTag($1) },
            Route(.post, "\(base)/log-batch") { try $0.logBatch($1) },
            Route(.post, "\(base)/log-inputs") { try $0.logInputs($1) },
            Route(.post, "\(base)/outputs") { try $0.logOutputs($1) },
            Route(.post, "\(base)/log-model") { try $0.logModel($1) },
            Route(.post, "\(base)/search") { try $0.searchRuns($1) },
            Route(.get, "/2.0/mlflow/metrics/get-history") { try $0.metricHistory($1) },
            Route(.get, "/2.0/mlflow/metrics/get-history-bulk-interval") { try $0.sampledHistory($1) },
            Route(.get, "/2.0/mlflow/metrics/get-history-bulk") { try $0.historyOfRuns($1) },
        ]
    }()

    private func id(_ call: Call) throws -> String {
        if let id = try call.arguments.optionalText("run_uuid"), !id.isEmpty, try call.arguments.text("run_id").isEmpty {
            return id
        }
        return try call.arguments.requiredText("run_id")
    }

    private func createRun(_ call: Call) throws -> JSON {
        let experiment = try call.arguments.text("experiment_id")
        let run = try tracking.createRun(
            in: experiment.isEmpty ? 0 : try Self.experimentID(experiment), name: try call.arguments.text("run_name"),
            startedOn: try call.arguments.optionalInt("start_time"), tags: try call.arguments.pairs("tags"),
            as: call.principal)
        return .make(["run": Self.render(run)])
    }

    private func getRun(_ call: Call) throws -> JSON {
        .make(["run": Self.render(try tracking.run(try id(call), as: call.principal))])
    }

    private func updateRun(_ call: Call) throws -> JSON {
        let row = try tracking.updateRun(
            try id(call), name: try call.arguments.optionalText("run_name"),
            status: try call.arguments.optionalText("status"), endedOn: try call.arguments.optionalInt("end_time"),
            as: call.principal)
        return .make(["run_info": Self.info(row)])
    }

    private func setRunDeleted(_ call: Call, _ isDeleted: Bool) throws -> JSON {
        try tracking.setRunDeleted(try id(call), isDeleted, as: call.principal)
        return .object([])
    }

    private static func metric(_ given: Arguments) throws -> MetricPoint {
        let (name, value) = (try given.requiredText("key"), try given.requiredNumber("value"))
        guard let at = try given.optionalInt("timestamp") else {
            throw RegistryError(
                .invalidArgument,
                "Missing value for required parameter 'timestamp'. See the API docs for more information about request parameters.")
        }
        guard at >= 0 else {
            throw RegistryError(
                .invalidArgument,
                "Invalid value \(at) for parameter 'timestamp' supplied. Timestamp must be a nonnegative long (64-bit integer)")
        }
        var point = MetricPoint(
            name: name, value: value, at: at, step: try given.optionalInt("step") ?? 0)
        point.modelID = try given.text("model_id")
        point.datasetName = try given.text("dataset_name")
        point.datasetDigest = try given.text("dataset_digest")
        guard point.datasetName.isEmpty == point.datasetDigest.isEmpty else {
            throw RegistryError(
                .invalidArgument, "Both dataset_name and dataset_digest must be provided if one is provided")
        }
        return point
    }

    private func logMetric(_ call: Call) throws -> JSON {
        try tracking.log(to: try id(call), metrics: [try Self.metric(call.arguments)], as: call.principal)
        return .object([])
    }

    private func logParameter(_ call: Call) throws -> JSON {
        let param = NamedText(try call.arguments.requiredText("key"), try call.arguments.text("value"))
        try tracking.log(to: try id(call), params: [param], as: call.principal)
        return .object([])
    }

    private func setRunTag(_ call: Call) throws -> JSON {
        let tag = NamedText(try call.arguments.requiredText("key"), try call.arguments.text("value"))
        try tracking.log(to: try id(call), tags: [tag], as: call.principal)
        return .object([])
    }

    private func deleteRunTag(_ call: Call) throws -> JSON {
        try tracking.deleteRunTag(try call.arguments.requiredText("key"), of: try id(call), as: call.principal)
        return .object([])
    }

    private func logBatch(_ call: Call) throws -> JSON {
        try tracking.log(
            to: try id(call), metrics: try call.arguments.objects("metrics").map(Self.metric),
            params: try call.arguments.pairs("params"), tags: try call.arguments.pairs("tags"), as: call.principal)
        return .object([])
    }

    private func logInputs(_ call: Call) throws -> JSON {
        let datasets = try call.arguments.objects("datasets").map { input -> DatasetRow in
            guard let dataset = try input.object("dataset") else {
                throw RegistryError(.invalidArgument, "Missing value for required parameter 'datasets.dataset'.")
            }
            let tags = try input.pairs("tags").map { SyntaxNode.Member(key: $0.name, value: .string($0.value)) }
            return DatasetRow(
                name: try dataset.requiredText("name"), digest: try dataset.requiredText("digest"),
                sourceType: try dataset.text("source_type"), source: try dataset.text("source"),
                schema: try dataset.optionalText("schema"), profile: try dataset.optionalText("profile"),
                tags: JSON.object(tags).json)
        }
        let models = try call.arguments.objects("models").map {
            RunModelRow(modelID: try $0.requiredText("model_id"), step: 0)
        }
        try tracking.link(datasets: datasets, models: models, isOutput: false, to: try id(call), as: call.principal)
        return .object([])
    }

    private func logOutputs(_ call: Call) throws -> JSON {
        let models = try call.arguments.objects("models").map {
            RunModelRow(modelID: try $0.requiredText("model_id"), step: try $0.optionalInt("step") ?? 0)
        }
        try tracking.link(datasets: [], models: models, isOutput: true, to: try id(call), as: call.principal)
        return .object([])
    }

    /// What clients before MLflow 3 send: the models of a run are a tag.
    private func logModel(_ call: Call) throws -> JSON {
        let key = "mlflow.log-model.history"
        let text = try call.arguments.requiredText("model_json")
        let model: JSON
        do { model = try JSON(parsing: text.utf8) } catch {
            throw RegistryError(.invalidArgument, "Malformed model info. The parameter 'model_json' is not valid JSON.")
        }
        let known = try tracking.run(try id(call), as: call.principal).tags.first { $0.name == key }?.value ?? "[]"
        let list = ((try? JSON(parsing: known.utf8))?.elements ?? []) + [model]
        try tracking.log(to: try id(call), tags: [NamedText(key, JSON.array(list).json)], as: call.principal)
        return .object([])
    }

    private func searchRuns(_ call: Call) throws -> JSON {
        let experiments = try call.arguments.texts("experiment_ids")
        let (request, search) = try searchRequest(call, for: "runs", usual: 1000, most: 50_000, in: experiments)
        let page = try tracking.searchRuns(
            in: try experiments.map { try Self.experimentID($0) }, request, as: call.principal)
        return list("runs", page, of: search, Self.render)
    }

    private func metricHistory(_ call: Call) throws -> JSON {
        let run = try id(call)
        let key = try call.arguments.requiredText("metric_key")
        let limit = try call.arguments.limit(usual: 25_000, most: 100_000)
        let search = search("metric history", [.string(run), .string(key)], as: call.principal)
        let page = try tracking.metricHistory(
            of: run, key, after: try end(call, of: search), limit: limit, as: call.principal)
        return list("metrics", page, of: search, Self.render)
    }

    /// Values of a metric of several runs for a plot: at most so many of each, evenly over the steps.
    private func sampledHistory(_ call: Call) throws -> JSON {
        let key = try call.arguments.requiredText("metric_key")
        let runs = try call.arguments.texts("run_ids")
        guard !runs.isEmpty else {
            throw RegistryError(
                .invalidArgument,
                "Missing value for required parameter 'run_ids'. See the API docs for more information about request parameters.")
        }
        let limit = try call.arguments.limit(usual: 2500, most: 2500)
        let first = try call.arguments.optionalInt("start_step")
        let last = try call.arguments.optionalInt("end_step")
        guard (first == nil) == (last == nil) else {
            throw RegistryError(
                .invalidArgument, "If either start step or end step are specified, both must be specified.")
        }
        if let first, let last, first > last {
            throw RegistryError(
                .invalidArgument,
                "end_step must be greater than start_step. Found start_step=\(first) and end_step=\(last).")
        }
        let steps = first.flatMap { first in last.map { first...$0 } }
        return try histories(of: runs, call) {
            try tracking.sampledHistory(of: $0, key, steps: steps, limit: limit, as: call.principal)
        }
    }

    /// All values of a metric of several runs.
    private func historyOfRuns(_ call: Call) throws -> JSON {
        let key = try call.arguments.requiredText("metric_key")
        let runs = try call.arguments.texts("run_id")
        guard !runs.isEmpty else {
            throw RegistryError(
                .invalidArgument, "GetMetricHistoryBulk request must specify at least one run_id.")
        }
        let limit = try call.arguments.limit(usual: 25_000, most: 25_000)
        var left = limit
        return try histories(of: Set(runs).sorted(), call) { run in
            guard left > 0 else { return [] }
            let points = try tracking.metricHistory(of: run, key, after: nil, limit: left, as: call.principal).items
            left -= points.count
            return points
        }
    }

    private func histories(
        of runs: [String], _ call: Call, _ history: (String) throws -> [MetricPoint]
    ) throws -> JSON {
        guard runs.count <= 100 else {
            throw RegistryError(
                .invalidArgument, "At most 100 runs can be asked for at once. Received \(runs.count) run ids.")
        }
        let points = try runs.flatMap { run in
            try history(run).map { point in
                var rendered = Self.render(point)
                rendered["run_id"] = .string(run)
                return rendered
            }
        }
        return JSON.make(["metrics": .array(points)]).withoutEmpty
    }

    // MARK: Answers

    /// A metric's value as protobuf writes it in JSON; infinities are the largest numbers, as MLflow keeps them.
    static func metricValue(_ value: Double) -> JSON {
        if value.isNaN { return "NaN" }
        let largest = Double.greatestFiniteMagnitude
        return .number("\(min(max(value, -largest), largest))")
    }

    static func render(_ point: MetricPoint) -> JSON {
        JSON.make([
            "key": .string(point.name), "value": metricValue(point.value),
            "timestamp": .number("\(point.at)"), "step": .number("\(point.step)"), "model_id": .string(point.modelID),
            "dataset_name": .string(point.datasetName), "dataset_digest": .string(point.datasetDigest),
        ]).withoutEmpty
    }

    static func info(_ row: RunRow) -> JSON {
        JSON.make([
            "run_id": .string(row.id), "run_uuid": .string(row.id), "run_name": .string(row.name),
            "experiment_id": .string("\(row.experimentID)"), "user_id": .string(row.user),
            "status": .string(row.status), "start_time": .number("\(row.startedOn)"),
            "end_time": row.endedOn.map { .number("\($0)") } ?? .null, "artifact_uri": .string(artifactURI(of: row)),
            "lifecycle_stage": .string(row.isDeleted ? "deleted" : "active"),
        ]).withoutEmpty
    }

    static func render(_ run: Run) -> JSON {
        let data = JSON.make([
            "metrics": .array(run.metrics.map(render)), "params": .array(run.params.map(pair)),
            "tags": .array(run.tags.map(pair)),
        ]).withoutEmpty
        let datasets = run.datasets.map { dataset -> JSON in
            let tags: [JSON]
            if case .object(let members)? = try? JSON(parsing: dataset.tags.utf8) {
                tags = members.map { .make(["key": .string($0.key), "value": $0.value]) }
            } else {
                tags = []
            }
            return JSON.make([
                "tags": .array(tags),
                "dataset": JSON.make([
                    "name": .string(dataset.name), "digest": .string(dataset.digest),
                    "source_type": .string(dataset.sourceType), "source": .string(dataset.source),
                    "schema": dataset.schema.map(JSON.string) ?? .null,
                    "profile": dataset.profile.map(JSON.string) ?? .null,
                ]).withoutEmpty,
            ]).withoutEmpty
        }
        let inputs = JSON.make([
            "dataset_inputs": .array(datasets),
            "model_inputs": .array(run.inputs.map { .make(["model_id": .string($0.modelID)]) }),
        ]).withoutEmpty
        let outputs = JSON.make([
            "model_outputs": .array(
                run.outputs.map { .make(["model_id": .string($0.modelID), "step": .number("\($0.step)")]) })
        ]).withoutEmpty
        return JSON.make(["info": info(run.row), "data": data, "inputs": inputs, "outputs": outputs])
    }
}
