import Engine
import Foundation
import HTTPTypes
import NIOPosix
import Registry
import Store
import Types

extension MLflowDoor {
    static let webhookRoutes: [Route] = {
        let base = "/2.0/mlflow/webhooks"
        return [
            Route(.post, base, waiting: { try await $0.createWebhook($1) }),
            Route(.get, base) { try $0.listWebhooks($1) },
            Route(.get, "\(base)/:id") { try $0.getWebhook($1) },
            Route(.patch, "\(base)/:id", waiting: { try await $0.updateWebhook($1) }),
            Route(.delete, "\(base)/:id") { try $0.deleteWebhook($1) },
            Route(.post, "\(base)/:id/test", waiting: { try await $0.testWebhook($1) }),
        ]
    }()

    private func createWebhook(_ call: Call) async throws -> JSON {
        _ = try await blocking.runIfActive { try registry.webhooks(as: call.principal) }
        var properties = try await properties(call.arguments)
        properties.name = try Self.webhookName(try call.arguments.requiredText("name"))
        guard properties.url != nil else { _ = try call.arguments.requiredText("url"); throw Self.noEvents }
        guard properties.events != nil else { throw Self.noEvents }
        let id = UUID().uuidString.lowercased()
        if let secret = try call.arguments.optionalText("secret"), !secret.isEmpty {
            properties.sealedSecret = try webhooks.secrets.seal(secret, of: id)
        }
        let made = properties
        return try await blocking.runIfActive {
            .make(["webhook": Self.render(try registry.createWebhook(made, id: id, as: call.principal))])
        }
    }

    private func listWebhooks(_ call: Call) throws -> JSON {
        let limit = try call.arguments.limit(usual: 100, most: 1000)
        let search = search("webhooks", [], as: call.principal)
        let page = try registry.webhooks(after: try end(call, of: search), limit: limit, as: call.principal)
        return list("webhooks", page, of: search, Self.render)
    }

    private func getWebhook(_ call: Call) throws -> JSON {
        .make(["webhook": Self.render(try registry.webhook(try call.arguments.requiredText("id"), as: call.principal))])
    }

    private func updateWebhook(_ call: Call) async throws -> JSON {
        let id = try call.arguments.requiredText("id")
        _ = try await blocking.runIfActive { try registry.webhook(id, as: call.principal) }
        var properties = try await properties(call.arguments)
        if let name = try call.arguments.optionalText("name"), !name.isEmpty {
            properties.name = try Self.webhookName(name)
        }
        if let secret = try call.arguments.optionalText("secret") {
            properties.sealedSecret = .some(secret.isEmpty ? nil : try webhooks.secrets.seal(secret, of: id))
        }
        let changes = properties
        return try await blocking.runIfActive {
            .make(["webhook": Self.render(try registry.alterWebhook(id, changes, as: call.principal))])
        }
    }

    private func deleteWebhook(_ call: Call) throws -> JSON {
        try registry.dropWebhook(try call.arguments.requiredText("id"), as: call.principal)
        return .object([])
    }

    /// Sends an example of the event, or of the webhook's first one, and tells what came of it.
    private func testWebhook(_ call: Call) async throws -> JSON {
        let id = try call.arguments.requiredText("id")
        let webhook = try await blocking.runIfActive { try registry.webhook(id, as: call.principal) }
        let event = try call.arguments.object("event").map(Self.event) ?? webhook.events.first ?? ""
        let example = WebhookPayload.examples.first { $0.event == event }
        let parts = event.split(separator: ".").map(String.init)
        guard let example, parts.count == 2 else { throw Self.noEvents }
        let body = WebhookPayload.body(
            entity: parts[0], action: parts[1], at: Int64(Date().timeIntervalSince1970 * 1000), data: example.data)
        let result: JSON
        do {
            let answer = try await webhooks.send(body, id: ModelRegistry.deliveryID(), to: webhook)
            result = JSON.make([
                "success": .bool((200..<300).contains(answer.status)), "response_status": .number("\(answer.status)"),
                "response_body": .string(answer.body),
            ])
        } catch let failure as WebhookSender.Failure {
            result = .make(["success": .bool(false), "error_message": .string("Failed to test webhook: \(failure.reason)")])
        } catch let error as RegistryError {
            result = .make(["success": .bool(false), "error_message": .string("Failed to test webhook: \(error.text)")])
        }
        return .make(["result": result.withoutEmpty])
    }

    // MARK: Arguments and answers

    /// What a call says of a webhook but its name and secret. The address is resolved and looked at.
    private func properties(_ arguments: Arguments) async throws -> WebhookProperties {
        var properties = WebhookProperties()
        properties.description = try arguments.optionalText("description")
        if let description = properties.description, description.count > 5000 {
            throw RegistryError(
                .invalidArgument,
                "The webhook's description has \(description.count) characters: at most 5000 are allowed.")
        }
        if let secret = try arguments.optionalText("secret"), secret.utf8.count > 1000 {
            throw RegistryError(
                .invalidArgument, "The webhook's secret has \(secret.utf8.count) bytes: at most 1000 are allowed.")
        }
        let events = try arguments.objects("events")
        if !events.isEmpty {
            var names: [String] = []
            for name in try events.map(Self.event) where !names.contains(name) { names.append(name) }
            properties.events = names
        }
        if let status = try arguments.optionalText("status"), !status.isEmpty {
            guard ["ACTIVE", "DISABLED"].contains(status) else {
                throw RegistryError(
                    .invalidArgument, "Invalid webhook status '\(status.prefix(40))': ACTIVE and DISABLED are known.")
            }
            properties.isActive = status == "ACTIVE"
        }
        if let text = try arguments.optionalText("url"), !text.isEmpty {
            let url = try WebhookURL(parsing: text, webhooks.sender.rules)
            do {
                _ = try await webhooks.sender.addresses(of: url)
            } catch {
                throw RegistryError(.invalidArgument, "Invalid webhook URL: \(error.reason)")
            }
            properties.url = text
        }
        return properties
    }

    private static let noEvents = RegistryError(
        .invalidArgument,
        "Missing value for required parameter 'events'. See the API docs for more information about request parameters.")

    /// Source: mlflow.utils.validation._WEBHOOK_NAME_REGEX.
    private static func webhookName(_ text: String) throws -> String {
        func isEnd(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), bytes.first.map(isEnd) == true, bytes.last.map(isEnd) == true,
            bytes.allSatisfy({ isEnd($0) || [45, 46, 95].contains($0) })
        else {
            throw RegistryError(
                .invalidArgument,
                "Webhook name '\(text.prefix(80))' is invalid. It must start and end with a letter or digit, have at most "
                    + "63 characters, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).")
        }
        return text
    }

    private static func event(_ arguments: Arguments) throws -> String {
        let (entity, action) = (try arguments.requiredText("entity"), try arguments.requiredText("action"))
        let name = "\(entity).\(action)".lowercased()
        guard WebhookPayload.examples.contains(where: { $0.event == name }) else {
            throw RegistryError(
                .invalidArgument, "There is no event '\(name.prefix(80))' to be told of.",
                hint: "There are " + WebhookPayload.examples.map(\.event).joined(separator: ", ") + ".")
        }
        return name
    }

    private static func render(_ webhook: WebhookRow) -> JSON {
        let events = webhook.events.map { event -> JSON in
            let parts = event.uppercased().split(separator: ".").map { JSON.string(String($0)) }
            return .make(["entity": parts.first ?? .null, "action": parts.last ?? .null])
        }
        return JSON.make([
            "webhook_id": .string(webhook.id), "name": .string(webhook.name),
            "description": .string(webhook.description), "url": .string(webhook.url), "events": .array(events),
            "status": .string(webhook.isActive ? "ACTIVE" : "DISABLED"),
            "creation_timestamp": .number("\(webhook.createdOn)"),
            "last_updated_timestamp": .number("\(webhook.updatedOn)"),
        ]).withoutEmpty
    }
}
