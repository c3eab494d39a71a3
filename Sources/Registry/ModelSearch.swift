import Access
package import Store
package import Types

/// Searches over registered models and versions, in MLflow's words.
extension ModelRegistry {
    /// Clients add this to every search; it means models and versions that are no prompts, untagged ones among them.
    private static let promptTag = "mlflow.prompt.is_prompt"

    /// How a model in the home schema is called there; elsewhere by its full name.
    private static let shownName = "COALESCE(m.display_name, o.name)"

    private static let modelFields = SearchQuery.Fields(
        columns: [
            "name": .text(shownName), "creation_timestamp": .number("o.created_on"), "timestamp": .number("o.altered_on"),
            "last_updated_timestamp": .number("o.altered_on"),
        ],
        pairs: [
            "tags": .init(table: "label", join: "p.subject_kind = 'MODEL' AND p.subject_id = o.id"),
            "tag": .init(table: "label", join: "p.subject_kind = 'MODEL' AND p.subject_id = o.id"),
        ], attributeScopes: ["attribute", "attributes"])

    private static let versionFields = SearchQuery.Fields(
        columns: [
            "name": .text(shownName), "run_id": .text("v.run_id"), "source_path": .text("v.source_uri"),
            "version_number": .number("v.number"), "creation_timestamp": .number("v.created_on"),
            "last_updated_timestamp": .number("v.altered_on"),
        ],
        pairs: [
            "tags": .init(table: "label", join: "p.subject_kind = 'VERSION' AND p.subject_id = v.id"),
            "tag": .init(table: "label", join: "p.subject_kind = 'VERSION' AND p.subject_id = v.id"),
        ], attributeScopes: ["attribute", "attributes"])

    /// The models that the principal may see and that match.
    package func searchModels(_ request: SearchRequest, as principal: Principal) throws -> Page<RegisteredModel> {
        var query = SearchQuery(
            Self.modelFields, conditions: ["o.kind = 'MODEL'", "o.dropped_on IS NULL", "o.session_id IS NULL"])
        try query.add(try Self.filter(request.filter, with: &query, subject: "MODEL", id: "o.id"))
        return try catalog.read { reader in
            var seen = SeenRows<RegisteredModel>(request)
            var viewer = try access.viewer(principal, in: reader)
            while let offset = seen.nextOffset {
                var query = query
                let search = try query.search(
                    order: request.order, then: "\(Self.shownName), o.id", limit: seen.pageSize, offset: offset)
                let rows = try reader.modelObjects(search)
                try seen.take(rows) { row in
                    guard try viewer.sees(row.object, in: reader) else { return nil }
                    guard let record = try reader.models([row]).first else { return nil }
                    return try complete(record, in: reader)
                }
            }
            return seen.page
        }
    }

    /// The versions that match, of models that the principal may see.
    package func searchVersions(_ request: SearchRequest, as principal: Principal) throws -> Page<RegisteredVersion> {
        var query = SearchQuery(
            Self.versionFields,
            conditions: [
                "o.kind = 'MODEL'", "o.dropped_on IS NULL", "v.dropped_on IS NULL", "v.state = 'COMMITTED'",
            ])
        try query.add(try Self.filter(request.filter, with: &query, subject: "VERSION", id: "v.id"))
        return try catalog.read { reader in
            var seen = SeenRows<RegisteredVersion>(request)
            var viewer = try access.viewer(principal, in: reader)
            while let offset = seen.nextOffset {
                var query = query
                let search = try query.search(
                    order: request.order, then: "v.altered_on DESC, \(Self.shownName), v.number DESC, v.id",
                    limit: seen.pageSize, offset: offset)
                let rows = try reader.modelVersions(search)
                try seen.take(rows) { row in
                    guard try viewer.sees(row.listed.object, in: reader), let record = try reader.version(row.versionID)
                    else { return nil }
                    let name = ObjectName(row.listed.database, row.listed.schema, row.listed.object.name)
                    return try complete(
                        record, of: name, shown: try reader.displayName(of: row.listed.object.id),
                        aliases: try reader.shownAliases(of: row.listed.object.id), in: reader)
                }
            }
            return seen.page
        }
    }

    /// The filter without the comparison about prompts, whose condition is added here: what has no such tag is none.
    private static func filter(
        _ text: String, with query: inout SearchQuery, subject: String, id: String
    ) throws -> Filter {
        let filter = try Filter(parsing: text)
        let isAboutPrompts: (Filter.Comparison) -> Bool = {
            ["tag", "tags"].contains($0.scope) && $0.key == promptTag && $0.comparator == .notEqual
        }
        guard filter.comparisons.contains(where: isAboutPrompts) else { return filter }
        let (name, value) = (query.bind(.text(promptTag)), query.bind("true"))
        query.require(
            """
            NOT EXISTS (SELECT 1 FROM label q WHERE q.subject_kind = '\(subject)' AND q.subject_id = \(id)
                AND q.name = \(name) AND q.value = \(value))
            """)
        return Filter(filter.comparisons.filter { !isAboutPrompts($0) })
    }
}

/// Collects a page out of rows of which the principal may see some only.
private struct SeenRows<Item: Sendable> {
    private let limit: Int
    private var items: [Item] = []
    private var position: Int
    private var isDone = false
    private var following: Int?

    init(_ request: SearchRequest) {
        limit = request.limit
        position = request.offset
    }

    /// Rows of one query: more than a page, so that hidden rows rarely cost a second one.
    var pageSize: Int { limit + 50 }
    /// Where to read on, nil when the page is full or nothing is left.
    var nextOffset: Int? { isDone ? nil : position }

    mutating func take<Row>(_ rows: [Row], _ make: (Row) throws -> Item?) throws {
        for row in rows {
            if items.count == limit {
                following = position
                isDone = true
                return
            }
            if let item = try make(row) { items.append(item) }
            position += 1
        }
        if rows.count < pageSize { isDone = true }
    }

    var page: Page<Item> { Page(items, next: following) }
}
