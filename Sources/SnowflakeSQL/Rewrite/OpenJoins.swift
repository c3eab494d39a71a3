/// Joins without a condition, which Snowflake takes for `ON TRUE` and DuckDB refuses.
///
/// In `a JOIN b JOIN c ON x ON y` the conditions come after several joins: where a FROM clause has as many conditions as
/// joins that want one, nothing is missing.
struct OpenJoins {
    /// Whether some join of the clause has no condition.
    private let lacksSome: Bool
    /// Whether the join before the table that was read last waits for its condition.
    private(set) var isOpen = false

    init(_ nodes: ArraySlice<Node>) {
        var open = 0
        for index in nodes.indices {
            if OpenJoins.wantsCondition(nodes, index) { open += 1 }
            if nodes[index].isWord("ON") || nodes[index].isWord("USING") { open -= 1 }
        }
        lacksSome = open > 0
    }

    /// Where, in what stands between two tables, the missing condition of the join before them belongs; nil where none is
    /// missing.
    mutating func conditionPlace(in between: ArraySlice<Node>) -> Int? {
        guard lacksSome else { return nil }
        let wasOpen = isOpen
        let last = between.index(before: between.endIndex)
        isOpen = false
        if between[last].isWord("JOIN") {
            isOpen = OpenJoins.wantsCondition(between, last)
        } else if !between[last].isSymbol(",") {
            // The end of the clause.
            guard wasOpen, !OpenJoins.hasCondition(between) else { return nil }
            return between.endIndex
        }
        guard wasOpen, !OpenJoins.hasCondition(between) else { return nil }
        var place = last
        while place > between.startIndex, OpenJoins.words.contains(between[place - 1].keyword ?? "") { place -= 1 }
        return place
    }

    /// The words that stand before JOIN.
    private static let words: Set<String> = [
        "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "SEMI", "ANTI", "DIRECTED",
    ]

    private static func hasCondition(_ nodes: ArraySlice<Node>) -> Bool {
        nodes.contains { $0.isWord("ON") || $0.isWord("USING") }
    }

    private static func wantsCondition(_ nodes: ArraySlice<Node>, _ index: Int) -> Bool {
        guard nodes[index].isWord("JOIN") else { return false }
        var before = index
        while before > nodes.startIndex, words.contains(nodes[before - 1].keyword ?? "") {
            before -= 1
            if nodes[before].isWord("CROSS") || nodes[before].isWord("NATURAL") { return false }
        }
        return true
    }
}
