/// Copies registered models from an MLflow server into Roost: versions under their numbers, with their files, runs,
/// aliases, tags, stages and descriptions.
///
/// What is there is found by tags that the import itself set, so that it can be run again at any time: what is done is
/// left alone, what was cut off goes on. A version appears when all its files are there.
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

    let source: TrackingServer
    let target: TrackingServer
    private let isDryRun: Bool
    let say: @Sendable (String) -> Void
    let files: FileImport
    let runs: RunImport

    /// - Parameters:
    ///   - isDryRun: whether nothing is changed, only said.
    ///   - say: told of each step, for a person.
    package init(
        from source: TrackingServer, to target: TrackingServer, isDryRun: Bool,
        say: @escaping @Sendable (String) -> Void
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
                "Roost has a model '\(there.registered_model.name)' that is not the import of \(origin). "
                    + "Rename one of them, or drop Roost's.")
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
                for later in originals
                where later.number > version.number
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
                let copy = copies.first(where: { $0.version == version.version }),
                (copy.current_stage ?? "None") != stage
            else { continue }
            try await target.send(
                "mlflow/model-versions/transition-stage",
                Stage(name: model.name, version: version.version, stage: stage))
        }
    }
}
