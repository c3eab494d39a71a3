import NIOHTTP1

/// Copies registered models from an MLflow server into Roost: versions under their numbers, with their files, runs, aliases,
/// tags, stages and descriptions.
///
/// What is there is found by tags that the import itself set, so that it can be run again at any time: what is done is left
/// alone, what was cut off goes on. A version appears when all its files are there.
package struct ModelImport: Sendable {
    /// What became of one version, or of a model without any.
    package struct Line: Sendable {
        package enum State: String, Sendable {
            case imported, present, planned, skipped, failed
        }

        package let model: String
        /// Empty for what concerns the model.
        package var version = ""
        package var state: State
        package var files = 0
        package var bytes: Int64 = 0
        package var note = ""
    }

    private let source: TrackingServer
    private let target: TrackingServer
    private let isDryRun: Bool
    private let say: @Sendable (String) -> Void
    private let files: FileImport
    private let runs: RunImport

    /// - Parameters:
    ///   - isDryRun: whether nothing is changed, only said.
    ///   - say: told of each step, for a person.
    package init(
        from source: TrackingServer, to target: TrackingServer, isDryRun: Bool, say: @escaping @Sendable (String) -> Void
    ) {
        (self.source, self.target, self.isDryRun, self.say) = (source, target, isDryRun, say)
        files = FileImport(source: source, target: target, say: say)
        runs = RunImport(source: source, target: target, files: files, say: say)
    }

    /// Imports the models.
    ///
    /// - Parameters:
    ///   - names: the models to import, all where there is none.
    ///   - line: told what became of each version.
    /// - Throws: `ClientError` where a server can't be reached or wants another login; what else goes wrong with a model
    ///   is its line, and the others go on.
    package func run(_ names: [String], _ line: (Line) -> Void) async throws {
        for model in try await models(names) {
            if model.tags?.contains(where: { $0.key == "mlflow.prompt.is_prompt" && $0.value == "true" }) == true {
                line(Line(model: model.name, state: .skipped, note: "a prompt"))
                continue
            }
            do { try await copy(model, line) } catch let refusal as RemoteRefusal {
                line(Line(model: model.name, state: .failed, note: refusal.text))
            }
        }
    }

    private func models(_ names: [String]) async throws -> [ModelRecord] {
        do {
            var models: [ModelRecord] = []
            if !names.isEmpty {
                for name in names {
                    let answer: ModelAnswer = try await source.get("mlflow/registered-models/get", ["name": name])
                    models.append(answer.registered_model)
                }
                return models
            }
            var token = ""
            repeat {
                let page: ModelPage = try await source.get(
                    "mlflow/registered-models/search",
                    token.isEmpty ? ["max_results": "100"] : ["max_results": "100", "page_token": token])
                models += page.registered_models ?? []
                token = page.next_page_token ?? ""
            } while !token.isEmpty
            return models.sorted { $0.name < $1.name }
        } catch let refusal as RemoteRefusal {
            throw ClientError.connection(refusal.text)
        }
    }

    private func versions(_ model: String, of server: TrackingServer) async throws -> [VersionRecord] {
        let quote = model.contains("'") ? "\"" : "'"
        var versions: [VersionRecord] = []
        var token = ""
        repeat {
            let filter = "name = \(quote)\(model)\(quote)"
            let page: VersionPage = try await server.get(
                "mlflow/model-versions/search",
                token.isEmpty
                    ? ["filter": filter, "max_results": "1000"]
                    : ["filter": filter, "max_results": "1000", "page_token": token])
            versions += page.model_versions ?? []
            token = page.next_page_token ?? ""
        } while !token.isEmpty
        return versions.sorted { $0.number < $1.number }
    }

    // MARK: A model

    private func copy(_ listed: ModelRecord, _ line: (Line) -> Void) async throws {
        let name = listed.name
        let answer: ModelAnswer = try await source.get("mlflow/registered-models/get", ["name": name])
        let model = answer.registered_model
        let origin = RunImport.origin(source, name)
        let there: ModelAnswer? = try await target.find("mlflow/registered-models/get", ["name": name])
        if let there, there.registered_model.tags?.contains(TagRecord(RunImport.originTag, origin)) != true {
            throw RemoteRefusal(
                "Roost has a model '\(there.registered_model.name)' that is not the import of \(origin). Rename one of them, "
                    + "or drop Roost's.")
        }
        let originals = try await versions(name, of: source)
        let copies = there == nil ? [] : try await versions(name, of: target)
        say("model \(name): \(originals.count) versions, \(copies.count) there")
        if isDryRun {
            for version in originals {
                let isThere = copies.contains { $0.number == version.number }
                line(Line(model: name, version: version.version, state: isThere ? .present : .planned))
            }
            if originals.isEmpty { line(Line(model: name, state: there == nil ? .planned : .present)) }
            return
        }
        if there == nil {
            struct Creation: Encodable {
                let name: String
                let tags: [TagRecord]
                let description: String?
            }
            let tags = (model.tags ?? []) + [TagRecord(RunImport.originTag, origin)]
            try await target.send(
                "mlflow/registered-models/create", Creation(name: name, tags: tags, description: model.description))
            if originals.isEmpty { line(Line(model: name, state: .imported)) }
        } else if originals.isEmpty {
            line(Line(model: name, state: .present))
        }
        try await dropPlaceholders(copies, name)
        var last = copies.map(\.number).max() ?? 0
        for version in originals {
            do {
                if let copy = copies.first(where: { $0.number == version.number }) {
                    try check(copy, version)
                    line(Line(model: name, version: version.version, state: .present))
                } else {
                    let copied = try await copy(version, after: last)
                    line(
                        Line(
                            model: name, version: version.version, state: .imported, files: copied.files,
                            bytes: copied.bytes))
                }
                last = max(last, version.number)
            } catch let refusal as RemoteRefusal {
                // Its number would go to the next one: the rest waits until this one can be copied.
                line(Line(model: name, version: version.version, state: .failed, note: refusal.text))
                for later in originals where later.number > version.number
                    && !copies.contains(where: { $0.number == later.number })
                {
                    line(
                        Line(
                            model: name, version: later.version, state: .failed,
                            note: "waits for version \(version.version), so that it keeps its number"))
                }
                break
            }
        }
        try await settle(model, originals)
    }

    private func check(_ copy: VersionRecord, _ version: VersionRecord) throws {
        let origin = RunImport.origin(source, "\(version.name)/\(version.version)")
        guard copy.tags?.contains(TagRecord(RunImport.originTag, origin)) == true else {
            throw RemoteRefusal(
                "Roost has a version \(version.version) of '\(version.name)' that is not the import of \(origin).")
        }
    }

    /// Aliases and stages as the source has them.
    private func settle(_ model: ModelRecord, _ originals: [VersionRecord]) async throws {
        let copies = try await versions(model.name, of: target)
        struct Alias: Encodable {
            let name: String
            let alias: String
            let version: String
        }
        struct Stage: Encodable {
            let name: String
            let version: String
            let stage: String
            let archive_existing_versions = false
        }
        let answer: ModelAnswer = try await target.get("mlflow/registered-models/get", ["name": model.name])
        let set = answer.registered_model.aliases ?? []
        for alias in model.aliases ?? [] where copies.contains(where: { $0.version == alias.version }) {
            guard !set.contains(where: { $0.alias == alias.alias && $0.version == alias.version }) else { continue }
            try await target.send(
                "mlflow/registered-models/alias", Alias(name: model.name, alias: alias.alias, version: alias.version))
        }
        for version in originals {
            guard let stage = version.current_stage,
                let copy = copies.first(where: { $0.version == version.version }), (copy.current_stage ?? "None") != stage
            else { continue }
            try await target.send(
                "mlflow/model-versions/transition-stage",
                Stage(name: model.name, version: version.version, stage: stage))
        }
    }

    // MARK: A version

    private struct Creation: Encodable {
        let name: String
        let source: String
        var run_id: String?
        var run_link: String?
        var model_id: String?
        var description: String?
        var tags: [TagRecord]
    }

    private struct Number: Encodable {
        let name: String
        let version: String
    }

    private static let placeholder = "a number that was deleted"

    private func create(_ creation: Creation, as number: Int) async throws {
        let made = try await target.send("mlflow/model-versions/create", creation, as: VersionAnswer.self).model_version
        guard made.number == number else {
            try await target.send(
                "mlflow/model-versions/delete", Number(name: creation.name, version: made.version), by: .DELETE)
            throw RemoteRefusal(
                "Version \(number) of '\(creation.name)' would get the number \(made.version): Roost has had versions of its own "
                    + "there. Drop Roost's model and import again.")
        }
    }

    /// Versions that hold a place and whose removal was cut off.
    private func dropPlaceholders(_ copies: [VersionRecord], _ model: String) async throws {
        for copy in copies where copy.tags?.contains(TagRecord(RunImport.originTag, Self.placeholder)) == true {
            try await target.send("mlflow/model-versions/delete", Number(name: model, version: copy.version), by: .DELETE)
        }
    }

    private func copy(_ version: VersionRecord, after last: Int) async throws -> FileImport.Copied {
        say("version \(version.version) of \(version.name)")
        guard version.status ?? "READY" == "READY" else {
            throw RemoteRefusal("Version \(version.version) is \(version.status ?? "") and has no files yet.")
        }
        var (place, copied) = try await files(of: version)
        // Numbers that were deleted are used up here as well.
        for number in last + 1..<max(version.number, last + 1) {
            try await create(
                Creation(
                    name: version.name, source: "deleted://version",
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
        if let id = place.split(separator: "/").first(where: { $0.hasPrefix("m-") && place.contains("models/\($0)/") }) {
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
    static func + (one: Self, other: Self) -> Self { Self(files: one.files + other.files, bytes: one.bytes + other.bytes) }
}
