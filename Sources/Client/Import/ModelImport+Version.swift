import NIOHTTP1

/// One version: its files, its run, its number.
extension ModelImport {
    struct Creation: Encodable {
        let name: String
        let source: String
        var run_id: String?
        var run_link: String?
        var model_id: String?
        var description: String?
        var tags: [TagRecord]
    }

    struct Number: Encodable {
        let name: String
        let version: String
    }

    static let placeholder = "a number that was deleted"

    func create(_ creation: Creation, as number: Int) async throws {
        let made = try await target.send("mlflow/model-versions/create", creation, as: VersionAnswer.self).model_version
        guard made.number == number else {
            try await target.send(
                "mlflow/model-versions/delete", Number(name: creation.name, version: made.version), by: .DELETE)
            throw RemoteRefusal(
                "Version \(number) of '\(creation.name)' would get the number \(made.version): Roost has had versions "
                    + "of its own there. Drop Roost's model and import again.")
        }
    }

    /// Versions that hold a place and whose removal was cut off.
    func dropPlaceholders(_ copies: [VersionRecord], _ model: String) async throws {
        for copy in copies where copy.tags?.contains(TagRecord(RunImport.originTag, Self.placeholder)) == true {
            try await target.send(
                "mlflow/model-versions/delete", Number(name: model, version: copy.version), by: .DELETE)
        }
    }

    func copy(_ version: VersionRecord, after last: Int) async throws -> FileImport.Copied {
        say("version \(version.version) of \(version.name)")
        guard version.status ?? "READY" == "READY" else {
            throw RemoteRefusal("Version \(version.version) is \(version.status ?? "") and has no files yet.")
        }
        var (place, copied) = try await files(of: version)
        // Numbers that were deleted are used up here as well, by versions that point to nothing.
        for number in last + 1..<max(version.number, last + 1) {
            try await create(
                Creation(
                    name: version.name, source: "s3://deleted/version",
                    tags: [TagRecord(RunImport.originTag, Self.placeholder)]), as: number)
            try await target.send(
                "mlflow/model-versions/delete", Number(name: version.name, version: "\(number)"), by: .DELETE)
        }
        place.run_link = version.run_link
        place.description = version.description
        place.tags =
            (version.tags ?? [])
            + [TagRecord(RunImport.originTag, RunImport.origin(source, "\(version.name)/\(version.version)"))]
        try await create(place, as: version.number)
        return copied
    }

    /// Copies a version's files to where they belong: a logged model, the run's files, or a logged model of their own.
    private func files(of version: VersionRecord) async throws -> (Creation, FileImport.Copied) {
        let what = "version \(version.version)"
        let address: DownloadAddress = try await source.get(
            "mlflow/model-versions/get-download-uri", ["name": version.name, "version": version.version])
        guard let given = address.artifact_uri, !given.isEmpty else {
            throw RemoteRefusal("The files of \(what) are nowhere.")
        }
        let uri = try await resolved(given)
        let from = try files.path(ofURI: uri, of: what)
        let run: (original: RunRecord, copy: RunRecord, copied: FileImport.Copied)? =
            if let id = version.run_id, !id.isEmpty { try await runs.run(id) } else { nil }
        var copied = run?.copied ?? .init()
        if let run, let root = run.original.info.artifact_uri, uri == root || uri.hasPrefix(root + "/"),
            let place = run.copy.info.artifact_uri
        {
            let to = place + uri.dropFirst(root.count)
            let more = try await files.copy(from, to: files.path(ofURI: to, of: what))
            copied = copied + more
            return (Creation(name: version.name, source: to, run_id: run.copy.info.run_id, tags: []), copied)
        }
        let model = try await loggedModel(for: version, from, run: run?.copy)
        guard let place = model.info.artifact_uri else { throw RemoteRefusal("Roost has no place for \(what).") }
        copied = copied + (try await files.copy(from, to: files.path(ofURI: place, of: what)))
        struct Status: Encodable {
            let model_id: String
            let status = "LOGGED_MODEL_READY"
        }
        try await target.send(
            "mlflow/logged-models/\(model.info.model_id)", Status(model_id: model.info.model_id), by: .PATCH)
        return (
            Creation(
                name: version.name, source: "models:/\(model.info.model_id)", run_id: run?.copy.info.run_id,
                model_id: model.info.model_id, tags: []), copied
        )
    }

    /// The place that a run's or logged model's address stands for; any other address as it is.
    private func resolved(_ uri: String) async throws -> String {
        if uri.hasPrefix("models:/m-") {
            let id = uri.dropFirst("models:/".count)
            let answer: LoggedModelAnswer = try await source.get("mlflow/logged-models/\(id)")
            return answer.model.info.artifact_uri ?? uri
        }
        guard uri.hasPrefix("runs:/") else { return uri }
        let parts = uri.dropFirst("runs:/".count).split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return uri }
        let answer: RunAnswer = try await source.get("mlflow/runs/get", ["run_id": parts[0]])
        guard let root = answer.run.info.artifact_uri else { return uri }
        let place = "\(root)/\(parts[1])"
        guard try await source.listFiles(below: files.path(ofURI: place, of: uri)).isEmpty else { return place }
        // Since MLflow 3 it may mean a logged model of the run.
        let model = try await source.send(
            "mlflow/logged-models/search",
            LoggedModelSearch(
                experiment_ids: [answer.run.info.experiment_id],
                filter: "source_run_id = '\(parts[0])' AND name = '\(parts[1])'"), as: LoggedModelPage.self
        ).models?.first
        return model?.info.artifact_uri ?? place
    }

    private struct LoggedModelSearch: Encodable {
        let experiment_ids: [String]
        let filter: String
    }

    /// The target's copy of the version's logged model; one of its own for a version that has none.
    ///
    /// - Parameter place: of the version's files, which says whose they are: MLflow's versions do not.
    private func loggedModel(
        for version: VersionRecord, _ place: String, run: RunRecord?
    ) async throws -> LoggedModelRecord {
        var original: LoggedModelRecord?
        if let id = place.split(separator: "/").first(where: { $0.hasPrefix("m-") && place.contains("models/\($0)/") })
        {
            let answer: LoggedModelAnswer? = try await source.find("mlflow/logged-models/\(id)", [:])
            original = answer?.model
        }
        let origin = RunImport.origin(source, original?.info.model_id ?? "\(version.name)/\(version.version)")
        let experiment =
            if let run { run.info.experiment_id } else if let original {
                try await runs.experiment(original.info.experiment_id)
            } else { "0" }
        let found = try await target.send(
            "mlflow/logged-models/search",
            LoggedModelSearch(experiment_ids: [experiment], filter: "tags.`\(RunImport.originTag)` = '\(origin)'"),
            as: LoggedModelPage.self
        ).models?.first
        if let found { return found }
        struct Creation: Encodable {
            let experiment_id: String
            let name: String?
            let model_type: String?
            let source_run_id: String?
            let params: [TagRecord]
            let tags: [TagRecord]
        }
        // The registrations of the source's logged model are of the source.
        let tags = (original?.info.tags ?? []).filter { $0.key != "mlflow.modelVersions" }
        let made = try await target.send(
            "mlflow/logged-models",
            Creation(
                experiment_id: experiment, name: original?.info.name, model_type: original?.info.model_type,
                source_run_id: run?.info.run_id, params: original?.data?.params ?? [],
                tags: tags + [TagRecord(RunImport.originTag, origin)]), as: LoggedModelAnswer.self
        ).model
        struct Outputs: Encodable {
            struct Model: Encodable {
                let model_id: String
                let step = 0
            }
            let run_id: String
            let models: [Model]
        }
        if let run, original != nil {
            try await target.send(
                "mlflow/runs/outputs",
                Outputs(run_id: run.info.run_id, models: [.init(model_id: made.info.model_id)]))
        }
        return made
    }
}

extension FileImport.Copied {
    static func + (one: Self, other: Self) -> Self {
        Self(files: one.files + other.files, bytes: one.bytes + other.bytes)
    }
}
