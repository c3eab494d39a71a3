import Store
import Types

/// Searches for models by name: a model of the home schema is called by its name alone, any other by its full name.
extension ModelRegistry {
    /// Most schemas whose names are held against a pattern before the models are.
    private static let schemasAtOnce = 100
    /// Longest pattern that they are held against, in scalars.
    private static let longestPattern = 1000

    private static func isName(_ comparison: Filter.Comparison) -> Bool {
        ["", "attribute", "attributes"].contains(comparison.scope) && comparison.key.lowercased() == "name"
    }

    static func equalName(_ comparison: Filter.Comparison) -> String? {
        guard isName(comparison), comparison.comparator == .equal, case .text(let name)? = comparison.values.first
        else { return nil }
        return name
    }

    static func isNameLike(_ comparison: Filter.Comparison) -> Bool {
        isName(comparison) && [.like, .ilike].contains(comparison.comparator)
    }

    static func resolving(_ name: String, with query: inout SearchQuery, home: Int64) -> String {
        func bind(_ part: some StringProtocol) -> String {
            query.bind(.text(part.isEmpty ? "" : Identifier(written: String(part)).name))
        }
        let here = "o.parent_id = \(home) AND o.name = \(bind(name))"
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return here }
        return "(\(here) OR d.name = \(bind(parts[0])) AND s.name = \(bind(parts[1])) AND o.name = \(bind(parts[2])))"
    }

    /// Requires that the shown name is like a pattern.
    ///
    /// What the pattern asks of the models of a schema follows from the schema's name, so that the models' own names,
    /// which an index has in their order, can be compared without a look at where each of them is.
    static func requireName(
        like comparison: Filter.Comparison, with query: inout SearchQuery, home: Int64, in reader: CatalogReader
    ) throws {
        guard case .text(let text)? = comparison.values.first, text.unicodeScalars.count <= longestPattern,
            let places = try reader.schemasOfModels(besides: home, atMost: schemasAtOnce)
        else {
            return query.require(try query.condition(shownName(home: home), isNumber: false, comparison))
        }
        let isExact = comparison.comparator == .like
        let pattern = LikePattern(isExact ? text : text.lowercased())
        var excluded: [Int64] = []
        var special: [Int64] = []
        for place in places {
            let beginning = "\(place.database).\(place.schema)."
            // What is the lower case of other letters is the catalog's to say.
            let isPlain = isExact || beginning.utf8.allSatisfy { $0 < 128 }
            switch isPlain ? pattern.rest(after: isExact ? beginning : beginning.lowercased()) : .another {
            case .everything: break
            case .another: special.append(place.id)
            case .impossible: excluded.append(place.id)
            }
        }
        func list(_ ids: [Int64]) -> String { ids.map { query.bind(.int($0)) }.joined(separator: ", ") }
        var own = try query.condition("m.display_name", isNumber: false, comparison)
        let beginning = pattern.beginning
        if isExact, !beginning.isEmpty {
            own += " AND m.display_name >= \(query.bind(.text(beginning)))"
            // U+10FFFF sorts after every character that a name can hold.
            own += " AND m.display_name < \(query.bind(.text(beginning + "\u{10FFFF}")))"
        }
        if !(excluded + special).isEmpty { own += " AND o.parent_id NOT IN (\(list(excluded + special)))" }
        guard !special.isEmpty else { return query.require(own) }
        let full = "o.parent_id IN (\(list(special)))"
        let matches = try query.condition(shownName(home: home), isNumber: false, comparison)
        query.require("(\(own) OR \(full) AND \(matches))")
    }
}
