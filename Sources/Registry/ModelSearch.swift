import Access
package import Store
package import Types

/// Searches over registered models and versions, in MLflow's words.
extension ModelRegistry {
    /// Clients add this to every search; it means models and versions that are no prompts, untagged ones among them.
    private static let promptTag = "mlflow.prompt.is_prompt"

    /// What a model is called: by its full name outside the home schema.
    private static func shownName(home: Int64) -> String {
        "CASE WHEN o.parent_id = \(home) THEN m.display_name ELSE d.name || '.' || s.name || '.' || m.display_name END"
    }

    private static func labels(of kind: LabelSubject.Kind, _ id: String) -> SearchQuery.Pairs {
        .init(table: "label", join: "p.subject_kind = '\(kind.rawValue)' AND p.subject_id = \(id)")
    }

    private static func modelFields(home: Int64) -> SearchQuery.Fields {
        let labels = labels(of: .model, "o.id")
        return SearchQuery.Fields(
            columns: [
                "name": .text(shownName(home: home), order: "m.display_name"), "creation_timestamp": .number("o.created_on"),
                "timestamp": .number("o.altered_on"), "last_updated_timestamp": .number("o.altered_on"),
            ], pairs: ["tags": labels, "tag": labels], attributeScopes: ["attribute", "attributes"])
    }

    private static func versionFields(home: Int64) -> SearchQuery.Fields {
        let labels = labels(of: .version, "v.id")
        return SearchQuery.Fields(
            columns: [
                "name": .text(shownName(home: home), order: "m.display_name"), "run_id": .text("v.run_id"),
                "source_path": .text("v.source_uri"), "version_number": .number("v.number"),
                "creation_timestamp": .number("v.created_on"), "last_updated_timestamp": .number("v.altered_on"),
            ], pairs: ["tags": labels, "tag": labels], attributeScopes: ["attribute", "attributes"])
    }

    /// The models that the principal may see and that match.
    ///
    /// - Parameter home: the schema whose models go by their names alone.
    package func searchModels(
        _ request: SearchRequest, home: Namespace, as principal: Principal
    ) throws -> Page<RegisteredModel> {
        try catalog.read { reader in
            let home = try homeID(home, in: reader)
            var query = SearchQuery(
                Self.modelFields(home: home),
                conditions: ["o.kind = 'MODEL'", "o.dropped_on IS NULL", "o.session_id IS NULL"])
            try query.add(try Self.filter(request.filter, with: &query, home: home, kind: .model, id: "o.id"))
            let page = try visible(request, as: principal, in: reader, of: \.self) { limit, offset in
                var query = query
                return try reader.registeredModels(
                    try query.search(order: request.order, then: "m.display_name, m.id", limit: limit, offset: offset))
            }
            return Page(try complete(page.items, in: reader), next: page.next)
        }
    }

    /// The versions that match, of models that the principal may see.
    ///
    /// - Parameter home: the schema whose models go by their names alone.
    package func searchVersions(
        _ request: SearchRequest, home: Namespace, as principal: Principal
    ) throws -> Page<RegisteredVersion> {
        try catalog.read { reader in
            let home = try homeID(home, in: reader)
            var query = SearchQuery(
                Self.versionFields(home: home),
                conditions: [
                    "o.kind = 'MODEL'", "o.dropped_on IS NULL", "v.dropped_on IS NULL", "v.state = 'COMMITTED'",
                ])
            try query.add(try Self.filter(request.filter, with: &query, home: home, kind: .version, id: "v.id"))
            let page = try visible(request, as: principal, in: reader, of: \.model) { limit, offset in
                var query = query
                return try reader.registeredVersions(
                    try query.search(
                        order: request.order, then: "v.altered_on DESC, m.display_name, v.number DESC, v.id",
                        limit: limit, offset: offset))
            }
            return Page(try complete(page.items, in: reader), next: page.next)
        }
    }

    /// The id of the home schema; 0, which is none, where it is gone.
    private func homeID(_ home: Namespace, in reader: CatalogReader) throws -> Int64 {
        guard let database = try reader.accountObject(.database, home.database) else { return 0 }
        return try reader.object(.schema, home.schema, in: database.id)?.id ?? 0
    }

    /// A page of the rows whose models the principal may see.
    private func visible<Row>(
        _ request: SearchRequest, as principal: Principal, in reader: CatalogReader,
        of model: (Row) -> RegisteredModelRow, _ rows: (_ limit: Int, _ offset: Int) throws -> [Row]
    ) throws -> Page<Row> {
        var viewer = try access.viewer(principal, in: reader)
        var items: [Row] = []
        var position = request.offset
        // More than a page, so that hidden rows rarely cost a second query.
        let limit = request.limit + 50
        while true {
            let found = try rows(limit, position)
            for row in found {
                if items.count == request.limit { return Page(items, next: position) }
                position += 1
                let model = model(row)
                if try viewer.sees(.model, model.id, owner: model.ownerRoleID, parent: model.parentID, in: reader) {
                    items.append(row)
                }
            }
            if found.count < limit { return Page(items, next: nil) }
        }
    }

    /// The filter without the comparisons whose conditions are added here.
    ///
    /// - What has no tag about prompts is none.
    /// - A name that is to be equal means the model that the name resolves to.
    private static func filter(
        _ text: String, with query: inout SearchQuery, home: Int64, kind: LabelSubject.Kind, id: String
    ) throws -> Filter {
        var filter = try Filter(parsing: text)
        for comparison in filter.comparisons {
            if let name = equalName(comparison) {
                query.require(resolving(name, with: &query, home: home))
            } else if isName(comparison), [.like, .ilike].contains(comparison.comparator) {
                // Rules most models out before their schemas are looked up.
                let near = try query.condition("m.display_name", isNumber: false, comparison)
                query.require("(\(near) OR o.parent_id <> \(home))")
            }
        }
        filter = Filter(filter.comparisons.filter { equalName($0) == nil })
        let isAboutPrompts: (Filter.Comparison) -> Bool = {
            ["tag", "tags"].contains($0.scope) && $0.key == promptTag && $0.comparator == .notEqual
        }
        guard filter.comparisons.contains(where: isAboutPrompts) else { return filter }
        let (name, value) = (query.bind(.text(promptTag)), query.bind("true"))
        query.require(
            """
            NOT EXISTS (SELECT 1 FROM label q WHERE q.subject_kind = '\(kind.rawValue)' AND q.subject_id = \(id)
                AND q.name = \(name) AND q.value = \(value))
            """)
        return Filter(filter.comparisons.filter { !isAboutPrompts($0) })
    }

    private static func isName(_ comparison: Filter.Comparison) -> Bool {
        ["", "attribute", "attributes"].contains(comparison.scope) && comparison.key.lowercased() == "name"
    }

    private static func equalName(_ comparison: Filter.Comparison) -> String? {
        guard isName(comparison), comparison.comparator == .equal, case .text(let name)? = comparison.values.first
        else { return nil }
        return name
    }

    private static func resolving(_ name: String, with query: inout SearchQuery, home: Int64) -> String {
        func bind(_ part: some StringProtocol) -> String {
            query.bind(.text(part.isEmpty ? "" : Identifier(written: String(part)).name))
        }
        let here = "o.parent_id = \(home) AND o.name = \(bind(name))"
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return here }
        return "(\(here) OR d.name = \(bind(parts[0])) AND s.name = \(bind(parts[1])) AND o.name = \(bind(parts[2])))"
    }
}
