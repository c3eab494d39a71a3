import Types

extension SyntaxNode {
    /// The tree as DuckDB can write it back to text that means the same.
    ///
    /// For a tree that goes to `json_deserialize_sql` only, once.
    var writable: SyntaxNode { withQuotedStars.withJoinsInOrder(within: false) }

    /// A cross join inside another join as an inner join on TRUE: DuckDB writes it as a comma, which binds less than
    /// the joins around it, and never writes brackets.
    ///
    /// Source: `JoinRef::ToString` of DuckDB 1.5.5.
    private func withJoinsInOrder(within isInner: Bool) -> SyntaxNode {
        switch self {
        case .array(let elements): return .array(elements.map { $0.withJoinsInOrder(within: false) })
        case .object(let members):
            let isJoin = name("type") == "JOIN"
            let isCross = isJoin && name("ref_type") == "CROSS"
            var result = SyntaxNode.object(
                members.map { member in
                    let isSide = isJoin && (member.key == "left" || member.key == "right")
                    return Member(
                        key: member.key, value: member.value.withJoinsInOrder(within: isSide && (isInner || !isCross)))
                })
            if isCross, isInner {
                result["ref_type"] = .string("REGULAR")
                result["join_type"] = .string("INNER")
                result["condition"] = .constantTrue
            }
            return result
        default: return self
        }
    }

    private static let constantTrue = SyntaxNode.make([
        "class": .string("CAST"), "type": .string("OPERATOR_CAST"), "alias": .string(""),
        "query_location": .number("0"), "try_cast": .bool(false),
        "child": .make([
            "class": .string("CONSTANT"), "type": .string("VALUE_CONSTANT"), "alias": .string(""),
            "query_location": .number("0"),
            "value": .make([
                "type": .make(["id": .string("VARCHAR"), "type_info": .null]), "is_null": .bool(false),
                "value": .string("t"),
            ]),
        ]),
        "cast_type": .make(["id": .string("BOOLEAN"), "type_info": .null]),
    ])

    /// The tree as DuckDB can write it back to text: it writes the name in `"a b".*` as it is, without quotes, so that
    /// what stands in it would become SQL. Here the name gets its quotes.
    ///
    /// Source: `StarExpression::ToString` of DuckDB 1.5.5.
    private var withQuotedStars: SyntaxNode {
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
