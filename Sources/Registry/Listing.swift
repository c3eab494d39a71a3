import Access
package import Store
package import Types

/// Where a SHOW statement looks.
package enum Scope: Hashable, Sendable {
    case account
    case database(Identifier)
    case schema(Namespace)
}

/// Which rows a SHOW statement lists.
package struct ShowFilter: Hashable, Sendable {
    package var names: NameFilter
    /// At most so many rows, nil for all.
    package var limit: Int?
    /// Only rows after the first one whose name begins with this text: LIMIT … FROM '…'.
    package var from: String?

    package init(like: String? = nil, startsWith: String? = nil, limit: Int? = nil, from: String? = nil) {
        names = NameFilter(like: like, startsWith: startsWith)
        self.limit = limit
        self.from = from
    }

    /// Applies what SQL can't: the exact name first, FROM and LIMIT.
    ///
    /// A LIKE text that is some row's very name lists only rows of that name: the Snowflake client asks so whether a
    /// model exists, and takes a second row (its `_` matches any character) for "no".
    package func cut<Row>(_ rows: [Row], name: (Row) -> Identifier) -> [Row] {
        var rows = rows
        if let like = names.like, rows.contains(where: { name($0).name == like }) {
            rows = rows.filter { name($0).name == like }
        }
        if let from, !from.isEmpty {
            let first = rows.firstIndex { name($0).name.hasPrefix(from) }
            rows = first.map { Array(rows[($0 + 1)...]) } ?? rows.filter { name($0).name > from }
        }
        if let limit { rows = Array(rows.prefix(max(0, limit))) }
        return rows
    }
}

extension ShowFilter {
    /// The rows whose names pass LIKE and STARTS WITH, for lists that the catalog does not filter itself.
    package func matching<Row>(_ rows: [Row], name: (Row) -> Identifier) -> [Row] {
        rows.filter { names.matches(name($0)) }
    }
}

extension ModelRegistry {
    /// Objects that are read with one query.
    private static var listedAtOnce: Int { 4096 }

    /// The ids of the database or schema that a SHOW statement looks in, both nil for the account.
    func locate(
        _ scope: Scope, as principal: Principal, in reader: CatalogReader
    ) throws -> (databaseID: Int64?, schemaID: Int64?) {
        switch scope {
        case .account: return (nil, nil)
        case .database(let name):
            let found = try locateDatabase(name, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return (found.id, nil)
        case .schema(let namespace):
            let found = try locateSchema(namespace, as: principal, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return (nil, found.id)
        }
    }

    /// The objects of some kinds that the principal may see, by database, schema and name.
    ///
    /// Temporary objects of other sessions are left out.
    func list(
        _ kinds: [ObjectKind], in scope: Scope, _ filter: ShowFilter, session: Int64? = nil, as principal: Principal,
        in reader: CatalogReader, where keep: (ObjectRow) throws -> Bool = { _ in true }
    ) throws -> [ListedObject] {
        let (databaseID, schemaID) = try locate(scope, as: principal, in: reader)
        var viewer = try access.viewer(principal, in: reader)
        // The Snowflake client asks for one name at a time, and often: an exact name needs no scan (see `cut`).
        if case .schema(let namespace) = scope, let schemaID, kinds.count == 1, let kind = kinds.first,
            let like = filter.names.like, filter.names.startsWith == nil, filter.from == nil,
            let row = try reader.object(kind, Identifier(resolved: like), in: schemaID, sessionID: session),
            row.kind == kind, try row.sessionID != nil || viewer.sees(row, in: reader), try keep(row)
        {
            let listed = ListedObject(object: row, database: namespace.database, schema: namespace.schema)
            return filter.cut([listed]) { $0.object.name }
        }
        // Without LIKE and FROM the limit is reached page by page; with them the whole list is needed first.
        let wanted = filter.names.like == nil && filter.from == nil ? filter.limit ?? .max : .max
        var result: [ListedObject] = []
        var last: ListedObject?
        repeat {
            let page = try reader.objectPage(
                kinds, databaseID: databaseID, schemaID: schemaID, names: filter.names, after: last,
                limit: ModelRegistry.listedAtOnce)
            for listed in page {
                if let owner = listed.object.sessionID {
                    if owner == session { result.append(listed) }
                } else if try viewer.sees(listed.object, in: reader), try keep(listed.object) {
                    result.append(listed)
                }
            }
            last = page.count == ModelRegistry.listedAtOnce ? page.last : nil
        } while last != nil && result.count < wanted
        return filter.cut(result) { $0.object.name }
    }
}
