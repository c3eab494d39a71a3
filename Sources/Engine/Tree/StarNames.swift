import Types

extension SyntaxNode {
    /// The tree as DuckDB can write it back to text: it writes the name in `"a b".*` as it is, without quotes, so that
    /// what stands in it would become SQL. Here the name gets its quotes.
    ///
    /// Source: `StarExpression::ToString` of DuckDB 1.5.5. For a tree that goes to `json_deserialize_sql` only, once.
    var withQuotedStars: SyntaxNode {
        switch self {
        case .array(let elements): return .array(elements.map(\.withQuotedStars))
        case .object(let members):
            let isStar = name("class") == "STAR"
            return .object(
                members.map { member in
                    if isStar, member.key == "relation_name", let relation = member.value.text, !relation.isEmpty {
                        return Member(key: member.key, value: .string(Identifier(resolved: relation).quoted))
                    }
                    return Member(key: member.key, value: member.value.withQuotedStars)
                })
        default: return self
        }
    }
}
