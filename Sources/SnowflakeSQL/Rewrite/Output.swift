/// DuckDB SQL under construction: pieces of text, and where the operand begins that ends here.
struct Output {
    struct Piece {
        var text: String
        var spaced: Bool
    }

    private(set) var pieces: [Piece] = []
    /// The index of the first piece of the operand (a name, literal, call, bracket) that ends with the last piece; nil
    /// where an operator or keyword stands last. What postfix operators (`::`, `:`, `[]`) apply to.
    private(set) var operand: Int?
    /// Whether that operand needs brackets before a postfix operator of DuckDB.
    private(set) var operandIsLoose = false

    var isEmpty: Bool { pieces.isEmpty }

    /// Where the operand began that stood before the last keyword.
    private var lastOperand: Int?

    /// Adds a keyword or operator.
    mutating func add(_ text: String, spaced: Bool) {
        lastOperand = operand
        pieces.append(Piece(text: text, spaced: spaced))
        operand = nil
        operandIsLoose = false
    }

    /// Adds an operand of its own.
    mutating func addOperand(_ text: String, spaced: Bool) {
        operand = pieces.count
        operandIsLoose = false
        pieces.append(Piece(text: text, spaced: spaced))
    }

    /// Adds to the operand that stands last (or begins one).
    mutating func extendOperand(_ text: String) {
        if operand == nil { operand = pieces.count }
        pieces.append(Piece(text: text, spaced: false))
    }

    /// Makes everything from piece `start` one operand, e.g. CASE … END.
    mutating func makeOperand(from start: Int) {
        operand = start
        operandIsLoose = true
    }

    /// Takes the word off that stands directly before the operand (`x NOT LIKE`: behind it); false where it is another.
    mutating func removeLast(_ word: String) -> Bool {
        guard operand == nil, pieces.last?.text == word else { return false }
        pieces.removeLast()
        operand = lastOperand
        return true
    }

    /// Replaces the text of one piece.
    mutating func replaceText(at index: Int, by text: String) { pieces[index].text = text }

    /// Takes a minus off that stands last and is a sign, not a subtraction.
    mutating func removeSign() -> Bool {
        guard operand == nil, lastOperand == nil, pieces.last?.text == "-" else { return false }
        pieces.removeLast()
        return true
    }

    /// Adds the pieces of another output; nothing of it is an operand here.
    mutating func append(_ other: Output) {
        pieces.append(contentsOf: other.pieces)
        operand = nil
        operandIsLoose = false
    }

    /// Takes the operand off, as text; nil where there is none. The second value tells whether a space stood before.
    mutating func takeOperand() -> (text: String, spaced: Bool)? {
        guard let operand else { return nil }
        let spaced = pieces[operand].spaced
        let text = Output.render(pieces[operand...])
        pieces.removeSubrange(operand...)
        let loose = operandIsLoose
        self.operand = nil
        operandIsLoose = false
        return (loose ? "(\(text))" : text, spaced)
    }

    /// The text: single spaces where there was space, and where two words would run together.
    var text: String { Output.render(pieces[...]) }

    private static func render(_ pieces: ArraySlice<Piece>) -> String {
        var out = ""
        var last: UInt8 = 0
        var isFirst = true
        for piece in pieces where !piece.text.isEmpty {
            if !isFirst, piece.spaced || isWordLike(last) && isWordLike(piece.text.utf8.first ?? 0) { out += " " }
            out += piece.text
            last = piece.text.utf8.last ?? 0
            isFirst = false
        }
        return out
    }

    private static func isWordLike(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x24, 0x22, 0x27: true
        default: byte >= 0x80
        }
    }
}
