import Types

extension Rewriter {
    /// A word: a keyword, a constant, a name, or the name of a function.
    func word(_ token: Token, _ walk: inout ExpressionWalk) throws {
        let upper = token.text.uppercased()
        if walk.behindDot { return try namePart(token, upper, &walk) }
        if try callsModel(token, &walk) { return }
        if let group = walk.peek(1)?.group("("), !(walk.peek(-1)?.isWord("AS") ?? false) {
            if !Words.operators.contains(upper) || Words.callableOperators.contains(upper) {
                return try call(upper, token, group, &walk)
            }
        }
        switch upper {
        case "CASE":
            walk.cases.append(walk.output.pieces.count)
            return add(upper, token, &walk)
        case "END":
            guard let start = walk.cases.popLast() else { break }
            add(upper, token, &walk)
            walk.output.makeOperand(from: start)
            return
        case "WHEN": walk.convertPathBeforeWhen()
        case "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "DATETIME":
            if let literal = walk.peek(1)?.token, literal.kind == .string || literal.kind == .dollarString {
                return try typedLiteral(upper, token, literal, &walk)
            }
        case "X":
            if let literal = walk.peek(1)?.token, literal.kind == .string, !literal.spaced {
                return try binaryLiteral(token, literal, &walk)
            }
        case "INTERVAL":
            if let literal = walk.peek(1)?.token, literal.kind == .string {
                return try interval(token, literal, &walk)
            }
        case "MINUS":
            return addAs("EXCEPT", token, &walk)
        case "RLIKE", "REGEXP":
            return addAs("SIMILAR TO", token, &walk)
        case "LIKE", "ILIKE":
            if try likeAny(upper, token, &walk) { return }
        default: break
        }
        if walk.cases.isEmpty || !["WHEN", "THEN", "ELSE"].contains(upper) {
            if QueryRewriter.bareFunctions.contains(upper), let constant = try context.constant(upper) {
                walk.index += 1
                return walk.output.addOperand(Rewriter.safe(constant), spaced: token.spaced)
            }
            if let moment = FunctionRules.moments[upper] {
                walk.index += 1
                return walk.output.addOperand(moment, spaced: token.spaced)
            }
        }
        if Words.operators.contains(upper), !isSoftName(upper, walk) { return add(upper, token, &walk) }
        if Words.constants.contains(upper) {
            walk.index += 1
            return walk.output.addOperand(upper, spaced: token.spaced)
        }
        if upper == "DEFAULT" || (upper == "AT" && walk.peek(1)?.isWord("TIME") ?? false) {
            return add(upper, token, &walk)
        }
        walk.index += 1
        walk.output.addOperand(try name(token), spaced: token.spaced)
    }

    /// `X'48656C6C6F'`
    private func binaryLiteral(_ token: Token, _ literal: Token, _ walk: inout ExpressionWalk) throws {
        let text = try StringLiteral.value(of: literal)
        guard text.utf8.count.isMultiple(of: 2), text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            throw SyntaxError.unexpected(literal, hint: "A binary literal holds pairs of hexadecimal digits.")
        }
        walk.index += 2
        walk.output.addOperand("sf_binary('\(text)')", spaced: token.spaced)
    }

    /// Whether a word that is an operator elsewhere is a name here: `rows::INT`, `range + 1`.
    private func isSoftName(_ upper: String, _ walk: ExpressionWalk) -> Bool {
        guard Words.softOperators.contains(upper) else { return false }
        return walk.peek(1).map { $0.token?.kind == .symbol } ?? true
    }

    private func add(_ upper: String, _ token: Token, _ walk: inout ExpressionWalk) {
        guard walk.index < walk.nodes.endIndex else { return }
        walk.index += 1
        walk.output.add(upper, spaced: token.spaced)
    }

    private func addAs(_ text: String, _ token: Token, _ walk: inout ExpressionWalk) {
        walk.index += 1
        walk.output.add(text, spaced: token.spaced)
    }

    /// A word behind a dot: a column, a method of a schema.
    private func namePart(_ token: Token, _ upper: String, _ walk: inout ExpressionWalk) throws {
        walk.behindDot = false
        walk.index += 1
        walk.output.extendOperand(try name(token))
        if let group = walk.peek(0)?.group("(") { try plainCall(group, &walk) }
    }

    /// `DATE '2024-02-29'`
    private func typedLiteral(_ type: String, _ token: Token, _ literal: Token, _ walk: inout ExpressionWalk) throws {
        walk.index += 2
        let text = StringLiteral.quote(try StringLiteral.value(of: literal))
        walk.output.addOperand(try Casts.cast(text, to: type, isTry: false, at: token), spaced: token.spaced)
    }

    /// `INTERVAL '1 day, 2 hours'`
    private func interval(_ token: Token, _ literal: Token, _ walk: inout ExpressionWalk) throws {
        walk.index += 2
        let text = try StringLiteral.value(of: literal).split(separator: ",").joined(separator: " ")
        walk.output.addOperand("INTERVAL \(StringLiteral.quote(text))", spaced: token.spaced)
    }

    /// `x LIKE ANY ('a', 'b')` and `x LIKE ALL (…)`: one comparison each.
    private func likeAny(_ word: String, _ token: Token, _ walk: inout ExpressionWalk) throws -> Bool {
        guard let quantifier = walk.peek(1)?.keyword, ["ANY", "ALL", "SOME"].contains(quantifier),
            let group = walk.peek(2)?.group("(")
        else { return false }
        try walk.nest(token)
        let negated = walk.output.removeLast("NOT")
        guard let operand = walk.output.takeOperand() else { throw SyntaxError.unexpected(token) }
        let patterns = try TokenTree.split(group.items).map { try expression($0[...], walk.scope).text }
        walk.index += 3
        let fold = word == "ILIKE" ? "i" : ""
        let test = quantifier == "ALL" ? "all" : "any"
        walk.output.addOperand(
            "\(negated ? "NOT " : "")sf_\(fold)like_\(test)(\(operand.text), [\(patterns.joined(separator: ", "))])",
            spaced: operand.spaced)
        return true
    }
}
