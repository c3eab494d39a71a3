import Store
import Testing
import Types

@testable import Registry

/// What webhooks are to be told comes out of the audit log, once, as it was when it happened.
@Suite("The outbox of webhooks")
struct WebhookOutboxTests {
    private let house: RegistryHouse
    private let iris = object("IRIS")

    init() throws { house = try RegistryHouse() }

    private func webhook(_ events: [String] = ["model", "version", "label", "alias"], active: Bool = true) throws -> String {
        var properties = WebhookProperties()
        properties.name = "hook"
        properties.url = "https://receiver.example/x"
        properties.events = events
        properties.isActive = active
        return try house.registry.createWebhook(properties, id: ModelRegistry.deliveryID(), as: house.admin).id
    }

    private func register(_ labels: [NamedText] = []) throws {
        try house.registry.registerModel(iris, displayName: "iris", comment: "c", labels: labels, as: house.admin)
        _ = try house.registry.registerVersion(
            of: iris, files: [], facts: VersionFacts(), comment: "first", labels: [NamedText("v", "1")], origin: [:],
            as: house.admin)
    }

    private static func words(_ happened: RegistryEvent) -> (event: String, body: String)? {
        func text(_ labels: [NamedText]) -> String { labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",") }
        switch happened.change {
        case .modelCreated(let comment, let labels): return ("model", "\(happened.displayName ?? "") \(comment) \(text(labels))")
        case .versionCreated(let number, _, let comment, let labels): return ("version", "\(number) \(comment) \(text(labels))")
        case .versionLabelSet(let number, let label): return ("label", "\(number) \(label.name)=\(label.value)")
        case .versionLabelDeleted(let number, let name): return ("label", "\(number) -\(name)")
        case .aliasSet(let alias, let number): return ("alias", "\(alias)=\(number)")
        case .aliasDeleted(let alias): return ("alias", "-\(alias)")
        case .modelLabelSet, .modelLabelDeleted: return nil
        }
    }

    private func told(_ id: String) throws -> [String] {
        while try house.registry.noteDeliveries(limit: 2, render: Self.words) {}
        return try house.registry.dueDeliveries(of: id, limit: 100)?.deliveries.map(\.body) ?? []
    }

    @Test("Everything is told once, in order, as it was then")
    func events() throws {
        let id = try webhook()
        try register([NamedText("team", "a")])
        let registry = house.registry
        try registry.setLabel(NamedText("team", "b"), on: iris, as: house.admin)
        try registry.setLabel(NamedText("new", "n"), on: iris, as: house.admin)
        try registry.setLabel(NamedText("v", "2"), onNumber: 1, of: iris, as: house.admin)
        try registry.deleteLabel("v", ofNumber: 1, of: iris, as: house.admin)
        try registry.setVersionComment("second", ofNumber: 1, of: iris, as: house.admin)
        try registry.setAlias(name("CHAMPION"), displayName: "Champion", toNumber: 1, of: iris, as: house.admin)
        try registry.setAlias(name("SQL"), to: name("V1"), of: iris, as: house.admin)
        try registry.unsetAlias(name("CHAMPION"), of: iris, as: house.admin)
        let expected = [
            "iris c team=a", "1 first v=1", "1 v=2", "1 -v", "Champion=1", "SQL=1", "-Champion",
        ]
        #expect(try told(id) == expected)
        #expect(try told(id) == expected)
    }

    @Test("What happened before is not told, nor what happens while it is disabled, nor what nobody asked for")
    func notTold() throws {
        try register()
        let (all, sleeping, few) = (try webhook(), try webhook(active: false), try webhook(["alias"]))
        try house.registry.setLabel(NamedText("a", "b"), onNumber: 1, of: iris, as: house.admin)
        #expect(try told(all) == ["1 a=b"])
        var properties = WebhookProperties()
        properties.isActive = true
        _ = try house.registry.alterWebhook(sleeping, properties, as: house.admin)
        try house.registry.setAlias(name("X"), to: name("V1"), of: iris, as: house.admin)
        #expect(try told(sleeping) == ["X=1"] && told(few) == ["X=1"] && told(all) == ["1 a=b", "X=1"])
    }

    @Test("What a failure cuts off is told later")
    func failure() throws {
        let id = try webhook()
        try register()
        struct Cut: Error {}
        var seen = 0
        #expect(throws: Cut.self) {
            _ = try house.registry.noteDeliveries { happened in
                seen += 1
                if seen == 2 { throw Cut() }
                return Self.words(happened)
            }
        }
        #expect(try house.registry.webhooksDue() == [])
        #expect(try told(id).count == 2)
    }

    @Test("A delivery is tried again when its time comes, and is over when it was made or has failed")
    func outcomes() throws {
        let id = try webhook()
        try register()
        #expect(try told(id).count == 2)
        let registry = house.registry
        let deliveries = try #require(try registry.dueDeliveries(of: id, limit: 10)).deliveries
        try registry.record(.retry(on: house.clock.now + 60_000, status: 503, error: "x"), of: deliveries[0])
        try registry.record(.delivered(status: 200), of: deliveries[1])
        #expect(try told(id) == [] && registry.webhooksDue() == [])
        house.clock.advance(seconds: 61)
        let again = try #require(try registry.dueDeliveries(of: id, limit: 10)).deliveries
        #expect(again.map(\.id) == [deliveries[0].id] && again[0].attempts == 1)
        try registry.record(.failed(status: 410, error: "x"), of: again[0])
        #expect(try told(id) == [])
        try registry.dropWebhook(id, as: house.admin)
        #expect(try house.catalog.read { try $0.rows("SELECT id FROM webhook_delivery").isEmpty })
    }

    @Test("Only who has MANAGE GRANTS makes, sees, changes and drops webhooks, and each change is written down")
    func access() throws {
        let ann = try house.member("ANN", ["CREATE MODEL"])
        let id = try webhook()
        let registry = house.registry
        for attempt: () throws -> Void in [
            { _ = try registry.webhooks(as: ann) }, { _ = try registry.webhook(id, as: ann) },
            { _ = try registry.createWebhook(WebhookProperties(), id: "x", as: ann) },
            { _ = try registry.alterWebhook(id, WebhookProperties(), as: ann) }, { try registry.dropWebhook(id, as: ann) },
        ] {
            #expect(house.failure(attempt)?.code == .permissionDenied)
        }
        var properties = WebhookProperties()
        properties.sealedSecret = .some("sealed words")
        properties.url = "https://secret.example/token"
        _ = try registry.alterWebhook(id, properties, as: house.admin)
        try registry.dropWebhook(id, as: house.admin)
        let rows = try house.catalog.read { try $0.auditRows() }.filter { $0.action.hasSuffix("WEBHOOK") }
        #expect(rows.map(\.action) == ["CREATE WEBHOOK", "ALTER WEBHOOK", "DROP WEBHOOK"])
        #expect(!rows.contains { ($0.from + $0.to).contains("secret.example") || ($0.from + $0.to).contains("sealed words") })
    }

    @Test("Audit rows and the history of MLflow's changes say what changed")
    func audit() throws {
        try register()
        _ = try house.registry.registerVersion(
            of: iris, files: [], facts: VersionFacts(), comment: "", labels: [], origin: [:], as: house.admin)
        let registry = house.registry
        try registry.setStage("Production", ofNumber: 1, of: iris, archivingOthers: false, as: house.admin)
        try registry.setStage("Production", ofNumber: 2, of: iris, archivingOthers: true, as: house.admin)
        try registry.setLabel(NamedText("k", "1"), onNumber: 2, of: iris, as: house.admin)
        try registry.setLabel(NamedText("k", "2"), onNumber: 2, of: iris, as: house.admin)
        try registry.deleteLabel("k", ofNumber: 2, of: iris, as: house.admin)
        let rows = try house.catalog.read { try $0.auditRows() }.suffix(5)
        #expect(
            rows.map { "\($0.action) \($0.from) \($0.to)" } == [
                #"SET VERSION STAGE {"stage":"None"} {"stage":"Production","version":"V1"}"#,
                #"SET VERSION STAGE {"stage":"None"} {"archived":"[\"V1\"]","stage":"Production","version":"V2"}"#,
                #"SET VERSION LABEL {} {"label":"k","value":"1","version":"V2"}"#,
                #"SET VERSION LABEL {"value":"1"} {"label":"k","value":"2","version":"V2"}"#,
                #"UNSET VERSION LABEL {"label":"k","value":"2"} {"version":"V2"}"#,
            ])
    }
}
