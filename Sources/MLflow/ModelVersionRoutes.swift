import Engine
import HTTPTypes
import Foundation
import Registry
import Store
import Tracking
import Types

extension MLflowDoor {
    static let modelVersionRoutes: [Route] = {
        let base = "/2.0/mlflow/model-versions"
        return [
            Route(.post, "\(base)/create") { try $0.createVersion($1) },
            Route(.get, "\(base)/get") { try $0.getVersion($1) },
            Route(.patch, "\(base)/update") { try $0.updateVersion($1) },
            Route(.delete, "\(base)/delete") { try $0.deleteVersion($1) },
            Route(.get, "\(base)/search") { try $0.searchVersions($1) },
            Route(.get, "\(base)/get-download-uri") { try $0.downloadURI($1) },
            Route(.post, "\(base)/transition-stage") { try $0.transitionStage($1) },
            Route(.post, "\(base)/set-tag") { try $0.setVersionTag($1) },
            Route(.delete, "\(base)/delete-tag") { try $0.deleteVersionTag($1) },
        ]
    }()

    private func named<Value>(_ call: Call, _ body: (ObjectName) throws -> Value) throws -> Value {
        let text = try call.arguments.requiredText("name")
        let (name, _) = try modelName(text, as: call.principal)
        return try aboutModel(text) {
            do {
                return try body(name)
            } catch let error as RegistryError where error.detail["kind"] == "Version" {
                throw RegistryError(
                    .notFound, "Model Version (name=\(text), version=\(try call.arguments.text("version"))) not found",
                    cause: error)
            }
        }
    }

    private func version(_ call: Call) throws -> Int64 { try Self.number(try call.arguments.requiredText("version")) }

    private func answer(_ name: ObjectName, _ number: Int64, _ call: Call) throws -> JSON {
        .make(["model_version": render(try registry.registeredVersion(number, of: name, as: call.principal))])
    }

    private func createVersion(_ call: Call) throws -> JSON {
        let source = try call.arguments.requiredText("source")
        let tags = try call.arguments.pairs("tags")
        try Self.checkModelTags(tags)
        return try named(call) { name in
            let found = try VersionOrigin(self, call, source)
            var facts = VersionFacts()
            facts.runID = found.runID
            facts.runLink = try call.arguments.text("run_link")
            facts.loggedModelID = found.modelID
            facts.sourceURI = found.uri
            let made = try registry.registerVersion(
                of: name, files: found.files, facts: facts, comment: try call.arguments.text("description"),
                labels: tags, origin: ["uri": found.uri], metrics: try metrics(of: found, call), as: call.principal)
            if !found.modelID.isEmpty { try noteRegistration(of: found.modelID, as: made, call) }
            return .make(["model_version": render(made)])
        }
    }

    /// What was measured of the logged model, or else of the run: the latest values.
    private func metrics(of origin: VersionOrigin, _ call: Call) throws -> [(name: String, value: Double)] {
        let points =
            !origin.modelID.isEmpty
            ? try tracking.loggedModel(origin.modelID, as: call.principal).metrics
            : !origin.runID.isEmpty ? try runMetrics(of: origin, call) : []
        // One value a name: of datasets, the last.
        return Dictionary(points.map { ($0.name, $0.value) }) { $1 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func runMetrics(of origin: VersionOrigin, _ call: Call) throws -> [MetricPoint] {
        do {
            return try tracking.run(origin.runID, as: call.principal).metrics
        } catch let error as RegistryError where origin.isElsewhere && error.code == .notFound {
            return []
        }
    }

    /// The tag by which clients find the versions that a logged model was registered as.
    private func noteRegistration(of id: String, as version: RegisteredVersion, _ call: Call) throws {
        let key = "mlflow.modelVersions"
        let known = try tracking.loggedModel(id, as: call.principal).tags.first { $0.name == key }?.value ?? "[]"
        // What is no list was not written by a client, and is replaced.
        var list = (try? JSON(parsing: known.utf8))?.elements ?? []
        list.append(
            .make([
                "name": .string(shown(version.model)), "version": .string("\(version.row.number)"),
            ]))
        _ = try tracking.setLoggedModelTags([NamedText(key, JSON.array(list).json)], of: id, as: call.principal)
    }

    private func getVersion(_ call: Call) throws -> JSON { try named(call) { try answer($0, try version(call), call) } }

    private func updateVersion(_ call: Call) throws -> JSON {
        try named(call) { name in
            let number = try version(call)
            try registry.setVersionComment(
                try call.arguments.text("description"), ofNumber: number, of: name, as: call.principal)
            return try answer(name, number, call)
        }
    }

    private func deleteVersion(_ call: Call) throws -> JSON {
        try named(call) { name in
            try registry.dropVersion(number: try version(call), of: name, as: call.principal)
            return .object([])
        }
    }

    private func searchVersions(_ call: Call) throws -> JSON {
        let (request, search) = try searchRequest(call, for: "model versions", usual: 10_000, most: 200_000)
        let page = try registry.searchVersions(request, home: tracking.home, as: call.principal)
        return list("model_versions", page, of: search, render)
    }

    /// A version's files are at an address of their own, whatever its source was.
    private func downloadURI(_ call: Call) throws -> JSON {
        try named(call) { name in
            let found = try registry.registeredVersion(try version(call), of: name, as: call.principal)
            let isHere = try !registry.versionFiles(found.row.id, as: call.principal).files.isEmpty
            return .make([
                "artifact_uri": .string(
                    isHere || found.facts.sourceURI.isEmpty
                        ? "mlflow-artifacts:/versions/\(found.row.id)" : found.facts.sourceURI)
            ])
        }
    }

    private func transitionStage(_ call: Call) throws -> JSON {
        let stage = try Self.stage(try call.arguments.requiredText("stage"))
        let archives = try call.arguments.optionalFlag("archive_existing_versions") ?? false
        guard !archives || ["Staging", "Production"].contains(stage) else {
            throw RegistryError(
                .invalidArgument,
                "Model version transition cannot archive existing model versions because '\(stage)' is not an Active "
                    + "stage. Valid stages are Staging, Production")
        }
        return try named(call) { name in
            let number = try version(call)
            try registry.setStage(
                stage, ofNumber: number, of: name, archivingOthers: archives, as: call.principal)
            return try answer(name, number, call)
        }
    }

    private func setVersionTag(_ call: Call) throws -> JSON {
        let tag = NamedText(try call.arguments.requiredText("key"), try call.arguments.text("value"))
        try Self.checkModelTags([tag])
        return try named(call) { name in
            try registry.setLabel(tag, onNumber: try version(call), of: name, as: call.principal)
            return .object([])
        }
    }

    private func deleteVersionTag(_ call: Call) throws -> JSON {
        let key = try call.arguments.requiredText("key")
        return try named(call) { name in
            try registry.deleteLabel(key, ofNumber: try version(call), of: name, as: call.principal)
            return .object([])
        }
    }

    func render(_ version: RegisteredVersion) -> JSON {
        let row = version.row
        let source = version.facts.sourceURI
        let rendered = JSON.make([
            "name": .string(shown(version.model)), "version": .string("\(row.number)"),
            "creation_timestamp": .number("\(row.createdOn)"),
            "last_updated_timestamp": .number("\(row.alteredOn)"), "user_id": .string(row.createdBy),
            "current_stage": .string(version.facts.stage),
            "source": .string(source.isEmpty ? "mlflow-artifacts:/versions/\(row.id)" : source),
            "status": "READY",
            "model_id": .string(version.facts.loggedModelID), "tags": .array(version.labels.map(Self.pair)),
            "aliases": .array(version.aliases.map(JSON.string)),
            "model_metrics": .array(
                MetadataText.metrics(row.metadata).map { name, value in
                    .make(["key": .string(name), "value": Self.metricValue(value)])
                }),
        ]).withoutEmpty
        // These are there also where they are empty: clients show None for a missing one.
        let texts = ["description": row.comment, "run_id": version.facts.runID, "run_link": version.facts.runLink]
        return texts.sorted { $0.key < $1.key }.reduce(into: rendered) { $0[$1.key] = .string($1.value) }
    }
}

/// Where a new version's files come from. Nothing that a client names is opened: a source is one of our own places, or a
/// text that is kept.
private struct VersionOrigin {
    var files: [FileRow] = []
    var runID = ""
    var modelID = ""
    /// What is kept as the version's source.
    let uri: String
    /// Whether it is another store's address: then the run may be another server's.
    var isElsewhere = false

    /// Schemes of other stores.
    private static let stores: Set<String> = [
        "s3", "s3a", "s3n", "r2", "b2", "gs", "wasb", "wasbs", "abfs", "abfss", "adl", "azureml", "hdfs", "viewfs", "dbfs",
        "oss", "cosn", "ftp", "sftp",
    ]

    /// What clients say of a prompt, which comes from nowhere. Source: mlflow.store.model_registry, create_prompt_version.
    private static let ofPrompts = "dummy-source"

    init(_ door: MLflowDoor, _ call: Call, _ source: String) throws {
        let givenRun = try call.arguments.text("run_id")
        let givenModel = try call.arguments.text("model_id")
        func refuse(_ reason: String) -> RegistryError {
            RegistryError(
                .invalidArgument, "Invalid model version source: '\(source.prefix(200))'. \(reason)",
                hint: "It may be runs:/<run id>/<path>, models:/<id>, models:/<name>/<version>, or an mlflow-artifacts:/ address of this server.")
        }
        guard !MLflowDoor.isSuspicious(source) else { throw refuse("It holds '..', NUL or the like.") }
        let promptTag = NamedText("mlflow.prompt.is_prompt", "true")
        if source == Self.ofPrompts, try call.arguments.pairs("tags").contains(promptTag) {
            // A prompt's text is a tag of its version: there are no files.
            uri = source
            return
        }
        runID = givenRun
        modelID = givenModel
        uri = source
        if source.hasPrefix("runs:/") {
            let parts = source.dropFirst("runs:/".count).split(separator: "/", maxSplits: 1).map(String.init)
            guard let run = parts.first else { throw refuse("It names no run.") }
            guard givenRun.isEmpty || givenRun == run else { throw refuse("It names another run than run_id.") }
            runID = run
            try take(try door.tracking.files(of: .run(run), as: call.principal), below: parts.count > 1 ? parts[1] : "")
        } else if source.hasPrefix("models:/m-") {
            let id = String(source.dropFirst("models:/".count).prefix { $0 != "/" })
            guard givenModel == id else {
                throw refuse("A source models:/<id> needs the same model_id.")
            }
            try take(try door.tracking.files(of: .loggedModel(id), as: call.principal), below: "")
        } else if source.hasPrefix("models:/") {
            let parts = source.dropFirst("models:/".count).split(separator: "/").map(String.init)
            guard parts.count == 2 else { throw refuse("It names no version.") }
            let (name, _) = try door.modelName(parts[0], as: call.principal)
            let found = try door.aboutModel(parts[0]) {
                try door.registry.registeredVersion(try MLflowDoor.number(parts[1]), of: name, as: call.principal)
            }
            files = try door.registry.versionFiles(found.row.id, as: call.principal).files
            if runID.isEmpty { runID = found.facts.runID }
            if modelID.isEmpty { modelID = found.facts.loggedModelID }
        } else if source.hasPrefix("mlflow-artifacts:/") {
            let place = try ArtifactPlace(parsing: MLflowDoor.artifactPath(ofURI: source))
            switch place.root {
            case .run(let id):
                guard givenRun.isEmpty || givenRun == id else { throw refuse("It lies in another run than run_id.") }
                runID = id
                try take(try door.tracking.files(of: .run(id), as: call.principal), below: place.path)
            case .loggedModel(let id):
                guard givenModel.isEmpty || givenModel == id else { throw refuse("It lies in another model than model_id.") }
                modelID = id
                try take(try door.tracking.files(of: .loggedModel(id), as: call.principal), below: place.path)
            case .version(let id):
                files = try door.registry.versionFiles(id, as: call.principal).files
            case .none: throw refuse("There is nothing at that address.")
            }
        } else {
            // Another store's address is kept, and never opened by the server.
            let scheme = source.prefix { $0 != ":" }.lowercased()
            guard source.dropFirst(scheme.count).hasPrefix("://"), Self.stores.contains(scheme), !source.contains("#")
            else {
                throw refuse("Local paths and web addresses are not taken, and of other stores only known ones.")
            }
            isElsewhere = true
        }
        if !modelID.isEmpty, runID.isEmpty {
            runID = try door.tracking.loggedModel(modelID, as: call.principal).row.sourceRunID
        }
        if !runID.isEmpty, givenRun == runID, !isElsewhere, !source.hasPrefix("models:/m-") {
            _ = try door.tracking.run(runID, as: call.principal)
        }
    }

    private mutating func take(_ all: [FileRow], below path: String) throws {
        let prefix = path.isEmpty ? "" : try ArtifactPath.normalized(path) + "/"
        files = all.compactMap { file in
            guard file.path.hasPrefix(prefix) else { return nil }
            return FileRow(path: String(file.path.dropFirst(prefix.count)), blob: file.blob, modified: file.modified)
        }
    }
}
