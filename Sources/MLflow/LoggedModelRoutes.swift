import Engine
import HTTPTypes
import Store
import Tracking
import Types

extension MLflowDoor {
    static let loggedModelRoutes: [Route] = {
        let base = "/2.0/mlflow/logged-models"
        return [
            Route(.post, base) { try $0.createLoggedModel($1) },
            Route(.post, "\(base)/search") { try $0.searchLoggedModels($1) },
            Route(.get, "\(base)/:id") { try $0.getLoggedModel($1) },
            Route(.patch, "\(base)/:id") { try $0.finalizeLoggedModel($1) },
            Route(.delete, "\(base)/:id") { try $0.deleteLoggedModel($1) },
            Route(.patch, "\(base)/:id/tags") { try $0.setLoggedModelTags($1) },
            Route(.delete, "\(base)/:id/tags/:tag_key") { try $0.deleteLoggedModelTag($1) },
            Route(.post, "\(base)/:id/params") { try $0.addLoggedModelParams($1) },
            Route(.get, "\(base)/:id/artifacts/directories") { try $0.loggedModelFiles($1) },
        ]
    }()

    private func id(_ call: Call) throws -> String {
        let id = try call.arguments.requiredText("id")
        if let other = try call.arguments.optionalText("model_id"), !other.isEmpty, other != id {
            throw RegistryError(
                .invalidArgument,
                "The model_id '\(other.prefix(60))' does not match '\(id.prefix(60))', which the path names.")
        }
        return id
    }

    private func createLoggedModel(_ call: Call) throws -> JSON {
        let model = try tracking.createLoggedModel(
            in: try Self.experimentID(try call.arguments.requiredText("experiment_id")),
            name: try call.arguments.text("name"), modelType: try call.arguments.text("model_type"),
            sourceRunID: try call.arguments.text("source_run_id"), params: try call.arguments.pairs("params"),
            tags: try call.arguments.pairs("tags"), as: call.principal)
        return .make(["model": Self.render(model)])
    }

    private func getLoggedModel(_ call: Call) throws -> JSON {
        .make(["model": Self.render(try tracking.loggedModel(try id(call), as: call.principal))])
    }

    private func finalizeLoggedModel(_ call: Call) throws -> JSON {
        let model = try tracking.setLoggedModelStatus(
            try id(call), try call.arguments.requiredText("status"), as: call.principal)
        return .make(["model": Self.render(model)])
    }

    private func deleteLoggedModel(_ call: Call) throws -> JSON {
        try tracking.deleteLoggedModel(try id(call), as: call.principal)
        return .object([])
    }

    private func setLoggedModelTags(_ call: Call) throws -> JSON {
        let model = try tracking.setLoggedModelTags(
            try call.arguments.pairs("tags"), of: try id(call), as: call.principal)
        return .make(["model": Self.render(model)])
    }

    private func deleteLoggedModelTag(_ call: Call) throws -> JSON {
        try tracking.deleteLoggedModelTag(
            try call.arguments.requiredText("tag_key"), of: try id(call), as: call.principal)
        return .object([])
    }

    private func addLoggedModelParams(_ call: Call) throws -> JSON {
        try tracking.addLoggedModelParams(try call.arguments.pairs("params"), to: try id(call), as: call.principal)
        return .object([])
    }

    private func searchLoggedModels(_ call: Call) throws -> JSON {
        let experiments = try call.arguments.texts("experiment_ids")
        let keys = try call.arguments.objects("order_by").map { key -> OrderKey in
            let parsed = try OrderKey(parsing: try key.requiredText("field_name"))
            return OrderKey(
                scope: parsed.scope, key: parsed.key, isAscending: try key.optionalFlag("ascending") ?? true)
        }
        let datasets = try call.arguments.objects("datasets").map {
            NamedText(try $0.requiredText("dataset_name"), try $0.text("dataset_digest"))
        }
        let given = experiments + datasets.flatMap { [$0.name, $0.value] }
        let (request, search) = try searchRequest(
            call, for: "logged models", usual: 50, most: 50_000, order: keys, in: given)
        let page = try tracking.searchLoggedModels(
            in: try experiments.map { try Self.experimentID($0) }, onDatasets: datasets, request, as: call.principal)
        return list("models", page, of: search, Self.render)
    }

    private func loggedModelFiles(_ call: Call) throws -> JSON {
        let model = try tracking.loggedModel(try id(call), as: call.principal).row
        let text = try call.arguments.text("artifact_directory_path")
        guard !Self.isSuspicious(text) else { throw RegistryError(.invalidArgument, "Invalid path: '\(text.prefix(100))'.") }
        let path = text.isEmpty ? "" : try ArtifactPath.normalized(text)
        let files = try tracking.files(of: .loggedModel(model.id), below: path, as: call.principal)
        var answer = JSON.make(["root_uri": .string(Self.artifactURI(of: model))])
        let list = Self.entries(files, of: path, prefix: path.isEmpty ? "" : path + "/")["files"]
        if let list { answer["files"] = list }
        return answer
    }

    static func render(_ model: LoggedModel) -> JSON {
        let row = model.row
        let info = JSON.make([
            "model_id": .string(row.id), "experiment_id": .string("\(row.experimentID)"), "name": .string(row.name),
            "creation_timestamp_ms": .number("\(row.createdOn)"),
            "last_updated_timestamp_ms": .number("\(row.updatedOn)"), "artifact_uri": .string(artifactURI(of: row)),
            "status": .string(row.status), "model_type": .string(row.modelType),
            "source_run_id": .string(row.sourceRunID), "tags": .array(model.tags.map(pair)),
        ]).withoutEmpty
        let metrics = model.metrics.map { point -> JSON in
            var rendered = render(point)
            rendered["run_id"] = .string(point.runID)
            return rendered
        }
        let data = JSON.make(["params": .array(model.params.map(pair)), "metrics": .array(metrics)]).withoutEmpty
        return .make(["info": info, "data": data])
    }
}
