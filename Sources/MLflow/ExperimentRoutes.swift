import Engine
import HTTPTypes
import Store
import Tracking
import Types

extension MLflowDoor {
    static let experimentRoutes: [Route] = {
        let base = "/2.0/mlflow/experiments"
        return [
            Route(.post, "\(base)/create") { try $0.createExperiment($1) },
            Route(.get, "\(base)/get") { try $0.getExperiment($1) },
            Route(.get, "\(base)/get-by-name") { try $0.getExperimentByName($1) },
            Route(.post, "\(base)/search") { try $0.searchExperiments($1) },
            Route(.get, "\(base)/search") { try $0.searchExperiments($1) },
            Route(.post, "\(base)/delete") { try $0.setExperimentDeleted($1, true) },
            Route(.post, "\(base)/restore") { try $0.setExperimentDeleted($1, false) },
            Route(.post, "\(base)/update") { try $0.updateExperiment($1) },
            Route(.post, "\(base)/set-experiment-tag") { try $0.setExperimentTag($1) },
            Route(.post, "\(base)/delete-experiment-tag") { try $0.deleteExperimentTag($1) },
        ]
    }()

    static func experimentID(_ text: String) throws -> Int64 {
        guard let id = Int64(text), id >= 0 else {
            throw RegistryError(.invalidArgument, "Invalid experiment ID: '\(text.prefix(60))'. It is a number.")
        }
        return id
    }

    private func id(_ call: Call) throws -> Int64 {
        try Self.experimentID(try call.arguments.requiredText("experiment_id"))
    }

    private func createExperiment(_ call: Call) throws -> JSON {
        let place = try call.arguments.text("artifact_location")
        guard place.isEmpty || place.hasPrefix("mlflow-artifacts:/") && !Self.isSuspicious(place) else {
            throw RegistryError(
                .invalidArgument,
                "Invalid artifact_location '\(place.prefix(200))': the files of runs are kept by this server.",
                hint: "Leave artifact_location out.")
        }
        let id = try tracking.createExperiment(
            try call.arguments.requiredText("name"), tags: try call.arguments.pairs("tags"), as: call.principal)
        return .make(["experiment_id": .string("\(id)")])
    }

    private func getExperiment(_ call: Call) throws -> JSON {
        .make(["experiment": Self.render(try tracking.experiment(try id(call), as: call.principal))])
    }

    private func getExperimentByName(_ call: Call) throws -> JSON {
        let name = try call.arguments.requiredText("experiment_name")
        return .make(["experiment": Self.render(try tracking.experiment(named: name, as: call.principal))])
    }

    private func searchExperiments(_ call: Call) throws -> JSON {
        let (request, search) = try searchRequest(call, for: "experiments", usual: 1000, most: 50_000)
        let page = try tracking.searchExperiments(request, as: call.principal)
        return list("experiments", page, of: search, Self.render)
    }

    private func setExperimentDeleted(_ call: Call, _ isDeleted: Bool) throws -> JSON {
        try tracking.setExperimentDeleted(try id(call), isDeleted, as: call.principal)
        return .object([])
    }

    private func updateExperiment(_ call: Call) throws -> JSON {
        try tracking.renameExperiment(
            try id(call), to: try call.arguments.requiredText("new_name"), as: call.principal)
        return .object([])
    }

    private func setExperimentTag(_ call: Call) throws -> JSON {
        let tag = NamedText(try call.arguments.requiredText("key"), try call.arguments.text("value"))
        try tracking.setExperimentTag(tag, of: try id(call), as: call.principal)
        return .object([])
    }

    private func deleteExperimentTag(_ call: Call) throws -> JSON {
        try tracking.deleteExperimentTag(
            try call.arguments.requiredText("key"), of: try id(call), as: call.principal)
        return .object([])
    }

    private static func render(_ experiment: Experiment) -> JSON {
        JSON.make([
            "experiment_id": .string("\(experiment.row.id)"), "name": .string(experiment.row.name),
            "artifact_location": .string("mlflow-artifacts:/\(experiment.row.id)"),
            "lifecycle_stage": .string(experiment.row.isDeleted ? "deleted" : "active"),
            "creation_time": .number("\(experiment.row.createdOn)"),
            "last_update_time": .number("\(experiment.row.updatedOn)"), "tags": .array(experiment.tags.map(pair)),
        ]).withoutEmpty
    }
}
