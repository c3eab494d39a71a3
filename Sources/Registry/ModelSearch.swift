import Access
package import Store
package import Types

/// Searches over registered models and versions, in MLflow's words.
extension ModelRegistry {
    /// Clients add this to every search; it means models and versions that are no prompts, untagged ones among them.
    private static let promptTag = "mlflow.prompt.is_prompt"

    /// What a model is called: by its full name outside the home schema.
    static func shownName(home: Int64) -> String {
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

    /// What indexes of objects are by. Searches add what is true of every row's first key, so that SQLite enters the index
    /// that has the rows in their order, and stops when the page is full: it would sort them all.
    private static let live = ["o.family = 'MODEL'", "o.dropped_on IS NULL"]

    /// The models that the principal may see and that match.
    ///
    /// - Parameter home: the schema whose models go by their names alone.
    package func searchModels(
        _ request: SearchRequest, home: Namespace, as principal: Principal
    ) throws -> Page<RegisteredModel> {
        try catalog.read { reader in
            let home = try homeID(home, in: reader)
            var query = try SearchQuery(
                Self.modelFields(home: home), order: request.order,
                then: [.ascending("m.display_name"), .ascending("m.id")],
                conditions: Self.live + ["o.session_id IS NULL", "m.display_name >= ''"])
            try query.add(try Self.filter(request.filter, with: &query, home: home, kind: .model, id: "o.id", in: reader))
            let page = try visible(request, as: principal, in: reader, of: \.self) {
                try reader.registeredModels(try query.search(after: $0, limit: $1))
            }
            return Page(try complete(page.items, in: reader), end: page.end)
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
            var query = try SearchQuery(
                Self.versionFields(home: home), order: request.order,
                then: [
                    .descending("v.altered_on"), .ascending("m.display_name"), .descending("v.number"), .ascending("v.id"),
                ],
                conditions: Self.live + ["v.dropped_on IS NULL", "v.state = 'COMMITTED'", "v.altered_on >= 0"])
            try query.add(try Self.filter(request.filter, with: &query, home: home, kind: .version, id: "v.id", in: reader))
            let page = try visible(request, as: principal, in: reader, of: \.model) {
                try reader.registeredVersions(try query.search(after: $0, limit: $1))
            }
            return Page(try complete(page.items, in: reader), end: page.end)
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
        of model: (Row) -> RegisteredModelRow, _ rows: (_ after: PageKey?, _ limit: Int) throws -> [Found<Row>]
    ) throws -> Page<Row> {
        var viewer = try access.viewer(principal, in: reader)
        var visible: [Found<Row>] = []
        var end = request.after
        // One row more tells that a page follows; further ones, that hidden rows rarely cost a second query.
        let limit = request.limit + (viewer.seesEverything ? 1 : 50)
        while true {
            let found = try rows(end, limit)
            for row in found {
                let model = model(row.row)
                guard try viewer.sees(.model, model.id, owner: model.ownerRoleID, parent: model.parentID, in: reader)
                else { continue }
                visible.append(row)
                if visible.count > request.limit { return Page(visible, limit: request.limit) }
            }
            guard found.count == limit, let last = found.last else { return Page(visible, limit: request.limit) }
            end = last.key
        }
    }

    /// The filter without the comparisons whose conditions are added here.
    ///
    /// - What has no tag about prompts is none.
    /// - A name that is to be equal means the model that the name resolves to.
    private static func filter(
        _ text: String, with query: inout SearchQuery, home: Int64, kind: LabelSubject.Kind, id: String,
        in reader: CatalogReader
    ) throws -> Filter {
        var filter = try Filter(parsing: text)
        for comparison in filter.comparisons {
            if let name = equalName(comparison) {
                query.require(resolving(name, with: &query, home: home))
            } else if isNameLike(comparison) {
                try requireName(like: comparison, with: &query, home: home, in: reader)
            }
        }
        filter = Filter(filter.comparisons.filter { equalName($0) == nil && !isNameLike($0) })
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
}
