/// What a person does on the keyboard.
package enum Key: Hashable, Sendable {
    case character(Character)
    /// Text that the terminal says is pasted.
    case paste(String)
    case enter, tab, backspace, delete, escape
    case left, right, up, down, home, end, wordLeft, wordRight
    /// Ctrl-C.
    case interrupt
    /// Ctrl-D.
    case endOfInput
    /// Ctrl-K, Ctrl-U, Ctrl-W, Alt-D: cut to the line's end, to its start, the word before, the word after.
    case cutToEnd, cutToStart, cutWord, cutNextWord
    /// Ctrl-Y.
    case insertCut
    /// Ctrl-R.
    case search
    /// Ctrl-L.
    case clearScreen
}

/// Turns the bytes of a terminal into keys, however they are split over reads.
///
/// Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (PC-style function keys, bracketed paste).
package struct KeyDecoder {
    private var bytes: [UInt8] = []
    private var pasted: [UInt8]?

    package init() {}

    /// Whether an escape has come that may be a key by itself or the beginning of a sequence.
    package var isWaiting: Bool { pasted == nil && bytes.first == 0x1B }

    /// Takes bytes in and gives the keys that are complete.
    package mutating func feed(_ more: [UInt8]) -> [Key] {
        bytes += more
        var keys: [Key] = []
        while let key = next() { if let key = key.key { keys.append(key) } }
        return keys
    }

    /// What waits is all that comes: an escape by itself is the Escape key.
    package mutating func flush() -> [Key] {
        guard isWaiting else { return [] }
        bytes = []
        return [.escape]
    }

    private struct Found { let key: Key? }

    private mutating func next() -> Found? {
        if pasted != nil { return paste() }
        guard let first = bytes.first else { return nil }
        if first == 0x1B { return sequence() }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard bytes.count >= length else { return nil }
        let taken = Array(bytes[..<length])
        bytes.removeFirst(length)
        if first >= 0x80 {
            let text = String(decoding: taken, as: UTF8.self)
            return Found(key: text.first.map { .character($0) })
        }
        return Found(key: KeyDecoder.single(first))
    }

    private static func single(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7F: .backspace
        case 0x09: .tab
        case 0x0A, 0x0D: .enter
        case 0x0B: .cutToEnd
        case 0x0C: .clearScreen
        case 0x0E: .down
        case 0x10: .up
        case 0x12: .search
        case 0x15: .cutToStart
        case 0x17: .cutWord
        case 0x19: .insertCut
        case 0x20...0x7E: .character(Character(Unicode.Scalar(byte)))
        default: nil
        }
    }

    /// A sequence that begins with an escape, nil while it is not whole.
    private mutating func sequence() -> Found? {
        guard bytes.count >= 2 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["), UInt8(ascii: "O"):
            guard let last = bytes.indices.dropFirst(2).first(where: { (0x40...0x7E).contains(bytes[$0]) }) else {
                // Longer ones there are none: something else was sent.
                if bytes.count > 32 { bytes = [] }
                return nil
            }
            let parameters = String(decoding: bytes[2..<last], as: UTF8.self)
            let final = bytes[last]
            bytes.removeFirst(last + 1)
            if final == UInt8(ascii: "~"), parameters == "200" {
                pasted = []
                return Found(key: nil)
            }
            return Found(key: KeyDecoder.named(final, parameters))
        case UInt8(ascii: "b"): return taking(2, .wordLeft)
        case UInt8(ascii: "f"): return taking(2, .wordRight)
        case UInt8(ascii: "d"): return taking(2, .cutNextWord)
        case 0x7F, 0x08: return taking(2, .cutWord)
        default: return taking(1, .escape)
        }
    }

    private mutating func taking(_ count: Int, _ key: Key) -> Found {
        bytes.removeFirst(count)
        return Found(key: key)
    }

    private static func named(_ final: UInt8, _ parameters: String) -> Key? {
        let isWordwise = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isWordwise ? .wordRight : .right
        case UInt8(ascii: "D"): return isWordwise ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters {
            case "1", "7": return .home
            case "4", "8": return .end
            case "3": return .delete
            default: return nil
            }
        default: return nil
        }
    }

    /// What is pasted, up to the terminal's mark of its end.
    private mutating func paste() -> Found? {
        let mark: [UInt8] = Array("\u{1B}[201~".utf8)
        var content = (pasted ?? []) + bytes
        bytes = []
        guard let end = content.firstRange(of: mark) else {
            pasted = content
            return nil
        }
        bytes = Array(content[end.upperBound...])
        content.removeSubrange(end.lowerBound...)
        pasted = nil
        let text = String(decoding: content, as: UTF8.self).replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        return Found(key: .paste(text))
    }
}
