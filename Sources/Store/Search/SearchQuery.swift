import Types

/// Turns filters and order keys of one kind of thing into the catalog's SQL.
package struct SearchQuery {
    /// How a filter's attribute is kept.
    package enum Column: Sendable {
        /// `order`: what rows are ordered by in its place, where that is quicker.
        case text(String, order: String? = nil)
        case number(String, isNullable: Bool = false)
    }

    /// A table of names and values that hangs on the thing.
    package struct Pairs: Sendable {
        let table: String
        /// What joins it, e.g. `p.run_id = r.id`; `p` is the table.
        var join: String
        /// Whether it holds metrics, which may be NaN.
        let isNumber: Bool
        /// What puts the value that rows are ordered by first, where a name has more than one.
        let first: String?

        package init(table: String, join: String, isNumber: Bool = false, first: String? = nil) {
            self.table = table
            self.join = join
            self.isNumber = isNumber
            self.first = first
        }

        /// Numbers and texts first, then what is NaN, then what lacks the name, in either direction.
        func keys(name: String, isAscending: Bool) -> [SortKey] {
            let end = "FROM \(table) p WHERE \(join) AND p.name = \(name)" + (first.map { " ORDER BY \($0) LIMIT 1" } ?? "")
            return [
                .ascending("COALESCE((SELECT \(isNumber ? "p.is_nan" : "0") \(end)), 2)"),
                SortKey(sql: "(SELECT p.value \(end))", isAscending: isAscending),
            ]
        }
    }

    /// What can be searched by.
    package struct Fields: Sendable {
        /// By name; the first spelling of each is the one that messages show.
        let columns: [String: Column]
        /// By scope: `metrics`, `tags`, ….
        var pairs: [String: Pairs]
        /// Scopes that mean an attribute.
        let attributeScopes: Set<String>

        package init(columns: [String: Column], pairs: [String: Pairs], attributeScopes: Set<String> = []) {
            self.columns = columns
            self.pairs = pairs
            self.attributeScopes = attributeScopes
        }
    }

    /// Most keys that a caller may order by: the condition of a page nests one bracket for each.
    private static let mostOrderKeys = 8

    private var fields: Fields
    private var conditions: [String]
    private var arguments: [CatalogValue] = []
    private var keys: [SortKey] = []

    /// - Parameters:
    ///   - order: what the caller asks for.
    ///   - last: orders what is left equal. None of them is NULL, and no two rows have the same.
    /// - Throws: `invalidArgument` for a key that there is not.
    package init(_ fields: Fields, order: [OrderKey] = [], then last: [SortKey], conditions: [String] = []) throws {
        self.fields = fields
        self.conditions = conditions
        guard order.count <= Self.mostOrderKeys else {
            throw RegistryError(
                .invalidArgument, "A search can be ordered by at most \(Self.mostOrderKeys) keys, not \(order.count).")
        }
        for key in try order.flatMap({ try sortKeys($0) }) + last where !keys.contains(where: { $0.sql == key.sql }) {
            keys.append(key)
        }
    }

    private mutating func sortKeys(_ key: OrderKey) throws -> [SortKey] {
        if let pairs = fields.pairs[key.scope] {
            return pairs.keys(name: bind(.text(key.key)), isAscending: key.isAscending)
        }
        switch try column(key.scope, key.key) {
        case .text(let sql, let order): return [SortKey(sql: order ?? sql, isAscending: key.isAscending)]
        case .number(let sql, let isNullable):
            // What lacks it comes last either way.
            let rank = SortKey.ascending("CASE WHEN \(sql) IS NULL THEN 1 ELSE 0 END")
            return (isNullable ? [rank] : []) + [SortKey(sql: sql, isAscending: key.isAscending)]
        }
    }

    package mutating func bind(_ value: CatalogValue) -> String {
        arguments.append(value)
        return "$\(arguments.count)"
    }

    /// Has comparisons of a scope that are added from now on look at some rows of its table, `p`, only.
    package mutating func narrow(_ scope: String, by condition: String) {
        fields.pairs[scope]?.join += " AND \(condition)"
    }

    package mutating func require(_ condition: String) { conditions.append(condition) }

    /// Adds a filter's comparisons.
    ///
    /// - Throws: `invalidArgument` for a key that there is not or a comparator that does not fit.
    package mutating func add(_ filter: Filter) throws {
        for comparison in filter.comparisons { try add(comparison) }
    }

    private mutating func add(_ comparison: Filter.Comparison) throws {
        if let pairs = fields.pairs[comparison.scope] {
            let name = bind(.text(comparison.key))
            let exists = "EXISTS (SELECT 1 FROM \(pairs.table) p WHERE \(pairs.join) AND p.name = \(name)"
            switch comparison.comparator {
            case .isNull: conditions.append("NOT \(exists))")
            case .isNotNull: conditions.append("\(exists))")
            default:
                let value = try condition("p.value", isNumber: pairs.isNumber, comparison)
                // NaN, which is kept as NULL, differs from every number.
                let nan = pairs.isNumber && comparison.comparator == .notEqual ? "p.value IS NULL OR " : ""
                conditions.append("\(exists) AND (\(nan)\(value)))")
            }
            return
        }
        let column = try self.column(comparison.scope, comparison.key)
        switch column {
        case .text(let sql, _): conditions.append(try condition(sql, isNumber: false, comparison))
        case .number(let sql, _): conditions.append(try condition(sql, isNumber: true, comparison))
        }
    }

    private func column(_ scope: String, _ key: String) throws -> Column {
        if scope.isEmpty || fields.attributeScopes.contains(scope), let column = fields.columns[key.lowercased()] {
            return column
        }
        if scope.isEmpty || fields.attributeScopes.contains(scope) {
            let known = fields.columns.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
            throw RegistryError(
                .invalidArgument, "Invalid attribute key '\(key.prefix(200))' specified. Valid keys are '{\(known)}'")
        }
        let scopes = (Array(fields.pairs.keys) + Array(fields.attributeScopes)).sorted().joined(separator: ", ")
        throw RegistryError(
            .invalidArgument, "Invalid entity type '\(scope.prefix(60))'. Valid entity types are \(scopes)")
    }

    /// The SQL of one comparison.
    package mutating func condition(
        _ sql: String, isNumber: Bool, _ comparison: Filter.Comparison
    ) throws -> String {
        func wrong(_ text: String) -> RegistryError {
            RegistryError(.invalidArgument, "\(text) (character \(comparison.position) of the filter)")
        }
        switch comparison.comparator {
        case .isNull: return "\(sql) IS NULL"
        case .isNotNull: return "\(sql) IS NOT NULL"
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard isNumber else {
                throw wrong(
                    "Invalid comparator '\(comparison.comparator.rawValue)' for the text '\(comparison.key)': use =, !=, LIKE, ILIKE or IN.")
            }
        case .like, .ilike:
            guard !isNumber else {
                throw wrong("Invalid comparator '\(comparison.comparator.rawValue)' for the number '\(comparison.key)'.")
            }
        default: break
        }
        let marks = try comparison.values.map { value -> String in
            switch value {
            case .number(let number, _):
                guard isNumber else { throw wrong("Expected a quoted string value for '\(comparison.key)'.") }
                return bind(.real(number))
            case .text(let text):
                guard isNumber else {
                    return bind(.text(comparison.comparator == .ilike ? text.lowercased() : text))
                }
                guard let number = Double(text) else {
                    throw wrong("Expected a number for '\(comparison.key)', not '\(text.prefix(60))'.")
                }
                return bind(.real(number))
            }
        }
        switch comparison.comparator {
        case .isIn: return "\(sql) IN (\(marks.joined(separator: ", ")))"
        case .isNotIn: return "\(sql) NOT IN (\(marks.joined(separator: ", ")))"
        // SQLite would prepare the statement anew for each pattern that is a parameter by itself.
        case .like: return "\(sql) LIKE CAST(\(marks[0]) AS TEXT)"
        case .ilike: return "LOWER(\(sql)) LIKE CAST(\(marks[0]) AS TEXT)"
        default: return "\(sql) \(comparison.comparator.rawValue) \(marks[0])"
        }
    }

    /// The query.
    ///
    /// - Parameters:
    ///   - end: where the page before it ends.
    ///   - limit: one more than the page has, so that it shows whether another follows.
    /// - Throws: `invalidArgument` for the end of a page of another search.
    package func search(after end: PageKey?, limit: Int) throws -> CatalogSearch {
        var query = self
        if let end { query.conditions.append(try SortKey.condition(keys, after: end) { query.bind($0) }) }
        let filter = query.conditions.isEmpty ? "" : "WHERE \(query.conditions.joined(separator: " AND ")) "
        let order = keys.map(\.order).joined(separator: ", ")
        let sql = "\(filter)ORDER BY \(order) LIMIT \(query.bind(.int(Int64(limit))))"
        return CatalogSearch(
            keys: keys.map { ", \($0.sql)" }.joined(), keyCount: keys.count, sql: sql, arguments: query.arguments)
    }
}

extension SearchQuery {
    /// Adds `datasets.name = '…'` of a search for runs.
    package mutating func addDataset(_ comparison: Filter.Comparison) throws {
        let join = "FROM run_dataset l JOIN dataset d ON d.id = l.dataset_id WHERE l.run_id = r.id"
        switch comparison.key.lowercased() {
        case "name": require("EXISTS (SELECT 1 \(join) AND \(try condition("d.name", isNumber: false, comparison)))")
        case "digest":
            require("EXISTS (SELECT 1 \(join) AND \(try condition("d.digest", isNumber: false, comparison)))")
        case "context":
            // Tags are a JSON object of texts.
            require("EXISTS (SELECT 1 \(join) AND \(try contextCondition(comparison)))")
        default:
            throw RegistryError(
                .invalidArgument,
                "Invalid dataset attribute key: \(comparison.key.prefix(60)). Valid keys are 'context', 'digest', 'name'")
        }
    }

    private mutating func contextCondition(_ comparison: Filter.Comparison) throws -> String {
        let texts = try comparison.values.map { value -> String in
            guard case .text(let text) = value else {
                throw RegistryError(.invalidArgument, "Expected a quoted string value for 'datasets.context'.")
            }
            return text
        }
        let column = comparison.comparator == .ilike ? "LOWER(l.tags)" : "l.tags"
        let isNegated = [.notEqual, .isNotIn].contains(comparison.comparator)
        guard [.equal, .notEqual, .like, .ilike, .isIn, .isNotIn].contains(comparison.comparator) else {
            throw RegistryError(
                .invalidArgument,
                "Invalid comparator '\(comparison.comparator.rawValue)' for 'datasets.context': use =, !=, LIKE, ILIKE or IN.")
        }
        let key = "%\"mlflow.data.context\":\""
        let isPattern = [.like, .ilike].contains(comparison.comparator)
        let likes = texts.map { text in
            let part = isPattern ? text : text.replacing(/[\\%_]/) { "\\" + $0.output }
            let pattern = key + (comparison.comparator == .ilike ? part.lowercased() : part) + "\"%"
            return "\(column) LIKE \(bind(.text(pattern)))" + (isPattern ? "" : " ESCAPE '\\'")
        }.joined(separator: " OR ")
        return isNegated ? "NOT (\(likes)) AND l.tags LIKE \(bind(.text(key + "%")))" : "(\(likes))"
    }
}
