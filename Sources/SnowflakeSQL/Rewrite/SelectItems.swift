import Types

/// Names for the columns of a SELECT list: DuckDB names an expression without alias in its own way, Snowflake by its
/// text. `COUNT(*)` → `COUNT(*) AS "COUNT(*)"`.
enum SelectItems {
    /// Longest name made from an expression, in characters.
    static let maximumLength = 255

    /// The name to add to an item, nil where it has an alias, is a column or a star.
    static func nameToAdd(_ item: [Node]) -> String? {
        guard let first = item.first, !hasAlias(item), !isColumnOrStar(item) else { return nil }
        _ = first
        return String(text(item).prefix(maximumLength))
    }

    /// The item's text as Snowflake shows it: words in upper case, strings and quoted names kept.
    static func text(_ nodes: [Node]) -> String {
        var text = ""
        write(nodes, isFirst: true, to: &text)
        return text
    }

    private static func write(_ nodes: [Node], isFirst: Bool, to text: inout String) {
        for (index, node) in nodes.enumerated() {
            guard text.utf8.count < 4 * maximumLength else { return }
            if node.first.spaced, !(isFirst && index == 0) { text += " " }
            switch node {
            case .token(let token):
                switch token.kind {
                case .word, .dollarName: text += token.text.uppercased()
                default: text += token.text
                }
            case .group(let group):
                text += group.open.text
                write(group.items, isFirst: false, to: &text)
                text += group.close.spaced ? " " + group.close.text : group.close.text
            }
        }
    }

    /// The alias at an item's end that stands there without AS: DuckDB takes no keyword (`name`, `value`, `type`) so.
    static func bareAlias(_ item: [Node]) -> Token? {
        guard item.count >= 2, hasAlias(item), !item[item.count - 2].isWord("AS") else { return nil }
        return item.last?.token
    }

    private static func hasAlias(_ item: [Node]) -> Bool {
        guard item.count >= 2, let last = item.last?.token else { return false }
        guard last.kind == .word || last.kind == .quotedIdentifier else { return false }
        let before = item[item.count - 2]
        if before.isWord("AS") { return true }
        if let word = last.keyword {
            guard !Words.operators.contains(word), !Words.constants.contains(word), word != "END" else { return false }
            if word == "PRECISION", before.isWord("DOUBLE") { return false }
        }
        return (endsOperand(before) || endsType(item.dropLast())) && !item.contains { $0.isWord("INTERVAL") }
    }

    /// Whether a node may be the last of an expression, so that a name behind it is an alias.
    private static func endsOperand(_ node: Node) -> Bool {
        guard let token = node.token else { return true }
        switch token.kind {
        case .quotedIdentifier, .string, .dollarString, .number, .dollarName, .question: return true
        case .word:
            let word = token.text.uppercased()
            if ["DATE", "TIMESTAMP", "TIME", "ZONE"].contains(word) { return false }
            return !Words.operators.contains(word) || word == "END"
        default: return false
        }
    }

    /// Whether nodes end in a cast to a date or time: `x::DATE`, `x::TIMESTAMP WITH TIME ZONE`.
    private static func endsType(_ nodes: ArraySlice<Node>) -> Bool {
        guard let word = nodes.last?.keyword, let before = nodes.dropLast().last else { return false }
        if word == "ZONE" {
            let head = nodes.dropLast(2).last
            return before.isWord("TIME") && (head?.isWord("WITH") == true || head?.isWord("WITHOUT") == true)
        }
        return ["DATE", "TIMESTAMP", "TIME"].contains(word) && before.isSymbol("::")
    }

    private static func isColumnOrStar(_ item: [Node]) -> Bool {
        var expectsName = true
        for node in item {
            guard let token = node.token else { return false }
            if expectsName {
                // A star may be followed by EXCLUDE, RENAME, ILIKE, REPLACE.
                if token.isSymbol("*") { return true }
                guard token.kind == .word || token.kind == .quotedIdentifier else { return false }
                if let word = token.keyword, Words.constants.contains(word) || item.count == 1 && isBareCall(word) {
                    return false
                }
            } else if !token.isSymbol(".") {
                return false
            }
            expectsName.toggle()
        }
        return !expectsName
    }

    private static func isBareCall(_ word: String) -> Bool { QueryRewriter.bareFunctions.contains(word) }
}
