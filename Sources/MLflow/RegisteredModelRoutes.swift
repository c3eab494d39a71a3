import Engine
import HTTPTypes
import Registry
import Store
import Tracking
import Types

extension MLflowDoor {
    static let registeredModelRoutes: [Route] = {
        let base = "/2.0/mlflow/registered-models"
        return [
            Route(.post, "\(base)/create") { try $0.createModel($1) },
            Route(.get, "\(base)/get") { try $0.getModel($1) },
            Route(.post, "\(base)/rename") { try $0.renameModel($1) },
            Route(.patch, "\(base)/update") { try $0.updateModel($1) },
            Route(.delete, "\(base)/delete") { try $0.deleteModel($1) },
            Route(.get, "\(base)/search") { try $0.searchModels($1) },
            Route(.post, "\(base)/search") { try $0.searchModels($1) },
            Route(.get, "\(base)/get-latest-versions") { try $0.latestVersions($1) },
            Route(.post, "\(base)/get-latest-versions") { try $0.latestVersions($1) },
            Route(.post, "\(base)/set-tag") { try $0.setModelTag($1) },
            Route(.delete, "\(base)/delete-tag") { try $0.deleteModelTag($1) },
            Route(.post, "\(base)/alias") { try $0.setModelAlias($1) },
            Route(.get, "\(base)/alias") { try $0.getModelAlias($1) },
            Route(.delete, "\(base)/alias") { try $0.deleteModelAlias($1) },
        ]
    }()

    private func named<Value>(_ call: Call, _ body: (ObjectName, String) throws -> Value) throws -> Value {
        let text = try call.arguments.requiredText("name")
        let (name, display) = try modelName(text, as: call.principal)
        return try aboutModel(text) { try body(name, display) }
    }

    private func answer(_ name: ObjectName, _ call: Call) throws -> JSON {
        answer(try registry.registeredModel(name, as: call.principal))
    }

    private func answer(_ model: RegisteredModel) -> JSON { .make(["registered_model": render(model)]) }

    private func createModel(_ call: Call) throws -> JSON {
        try named(call) { name, display in
            let tags = try call.arguments.pairs("tags")
            try Self.checkModelTags(tags)
            return answer(
                try registry.registerModel(
                    name, displayName: display, comment: try call.arguments.text("description"), labels: tags,
                    as: call.principal))
        }
    }

    private func getModel(_ call: Call) throws -> JSON { try named(call) { name, _ in try answer(name, call) } }

    private func renameModel(_ call: Call) throws -> JSON {
        let text = try call.arguments.requiredText("new_name")
        let (target, display) = try modelName(text, as: call.principal)
        let name = try named(call) { name, _ in
            _ = try registry.registeredModel(name, as: call.principal)
            return name
        }
        try aboutModel(text) {
            try registry.renameModel(name, to: target, displayName: display, as: call.principal)
        }
        return try answer(target, call)
    }

    private func updateModel(_ call: Call) throws -> JSON {
        try named(call) { name, _ in
            try registry.setModelComment(name, try call.arguments.text("description"), as: call.principal)
            return try answer(name, call)
        }
    }

    private func deleteModel(_ call: Call) throws -> JSON {
        try named(call) { name, _ in
            _ = try registry.dropModel(name, as: call.principal)
            return .object([])
        }
    }

    private func searchModels(_ call: Call) throws -> JSON {
        let (request, search) = try searchRequest(call, for: "registered models", usual: 100, most: 1000)
        for key in request.order {
            guard ["name", "creation_timestamp", "timestamp", "last_updated_timestamp"].contains(key.key.lowercased())
            else { throw RegistryError(.invalidArgument, "Invalid order_by key '\(key.key.prefix(100))': name, creation_timestamp and last_updated_timestamp are known.") }
        }
        let page = try registry.searchModels(request, home: tracking.home, as: call.principal)
        return list("registered_models", page, of: search, render)
    }

    private func latestVersions(_ call: Call) throws -> JSON {
        try named(call) { name, _ in
            let model = try registry.registeredModel(name, as: call.principal)
            let stages = try call.arguments.texts("stages").map { try Self.stage($0) }
            let found = stages.isEmpty ? model.latest : model.latest.filter { stages.contains($0.facts.stage) }
            return .make(["model_versions": .array(found.map(render))]).withoutEmpty
        }
    }

    private func setModelTag(_ call: Call) throws -> JSON {
        let tag = NamedText(try call.arguments.requiredText("key"), try call.arguments.text("value"))
        try Self.checkModelTags([tag])
        return try named(call) { name, _ in
            try registry.setLabel(tag, on: name, as: call.principal)
            return .object([])
        }
    }

    private func deleteModelTag(_ call: Call) throws -> JSON {
        let key = try call.arguments.requiredText("key")
        return try named(call) { name, _ in
            try registry.deleteLabel(key, of: name, as: call.principal)
            return .object([])
        }
    }

    private func setModelAlias(_ call: Call) throws -> JSON {
        let (alias, display) = try Self.alias(try call.arguments.requiredText("alias"))
        let number = try Self.number(try call.arguments.requiredText("version"))
        return try named(call) { name, _ in
            try registry.setAlias(alias, displayName: display, toNumber: number, of: name, as: call.principal)
            return .object([])
        }
    }

    private func getModelAlias(_ call: Call) throws -> JSON {
        let text = try call.arguments.requiredText("alias")
        return try named(call) { name, _ in
            if text.lowercased() == "latest" { return .make(["model_version": render(try newest(of: name, call))]) }
            let alias = Identifier(written: text)
            guard let version = try registry.registeredVersion(at: alias, of: name, as: call.principal) else {
                throw RegistryError(.invalidArgument, "Registered model alias \(text) not found.")
            }
            return .make(["model_version": render(version)])
        }
    }

    /// `latest` is no alias that can be set: it is the version with the highest number.
    private func newest(of name: ObjectName, _ call: Call) throws -> RegisteredVersion {
        let latest = try registry.registeredModel(name, as: call.principal).latest
        guard let version = latest.max(by: { $0.row.number < $1.row.number }) else {
            throw RegistryError(.notFound, "Latest version not found for model \(try call.arguments.text("name")).")
        }
        return version
    }

    private func deleteModelAlias(_ call: Call) throws -> JSON {
        let alias = Identifier(written: try call.arguments.requiredText("alias"))
        return try named(call) { name, _ in
            guard try registry.registeredVersion(at: alias, of: name, as: call.principal) != nil else { return .object([]) }
            try registry.unsetAlias(alias, of: name, as: call.principal)
            return .object([])
        }
    }

    static func checkModelTags(_ tags: [NamedText]) throws {
        for tag in tags {
            guard tag.name.count <= 250 else {
                throw RegistryError(
                    .invalidArgument, "The tag key '\(tag.name.prefix(60))…' has \(tag.name.count) characters: at most 250 are allowed.")
            }
            guard tag.value.count <= 100_000 else {
                throw RegistryError(
                    .invalidArgument, "The value of the tag '\(tag.name)' has \(tag.value.count) characters: at most 100000 are allowed.")
            }
        }
    }

    static func stage(_ text: String) throws -> String {
        let known = ["None", "Staging", "Production", "Archived"]
        guard let stage = known.first(where: { $0.lowercased() == text.lowercased() }) else {
            throw RegistryError(
                .invalidArgument,
                "Invalid Model Version stage: \(text.prefix(60)). Value must be one of \(known.joined(separator: ", ")).")
        }
        return stage
    }

    static func number(_ text: String) throws -> Int64 {
        guard let number = Int64(text), number > 0 else {
            throw RegistryError(.invalidArgument, "Model version must be an integer, got '\(text.prefix(60))'")
        }
        return number
    }

    // MARK: Answers

    func render(_ model: RegisteredModel) -> JSON {
        let aliases = model.aliases.map { alias -> JSON in
            .make(["alias": .string(alias.name), "version": .string("\(alias.number)")])
        }
        return JSON.make([
            "name": .string(shown(model.row)),
            "creation_timestamp": .number("\(model.row.createdOn)"),
            "last_updated_timestamp": .number("\(model.row.alteredOn)"),
            "description": .string(model.row.comment), "latest_versions": .array(model.latest.map(render)),
            "tags": .array(model.labels.map(Self.pair)), "aliases": .array(aliases),
        ]).withoutEmpty
    }

    static func pair(_ text: NamedText) -> JSON { .make(["key": .string(text.name), "value": .string(text.value)]) }
}

extension JSON {
    /// Without members that are empty texts, lists or objects: as protobuf writes JSON.
    var withoutEmpty: JSON {
        guard case .object(let members) = self else { return self }
        return .object(
            members.filter { member in
                switch member.value {
                case .null, .string(""), .array([]), .object([]): false
                default: true
                }
            })
    }
}
