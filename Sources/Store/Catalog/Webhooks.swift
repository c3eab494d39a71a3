package import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Someone who is told of what happens in the registry.
package struct WebhookRow: Hashable, Sendable {
    package let id: String
    package var name: String
    package var description: String
    package var url: String
    /// What it is told of, e.g. `model_version.created`.
    package var events: [String]
    /// What its deliveries are signed with, sealed; nil for none.
    package var sealedSecret: String?
    package var isActive: Bool
    /// The audit row up to which deliveries have been made.
    package let seen: Int64
    package let createdOn: Int64
    package let updatedOn: Int64

    /// - Parameter id: 32 hexadecimal digits.
    package init(
        id: String, name: String, description: String, url: String, events: [String], sealedSecret: String?,
        isActive: Bool, seen: Int64, now: Int64
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.url = url
        self.events = events
        self.sealedSecret = sealedSecret
        self.isActive = isActive
        self.seen = seen
        createdOn = now
        updatedOn = now
    }

    init(_ row: CatalogRow) throws {
        id = try row.text("id")
        name = try row.text("name")
        description = try row.text("description")
        url = try row.text("url")
        events = try AuditRow.list(try row.text("events"))
        sealedSecret = row.optionalText("secret")
        isActive = try row.text("status") == "ACTIVE"
        seen = try row.int("seen")
        createdOn = try row.int("created_on")
        updatedOn = try row.int("updated_on")
    }

    fileprivate func eventsText() throws -> String {
        String(decoding: try JSONEncoder().encode(events), as: UTF8.self)
    }
}

/// Something that a webhook is to be told.
package struct WebhookDelivery: Hashable, Sendable {
    package let id: String
    package let webhookID: String
    /// The audit row that it tells of.
    package let sequence: Int64
    package let event: String
    package let body: String
    /// How often it was tried.
    package let attempts: Int

    package init(id: String, webhookID: String, sequence: Int64, event: String, body: String) {
        self.id = id
        self.webhookID = webhookID
        self.sequence = sequence
        self.event = event
        self.body = body
        attempts = 0
    }

    init(_ row: CatalogRow) throws {
        id = try row.text("id")
        webhookID = try row.text("webhook_id")
        sequence = try row.int("audit_seq")
        event = try row.text("event")
        body = try row.text("body")
        attempts = Int(try row.int("attempts"))
    }
}

/// What came of a try to deliver.
package enum DeliveryOutcome: Sendable {
    case delivered(status: Int)
    /// Not again.
    case failed(status: Int?, error: String)
    /// Again, not before the moment in milliseconds since 1970.
    case retry(on: Int64, status: Int?, error: String)
}

extension CatalogReader {
    package func webhook(_ id: String) throws -> WebhookRow? {
        try one("SELECT * FROM webhook WHERE id = $1", [.text(id)]).map(WebhookRow.init)
    }

    /// All of them, oldest first.
    package func webhooks() throws -> [WebhookRow] {
        try rows("SELECT * FROM webhook ORDER BY created_on, id").map(WebhookRow.init)
    }

    /// Those that a search finds: `w` is the webhook.
    package func webhooks(_ search: CatalogSearch) throws -> [Found<WebhookRow>] {
        try found(search, "w.*", from: "webhook w", WebhookRow.init)
    }

    package func lastAuditSequence() throws -> Int64 {
        try one("SELECT seq FROM audit ORDER BY seq DESC LIMIT 1")?.int("seq") ?? 0
    }

    /// The ids of active webhooks that have a delivery to be tried.
    package func webhooksWithDueDeliveries(now: Int64) throws -> [String] {
        try rows(
            """
            SELECT w.id FROM webhook w WHERE w.status = 'ACTIVE' AND EXISTS (
                SELECT 1 FROM webhook_delivery d
                WHERE d.webhook_id = w.id AND d.state = 'PENDING' AND d.next_on <= $1)
            ORDER BY w.id
            """, [.int(now)]
        ).map { try $0.text("id") }
    }

    /// Deliveries to be tried, in the order in which things happened.
    package func dueDeliveries(of webhookID: String, now: Int64, limit: Int) throws -> [WebhookDelivery] {
        try rows(
            """
            SELECT * FROM webhook_delivery
            WHERE webhook_id = $1 AND state = 'PENDING' AND next_on <= $2 ORDER BY audit_seq LIMIT $3
            """, [.text(webhookID), .int(now), .int(Int64(limit))]
        ).map(WebhookDelivery.init)
    }

    /// The number of a version of the name, of the newest where several had it; dropped ones count.
    package func versionNumber(named name: String, of modelID: Int64) throws -> Int64? {
        try one(
            "SELECT number FROM model_version WHERE model_id = $1 AND name = $2 ORDER BY id DESC LIMIT 1",
            [.int(modelID), .text(name)])?.int("number")
    }

    /// A version by its number, dropped or not: what is told of it when it was made.
    package func versionID(number: Int64, of modelID: Int64) throws -> Int64? {
        try one(
            "SELECT id FROM model_version WHERE model_id = $1 AND number = $2 ORDER BY id DESC LIMIT 1",
            [.int(modelID), .int(number)])?.int("id")
    }
}

extension CatalogTransaction {
    package func insertWebhook(_ webhook: WebhookRow) throws {
        try run(
            """
            INSERT INTO webhook (id, name, description, url, events, secret, status, seen, created_on, updated_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .text(webhook.id), .text(webhook.name), .text(webhook.description), .text(webhook.url),
                .text(try webhook.eventsText()), .optional(webhook.sealedSecret),
                .text(webhook.isActive ? "ACTIVE" : "DISABLED"), .int(webhook.seen), .int(webhook.createdOn),
                .int(webhook.updatedOn),
            ])
    }

    package func updateWebhook(_ webhook: WebhookRow, now: Int64) throws {
        try run(
            """
            UPDATE webhook SET name = $1, description = $2, url = $3, events = $4, secret = $5, status = $6,
                updated_on = $7
            WHERE id = $8
            """,
            [
                .text(webhook.name), .text(webhook.description), .text(webhook.url), .text(try webhook.eventsText()),
                .optional(webhook.sealedSecret), .text(webhook.isActive ? "ACTIVE" : "DISABLED"), .int(now),
                .text(webhook.id),
            ])
    }

    package func deleteWebhook(_ id: String) throws {
        try run("DELETE FROM webhook_delivery WHERE webhook_id = $1", [.text(id)])
        try run("DELETE FROM webhook WHERE id = $1", [.text(id)])
    }

    /// Notes that deliveries have been made of all audit rows up to one.
    package func setSeen(_ sequence: Int64, ofWebhook id: String) throws {
        try run("UPDATE webhook SET seen = $1 WHERE id = $2 AND seen < $1", [.int(sequence), .text(id)])
    }

    package func insertDelivery(_ delivery: WebhookDelivery, now: Int64) throws {
        try run(
            """
            INSERT INTO webhook_delivery (id, webhook_id, audit_seq, event, body, next_on, created_on)
            VALUES ($1, $2, $3, $4, $5, $6, $6)
            """,
            [
                .text(delivery.id), .text(delivery.webhookID), .int(delivery.sequence), .text(delivery.event),
                .text(delivery.body), .int(now),
            ])
    }

    /// Notes what came of a try. Without effect where the webhook is gone.
    package func record(_ outcome: DeliveryOutcome, of id: String) throws {
        let (state, next, status, error): (String, Int64?, Int?, String) =
            switch outcome {
            case .delivered(let status): ("DELIVERED", nil, status, "")
            case .failed(let status, let error): ("FAILED", nil, status, error)
            case .retry(let moment, let status, let error): ("PENDING", moment, status, error)
            }
        try run(
            """
            UPDATE webhook_delivery SET state = $1, next_on = COALESCE($2, next_on), status = $3, error = $4,
                attempts = attempts + 1
            WHERE id = $5
            """,
            [.text(state), .optional(next), .optional(status.map(Int64.init)), .text(error), .text(id)])
    }

    /// Forgets deliveries that are over.
    ///
    /// - Parameter moment: those made before it, in milliseconds since 1970.
    package func deleteDeliveries(endedBefore moment: Int64) throws {
        try run("DELETE FROM webhook_delivery WHERE state <> 'PENDING' AND created_on < $1", [.int(moment)])
    }
}
