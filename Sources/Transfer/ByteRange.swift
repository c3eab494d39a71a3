/// What a Range header asks for.
///
/// One range is served; several, other units and broken headers count as no header, as HTTP allows.
/// Source: https://www.rfc-editor.org/rfc/rfc9110#section-14
package enum ByteRange: Hashable, Sendable {
    case whole
    /// Never empty, inside `0..<size`.
    case part(Range<Int64>)
    /// A good range that lies outside the content.
    case unsatisfiable

    /// - Parameters:
    ///   - header: `bytes=0-99`, `bytes=100-`, `bytes=-5`, nil.
    ///   - size: of the content, in bytes.
    package init(header: String?, size: Int64) {
        self = .whole
        guard let header else { return }
        let sides = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, sides[0].lowercased() == "bytes" else { return }
        let ends = sides[1].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return }
        switch (Self.number(ends[0]), Self.number(ends[1])) {
        case (let first?, let last?):
            guard first <= last else { return }
            self = first < size ? .part(first..<(min(last, size - 1) + 1)) : .unsatisfiable
        case (let first?, nil) where ends[1].isEmpty:
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (nil, let count?) where ends[0].isEmpty:
            self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        default: return
        }
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text) ?? .max
    }
}
