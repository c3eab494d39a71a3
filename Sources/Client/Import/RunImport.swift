/// Copies runs, with their experiment, metrics, parameters, tags, inputs and files. A run is copied once: a tag says
/// what it is the copy of, and another that all of it is there.
actor RunImport {
    private let source: TrackingServer
    private let target: TrackingServer
    private let files: FileImport
    private let say: @Sendable (String) -> Void
    /// Runs and experiments of the target by the source's id.
    private var runs: [String: RunRecord] = [:]
    private var experiments: [String: String] = [:]

    init(source: TrackingServer, target: TrackingServer, files: FileImport, say: @escaping @Sendable (String) -> Void) {
        (self.source, self.target, self.files, self.say) = (source, target, files, say)
    }

    /// What a thing of the source is called in tags: its server and its name.
    static func origin(_ source: TrackingServer, _ name: String) -> String { "\(source.url)#\(name)" }

    /// On models, versions, runs and logged models: what it is the copy of.
    static let originTag = "roost.imported_from"
    /// On runs that are wholly there.
    private static let doneTag = "roost.imported"

    /// The target's experiment of the source's id.
    func experiment(_ id: String) async throws -> String {
        if let known = experiments[id] { return known }
        let answer: ExperimentAnswer = try await source.get("mlflow/experiments/get", ["experiment_id": id])
        let name = answer.experiment.name
        let found: ExperimentAnswer? = try await target.find(
            "mlflow/experiments/get-by-name", ["experiment_name": name])
        if let found {
            experiments[id] = found.experiment.experiment_id
            return found.experiment.experiment_id
        }
        struct Creation: Encodable {
            let name: String
            let tags: [TagRecord]
        }
        struct Created: Decodable { let experiment_id: String }
        let created = try await target.send(
            "mlflow/experiments/create", Creation(name: name, tags: answer.experiment.tags ?? []), as: Created.self)
        experiments[id] = created.experiment_id
        return created.experiment_id
    }

    /// The target's copy of a run, nil where the source has no such run any more.
    func run(_ id: String) async throws -> (original: RunRecord, copy: RunRecord, copied: FileImport.Copied)? {
        guard let answer: RunAnswer = try await source.find("mlflow/runs/get", ["run_id": id]) else { return nil }
        let original = answer.run
        if let known = runs[id] { return (original, known, .init()) }
        let experiment = try await experiment(original.info.experiment_id)
        let origin = RunImport.origin(source, id)
        let copy =
            if let found = try await found(origin, in: experiment) { found } else {
                try await create(original, origin, in: experiment)
            }
        runs[id] = copy
        guard copy.data?.tags?.contains(TagRecord(RunImport.doneTag, "done")) != true else {
            return (original, copy, .init())
        }
        say("run \(id)")
        try await fill(copy.info.run_id, from: original)
        var copied = FileImport.Copied()
        if let uri = original.info.artifact_uri, uri.hasPrefix("mlflow-artifacts:"), let place = copy.info.artifact_uri
        {
            copied = try await files.copy(
                files.path(ofURI: uri, of: "run \(id)"), to: files.path(ofURI: place, of: "run"))
        } else {
            let place = original.info.artifact_uri ?? ""
            say("  the files of the run are at '\(place)', which \(source.url) does not hand out")
        }
        try await finish(copy.info.run_id, original)
        return (original, copy, copied)
    }

    private func found(_ origin: String, in experiment: String) async throws -> RunRecord? {
        struct Search: Encodable {
            let experiment_ids: [String]
            let filter: String
            let max_results: Int
        }
        let search = Search(
            experiment_ids: [experiment], filter: "tags.`\(RunImport.originTag)` = '\(origin)'", max_results: 1)
        return try await target.send("mlflow/runs/search", search, as: RunPage.self).runs?.first
    }

    private func create(_ run: RunRecord, _ origin: String, in experiment: String) async throws -> RunRecord {
        struct Creation: Encodable {
            let experiment_id: String
            let user_id: String?
            let run_name: String?
            let start_time: Int64?
            let tags: [TagRecord]
        }
        let creation = Creation(
            experiment_id: experiment, user_id: run.info.user_id, run_name: run.info.run_name,
            start_time: run.info.start_time, tags: [TagRecord(RunImport.originTag, origin)])
        return try await target.send("mlflow/runs/create", creation, as: RunAnswer.self).run
    }

    private struct Batch: Encodable {
        let run_id: String
        var metrics: [MetricRecord] = []
        var params: [TagRecord] = []
        var tags: [TagRecord] = []
    }

    private func fill(_ id: String, from run: RunRecord) async throws {
        let (params, tags) = (run.data?.params ?? [], run.data?.tags ?? [])
        let batches =
            params.parts(of: 100).map { Batch(run_id: id, params: $0) }
            + tags.parts(of: 100).map { Batch(run_id: id, tags: $0) }
        for batch in batches { try await target.send("mlflow/runs/log-batch", batch) }
        for metric in run.data?.metrics ?? [] {
            var token = ""
            repeat {
                let page: MetricPage = try await source.get(
                    "mlflow/metrics/get-history",
                    token.isEmpty
                        ? ["run_id": run.info.run_id, "metric_key": metric.key, "max_results": "10000"]
                        : [
                            "run_id": run.info.run_id, "metric_key": metric.key, "max_results": "10000",
                            "page_token": token,
                        ])
                for part in (page.metrics ?? []).parts(of: 1000) {
                    try await target.send("mlflow/runs/log-batch", Batch(run_id: id, metrics: part))
                }
                token = page.next_page_token ?? ""
            } while !token.isEmpty
        }
        struct Inputs: Encodable {
            let run_id: String
            let datasets: [DatasetInputRecord]
        }
        if let inputs = run.inputs?.dataset_inputs, !inputs.isEmpty {
            try await target.send("mlflow/runs/log-inputs", Inputs(run_id: id, datasets: inputs))
        }
    }

    private func finish(_ id: String, _ run: RunRecord) async throws {
        struct Update: Encodable {
            let run_id: String
            let status: String?
            let end_time: Int64?
        }
        try await target.send(
            "mlflow/runs/update", Update(run_id: id, status: run.info.status, end_time: run.info.end_time))
        try await target.send(
            "mlflow/runs/log-batch", Batch(run_id: id, tags: [TagRecord(RunImport.doneTag, "done")]))
    }
}

extension Array {
    /// The elements in groups of at most `count`.
    fileprivate func parts(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
