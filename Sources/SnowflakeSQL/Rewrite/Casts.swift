import Types

/// Snowflake's conversions as DuckDB SQL.
enum Casts {
    /// `CAST(x AS type)` for a type as ``TypeName/read(_:)`` gives it. With `isTry`, NULL where the value does not fit.
    ///
    /// VARIANT is JSON, OBJECT a map of JSON, ARRAY a list of JSON; macros of the prelude make them.
    static func cast(_ operand: String, to type: String, isTry: Bool, at token: Token) throws -> String {
        let cast = isTry ? "TRY_CAST" : "CAST"
        if TypeName.isInteger(type) { return "\(cast)(\(operand) AS BIGINT)" }
        guard let target = TypeName.sqlType(type) else {
            throw RegistryError(
                .syntax, "Unsupported data type '\(type)'.", hint: TypeName.near(type), position: token.position)
        }
        switch target {
        case .variant: return "sf_variant(\(operand))"
        case .object: return "sf_object(\(operand))"
        case .array: return "sf_array(\(operand))"
        case .binary: return isTry ? "sf_try_binary(\(operand))" : "sf_binary(\(operand))"
        case .text(let length):
            let text = isText(operand) ? operand : "sf_varchar(\(operand))"
            return length < SQLType.maximumTextLength ? "left(\(text), \(length))" : text
        case .timestampNTZ: return "\(isTry ? "sf_try_cast_timestamp" : "sf_cast_timestamp")(\(operand))"
        case .timestampLTZ, .timestampTZ:
            return "\(isTry ? "sf_try_cast_timestamptz" : "sf_cast_timestamptz")(\(operand))"
        default: return "\(cast)(\(operand) AS \(target.duckName))"
        }
    }
}

extension Casts {
    /// Whether the SQL is plainly a text already: one conversion to text, whose bracket ends it.
    private static func isText(_ sql: String) -> Bool {
        guard sql.hasPrefix("sf_varchar(") else { return false }
        var depth = 0
        var inQuotes: UInt8 = 0
        for (index, byte) in sql.utf8.enumerated() {
            if inQuotes != 0 {
                if byte == inQuotes { inQuotes = 0 }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                inQuotes = byte
            } else if byte == UInt8(ascii: "(") {
                depth += 1
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { return index == sql.utf8.count - 1 }
            }
        }
        return false
    }
}

extension Rewriter {
    /// `operand::type`, at `::`.
    func postfixCast(_ token: Token, _ walk: inout ExpressionWalk) throws {
        walk.index += 1
        try walk.nest(token)
        guard let operand = walk.output.takeOperand() else { throw SyntaxError.unexpected(token) }
        let (type, typeToken) = try typeName(&walk)
        let text = try Casts.cast(operand.text, to: type, isTry: false, at: typeToken)
        if text != operand.text { try charge(text, around: operand.text, since: walk.mark, at: typeToken) }
        walk.output.addOperand(text, spaced: operand.spaced)
    }

    /// Reads a type's name at the walk's place and steps behind it.
    private func typeName(_ walk: inout ExpressionWalk) throws -> (String, Token) {
        guard let first = walk.peek(0)?.token else {
            throw unexpected(walk.nodes, walk.index, hint: "Expected a data type.")
        }
        let (name, count) = try Rewriter.readType(walk.nodes[walk.index...])
        walk.index += count
        return (name, first)
    }

    /// A type's name at the front of the nodes and how many nodes it takes.
    static func readType(_ nodes: ArraySlice<Node>) throws -> (String, Int) {
        var tokens: [Token] = []
        var owners: [Int] = []
        // At most five words and a bracket make a type.
        for (offset, node) in nodes.prefix(6).enumerated() {
            flatten(node, into: &tokens)
            while owners.count < tokens.count { owners.append(offset) }
        }
        guard let (name, count) = TypeName.read(tokens[...]), count > 0 else {
            guard let first = nodes.first?.first else { throw SyntaxError.end(.init(line: 1, column: 0)) }
            throw SyntaxError.unexpected(first, hint: "Expected a data type.")
        }
        return (name, owners[count - 1] + 1)
    }

    /// A node's tokens; brackets in a type are shallow, deeper ones are left out.
    private static func flatten(_ node: Node, into tokens: inout [Token]) {
        switch node {
        case .token(let token): tokens.append(token)
        case .group(let group):
            tokens.append(group.open)
            for item in group.items.prefix(64) {
                if case .token(let token) = item { tokens.append(token) }
                if case .group(let inner) = item {
                    tokens.append(inner.open)
                    tokens.append(contentsOf: inner.items.compactMap(\.token))
                    tokens.append(inner.close)
                }
            }
            tokens.append(group.close)
        }
    }

    /// `CAST(x AS type)` and `TRY_CAST(x AS type)`.
    /// The operand is returned, too.
    func castCall(_ group: Group, isTry: Bool, _ scope: Scope) throws -> (text: String, operand: String) {
        let items = group.items[...]
        guard let split = items.lastIndex(where: { $0.isWord("AS") }), split + 1 < items.endIndex, split > 0,
            let typeToken = items[split + 1].token
        else { throw SyntaxError.unexpected(group.close, hint: "Write CAST(value AS type).") }
        let (type, count) = try Rewriter.readType(items[(split + 1)...])
        guard split + 1 + count == items.endIndex || items[split + 1 + count].isWord("RENAME") else {
            throw SyntaxError.unexpected(items[split + 1 + count].first)
        }
        let operand = try expression(items[..<split], scope).text
        return (try Casts.cast(operand, to: type, isTry: isTry, at: typeToken), operand)
    }
}
