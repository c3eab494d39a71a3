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

    /// The objects of some kinds of one family that the principal may see, by database, schema and name.
    ///
    /// Temporary objects of other sessions are left out, and models without a committed version.
    func list(
        _ kinds: [ObjectKind], in scope: Scope, _ filter: ShowFilter, session: Int64? = nil, as principal: Principal,
        in reader: CatalogReader
    ) throws -> [ListedObject] {
        let places = try schemas(in: scope, as: principal, in: reader)
        var viewer = try access.viewer(principal, in: reader)
        // The Snowflake client asks for one name at a time, and often: an exact name needs no scan (see `cut`).
        var isExact = false
        if kinds.count == 1, let kind = kinds.first, let like = filter.names.like, filter.names.startsWith == nil,
            filter.from == nil
        {
            var exact: [ListedObject] = []
            for (id, place) in places {
                guard let row = try reader.object(kind, Identifier(resolved: like), in: id, sessionID: session),
                    row.kind == kind, try row.sessionID != nil || viewer.sees(row, in: reader)
                else { continue }
                isExact = true
                guard try kind != .model || reader.defaultVersionID(row.id) != nil else { continue }
                exact.append(ListedObject(object: row, database: place.database, schema: place.schema))
            }
            if isExact { return filter.cut(exact) { $0.object.name } }
        }
        // The limit is reached page by page; so it is with LIKE, where no name is the very text. FROM stands for a
        // first name in one schema; in several, the whole list says which one it is.
        let from = places.count == 1 && kinds.count == 1 && filter.names.like == nil ? filter.from : nil
        let seesPages = filter.from == from && (filter.names.like == nil || kinds.count == 1)
        let wanted = seesPages ? filter.limit.map { from == nil ? $0 : min($0, .max - 1) + 1 } ?? .max : .max
        var result: [ListedObject] = []
        for (id, place) in places where result.count < wanted {
            var last: ListedObject?
            repeat {
                let size = min(ModelRegistry.listedAtOnce, max(wanted == .max ? .max : wanted - result.count, 16))
                let page = try reader.objectPage(
                    kinds, schemaID: id, in: place, names: filter.names, from: from, after: last, limit: size)
                for listed in page {
                    if let owner = listed.object.sessionID {
                        if owner == session { result.append(listed) }
                    } else if try viewer.sees(listed.object, in: reader) {
                        result.append(listed)
                    }
                }
                last = page.count == size ? page.last : nil
            } while last != nil && result.count < wanted
        }
        return filter.cut(result) { $0.object.name }
    }

    /// The schemas that a SHOW statement looks in, by database and name.
    private func schemas(
        in scope: Scope, as principal: Principal, in reader: CatalogReader
    ) throws -> [(id: Int64, place: Namespace)] {
        let found = try locate(scope, as: principal, in: reader)
        if case .schema(let namespace) = scope, let id = found.schemaID { return [(id, namespace)] }
        return try reader.children(.schema, of: found.databaseID, names: NameFilter()).map {
            ($0.object.id, Namespace($0.database, $0.schema))
        }
    }

    /// The objects of a schema that the principal may see, by kind and name.
    package func contents(
        of schema: Namespace, session: Int64? = nil, as principal: Principal
    ) throws -> [ListedObject] {
        try catalog.read { reader in
            try [[ObjectKind.table, .view], [.model], [.stage], [.fileFormat], [.tag]].flatMap {
                try list($0, in: .schema(schema), ShowFilter(), session: session, as: principal, in: reader)
            }
        }
    }
}
