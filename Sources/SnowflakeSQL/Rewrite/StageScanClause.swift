import Types

extension Rewriter {
    /// `@stage/path [(FILE_FORMAT => 'f', PATTERN => '…')]` in a FROM clause, or the same in quotes.
    func stageScan(
        _ token: Token, _ nodes: ArraySlice<Node>, _ index: inout Int, _ scope: Scope, _ block: SelectBlock,
        _ output: inout Output
    ) throws {
        let text =
            token.kind == .string || token.kind == .dollarString ? try StringLiteral.value(of: token) : token.text
        guard text.hasPrefix("@") || text.lowercased().hasPrefix("snow://") else {
            throw SyntaxError.unexpected(token, hint: "Expected a table, or a stage as '@name/path'.")
        }
        var fileFormat: String?
        var pattern: String?
        if index < nodes.endIndex, let group = nodes[index].group("(") {
            index += 1
            for item in TokenTree.split(group.items) {
                guard item.count >= 3, let name = item[0].keyword, item[1].isSymbol("=>") else {
                    throw SyntaxError.unexpected(item.first?.first ?? group.open, hint: "Expected NAME => value.")
                }
                let value = try optionText(item[2...])
                switch name {
                case "FILE_FORMAT": fileFormat = value
                case "PATTERN": pattern = value
                default: throw SyntaxError.unexpected(item[0].first, hint: "Expected FILE_FORMAT or PATTERN.")
                }
            }
        }
        let number = nextStage()
        block.stages.append(
            .init(
                index: number, stage: .location(try StageLocation(parsing: text, at: token.position)),
                fileFormat: fileFormat, pattern: pattern, position: token.position))
        output.add("ROOST_STAGE_\(number)", spaced: true)
    }

    /// A string's value, or a dotted name's text.
    private func optionText(_ nodes: ArraySlice<Node>) throws -> String {
        guard let token = nodes.first?.token else { throw unexpected(nodes, nodes.startIndex) }
        switch token.kind {
        case .string, .dollarString: return try StringLiteral.value(of: token)
        case .question:
            let literal = try binding(token.ordinal, at: token)
            return QuotedText.value(ofLiteral: literal) ?? literal
        default:
            guard let (name, _) = try dottedName(nodes, nodes.startIndex) else { throw SyntaxError.unexpected(token) }
            return name.description
        }
    }
}
