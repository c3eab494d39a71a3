package import Access
package import Store
package import Types

/// What a webhook is, or is to become: nil leaves what it has.
package struct WebhookProperties: Sendable {
    package var name: String?
    package var description: String?
    package var url: String?
    package var events: [String]?
    /// `.some(nil)` takes the secret away.
    package var sealedSecret: String??
    package var isActive: Bool?

    package init() {}
}

/// Webhooks, and the outbox of what they are to be told.
///
/// The audit log is the outbox's source: ``noteDeliveries(limit:render:)`` turns rows that a webhook has not seen into
/// deliveries, in the transaction that notes how far it has seen. Nothing is lost or told twice by a crash in between;
/// a crash between a delivery and its record sends it again under the same id.
extension ModelRegistry {
    /// The webhooks, oldest first.
    package func webhooks(
        after end: PageKey? = nil, limit: Int = 100, as principal: Principal
    ) throws -> Page<WebhookRow> {
        let query = try SearchQuery(
            .init(columns: [:], pairs: [:]), then: [.ascending("w.created_on"), .ascending("w.id")])
        let search = try query.search(after: end, limit: limit + 1)
        return try catalog.read { reader in
            try access.require(.manageWebhooks, on: .account, as: principal, in: reader)
            return Page(try reader.webhooks(search), limit: limit)
        }
    }

    package func webhook(_ id: String, as principal: Principal) throws -> WebhookRow {
        try catalog.read { try findWebhook(id, as: principal, in: $0) }
    }

    /// Makes a webhook, which is told of what happens from now on.
    package func createWebhook(_ properties: WebhookProperties, id: String, as principal: Principal) throws -> WebhookRow {
        try catalog.write { tx in
            try access.require(.manageWebhooks, on: .account, as: principal, in: tx)
            let now = time.now()
            let entry = AuditEntry(
                principal, "CREATE WEBHOOK", .account,
                to: ["webhook": id].merging(Self.facts(properties), uniquingKeysWith: { first, _ in first }))
            try tx.audit(entry, now: now)
            let webhook = WebhookRow(
                id: id, name: properties.name ?? "", description: properties.description ?? "",
                url: properties.url ?? "", events: properties.events ?? [],
                sealedSecret: properties.sealedSecret ?? nil, isActive: properties.isActive ?? true,
                seen: try tx.lastAuditSequence(), now: now)
            try tx.insertWebhook(webhook)
            return webhook
        }
    }

    package func alterWebhook(
        _ id: String, _ properties: WebhookProperties, as principal: Principal
    ) throws -> WebhookRow {
        try catalog.write { tx in
            var webhook = try findWebhook(id, as: principal, in: tx)
            if let name = properties.name { webhook.name = name }
            if let description = properties.description { webhook.description = description }
            if let url = properties.url { webhook.url = url }
            if let events = properties.events { webhook.events = events }
            if let secret = properties.sealedSecret { webhook.sealedSecret = secret }
            if let isActive = properties.isActive { webhook.isActive = isActive }
            let now = time.now()
            try tx.updateWebhook(webhook, now: now)
            try tx.audit(
                AuditEntry(
                    principal, "ALTER WEBHOOK", .account, from: ["webhook": id], to: Self.facts(properties)), now: now)
            return try tx.webhook(id) ?? webhook
        }
    }

    /// Removes a webhook with what it was still to be told.
    package func dropWebhook(_ id: String, as principal: Principal) throws {
        try catalog.write { tx in
            _ = try findWebhook(id, as: principal, in: tx)
            try tx.deleteWebhook(id)
            try tx.audit(AuditEntry(principal, "DROP WEBHOOK", .account, from: ["webhook": id]), now: time.now())
        }
    }

    private func findWebhook(
        _ id: String, as principal: Principal, in reader: CatalogReader
    ) throws -> WebhookRow {
        try access.require(.manageWebhooks, on: .account, as: principal, in: reader)
        guard let webhook = try reader.webhook(id) else {
            throw RegistryError(.notFound, "Webhook with ID '\(id.prefix(60))' not found.")
        }
        return webhook
    }

    /// Neither the address nor the secret: both may let who knows them in.
    private static func facts(_ properties: WebhookProperties) -> [String: String] {
        var facts: [String: String] = [:]
        facts["name"] = properties.name
        facts["events"] = properties.events?.joined(separator: ", ")
        if properties.url != nil { facts["url"] = "set" }
        if let secret = properties.sealedSecret { facts["secret"] = secret == nil ? "unset" : "set" }
        facts["status"] = properties.isActive.map { $0 ? "ACTIVE" : "DISABLED" }
        return facts
    }

    // MARK: The outbox

    /// Makes deliveries out of what happened since webhooks looked last.
    ///
    /// - Parameters:
    ///   - limit: most audit rows to look at.
    ///   - render: the event's name and what is sent; nil for what nobody is told.
    /// - Returns: whether there may be more.
    package func noteDeliveries(
        limit: Int = 500, render: (RegistryEvent) throws -> (event: String, body: String)?
    ) throws -> Bool {
        let isBehind = try catalog.read { reader in
            let last = try reader.lastAuditSequence()
            return try reader.webhooks().contains { $0.seen < last }
        }
        guard isBehind else { return false }
        return try catalog.write { tx in
            let webhooks = try tx.webhooks()
            guard let first = webhooks.map(\.seen).min() else { return false }
            let rows = try tx.auditRows(after: first, limit: limit)
            guard let last = rows.last?.sequence else { return false }
            let now = time.now()
            for row in rows {
                let listeners = webhooks.filter { $0.isActive && $0.seen < row.sequence }
                guard !listeners.isEmpty, let happened = try RegistryEvent(row, in: tx),
                    let (event, body) = try render(happened)
                else { continue }
                for webhook in listeners where webhook.events.contains(event) {
                    let delivery = WebhookDelivery(
                        id: Self.deliveryID(), webhookID: webhook.id, sequence: row.sequence, event: event, body: body)
                    try tx.insertDelivery(delivery, now: now)
                }
            }
            for webhook in webhooks { try tx.setSeen(last, ofWebhook: webhook.id) }
            return rows.count == limit
        }
    }

    /// The webhooks that have something to be told now.
    package func webhooksDue() throws -> [String] {
        try catalog.read { try $0.webhooksWithDueDeliveries(now: time.now()) }
    }

    /// A webhook with what it is to be told now, oldest first; nil where it is gone or disabled.
    package func dueDeliveries(
        of id: String, limit: Int
    ) throws -> (webhook: WebhookRow, deliveries: [WebhookDelivery])? {
        try catalog.read { reader in
            guard let webhook = try reader.webhook(id), webhook.isActive else { return nil }
            return (webhook, try reader.dueDeliveries(of: id, now: time.now(), limit: limit))
        }
    }

    package func record(_ outcome: DeliveryOutcome, of delivery: WebhookDelivery) throws {
        try catalog.write { try $0.record(outcome, of: delivery.id) }
    }

    /// Forgets deliveries that ended longer ago than the retention.
    package func forgetDeliveries(after milliseconds: Int64) throws {
        try catalog.write { try $0.deleteDeliveries(endedBefore: time.now() - milliseconds) }
    }

    /// A random UUID (version 4) as text, as MLflow writes delivery ids.
    package static func deliveryID() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}
