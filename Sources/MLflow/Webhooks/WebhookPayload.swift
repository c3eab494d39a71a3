import Engine
import Foundation
import Registry
import Store
import Types

/// What webhooks may be told of, and in which words.
///
/// Source: mlflow.entities.webhook.VALID_ENTITY_ACTIONS and mlflow.webhooks.types.
enum WebhookPayload {
    /// Every event, e.g. `model_version.created`, with what is sent of it to try a receiver.
    static let examples: [(event: String, data: JSON)] = [
        ("registered_model.created", named("example_model", ["tags": tags, "description": "An example registered model"])),
        (
            "model_version.created",
            named(
                "example_model",
                [
                    "version": "1", "source": "models:/123", "run_id": "abcd1234abcd5678", "tags": tags,
                    "description": "An example model version",
                ])
        ),
        ("model_version_tag.set", named("example_model", ["version": "1", "key": "example_key", "value": "example_value"])),
        ("model_version_tag.deleted", named("example_model", ["version": "1", "key": "example_key"])),
        ("model_version_alias.created", named("example_model", ["alias": "example_alias", "version": "1"])),
        ("model_version_alias.deleted", named("example_model", ["alias": "example_alias"])),
        ("prompt.created", named("example_prompt", ["tags": tags, "description": "An example prompt"])),
        (
            "prompt_version.created",
            named(
                "example_prompt",
                [
                    "version": "1", "template": "Hello {{name}}!", "tags": tags,
                    "description": "An example prompt version",
                ])
        ),
        ("prompt_tag.set", named("example_prompt", ["key": "example_key", "value": "example_value"])),
        ("prompt_tag.deleted", named("example_prompt", ["key": "example_key"])),
        ("prompt_version_tag.set", named("example_prompt", ["version": "1", "key": "example_key", "value": "example_value"])),
        ("prompt_version_tag.deleted", named("example_prompt", ["version": "1", "key": "example_key"])),
        ("prompt_alias.created", named("example_prompt", ["alias": "example_alias", "version": "1"])),
        ("prompt_alias.deleted", named("example_prompt", ["alias": "example_alias"])),
    ]

    private static let tags: JSON = .make(["example_key": "example_value"])
    private static let promptMark = "mlflow.prompt.is_prompt"
    private static let promptText = "mlflow.prompt.text"

    private static func named(_ name: String, _ more: KeyValuePairs<String, JSON>) -> JSON {
        .object([.init(key: "name", value: .string(name))] + more.map { .init(key: $0.key, value: $0.value) })
    }

    /// The event and what is sent of it; nil for what MLflow tells nobody, such as a label of a model.
    ///
    /// - Parameter name: the model's name as clients of MLflow know it.
    static func of(_ happened: RegistryEvent, name: String) -> (event: String, body: String)? {
        let isPrompt = happened.modelLabels.contains { $0.name == promptMark && $0.value.lowercased() == "true" }
        guard let (entity, action, data) = data(of: happened.change, isPrompt: isPrompt) else { return nil }
        let body = body(entity: entity, action: action, at: happened.at, data: named(name, data))
        return ("\(entity).\(action)", body)
    }

    private static func data(
        of change: RegistryEvent.Change, isPrompt: Bool
    ) -> (entity: String, action: String, data: KeyValuePairs<String, JSON>)? {
        switch change {
        case .modelCreated(let comment, let labels):
            return (
                isPrompt ? "prompt" : "registered_model", "created",
                ["tags": object(labels, isPrompt), "description": orNull(comment)]
            )
        case .versionCreated(let number, let facts, let comment, let labels):
            let (version, tags) = (JSON.string("\(number)"), object(labels, isPrompt))
            if isPrompt {
                let template = labels.first { $0.name == promptText }?.value ?? ""
                return (
                    "prompt_version", "created",
                    ["version": version, "template": .string(template), "tags": tags, "description": orNull(comment)]
                )
            }
            return (
                "model_version", "created",
                [
                    "version": version, "source": .string(facts.sourceURI), "run_id": orNull(facts.runID), "tags": tags,
                    "description": orNull(comment),
                ]
            )
        case .modelLabelSet(let label):
            guard isPrompt else { return nil }
            return ("prompt_tag", "set", ["key": .string(label.name), "value": .string(label.value)])
        case .modelLabelDeleted(let name):
            guard isPrompt else { return nil }
            return ("prompt_tag", "deleted", ["key": .string(name)])
        case .versionLabelSet(let number, let label):
            return (
                isPrompt ? "prompt_version_tag" : "model_version_tag", "set",
                ["version": .string("\(number)"), "key": .string(label.name), "value": .string(label.value)]
            )
        case .versionLabelDeleted(let number, let name):
            return (
                isPrompt ? "prompt_version_tag" : "model_version_tag", "deleted",
                ["version": .string("\(number)"), "key": .string(name)]
            )
        case .aliasSet(let alias, let number):
            return (
                isPrompt ? "prompt_alias" : "model_version_alias", "created",
                ["alias": .string(alias), "version": .string("\(number)")]
            )
        case .aliasDeleted(let alias):
            return (isPrompt ? "prompt_alias" : "model_version_alias", "deleted", ["alias": .string(alias)])
        }
    }

    /// - Parameter moment: in milliseconds since 1970.
    static func body(entity: String, action: String, at moment: Int64, data: JSON) -> String {
        JSON.make([
            "entity": .string(entity), "action": .string(action), "timestamp": .string(time(moment)), "data": data,
        ]).json
    }

    private static func object(_ labels: [NamedText], _ isPrompt: Bool) -> JSON {
        .object(
            labels.filter { !isPrompt || !$0.name.hasPrefix("mlflow.prompt.") }
                .map { .init(key: $0.name, value: .string($0.value)) })
    }

    private static func orNull(_ text: String) -> JSON { text.isEmpty ? .null : .string(text) }

    /// As Python's isoformat() writes a moment in UTC.
    private static func time(_ milliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        return date.formatted(style).replacing("Z", with: "000+00:00")
    }
}
