/// A pattern of LIKE: `%` any text, `_` any character.
package struct LikePattern {
    /// What a pattern asks of the rest of a text whose beginning is known.
    package enum Rest: Hashable, Sendable {
        /// To match the whole pattern, as if nothing stood before it.
        case everything
        /// Something else.
        case another
        /// Nothing: no text with that beginning matches.
        case impossible
    }

    private let scalars: [Unicode.Scalar]

    package init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// What every text that matches begins with.
    package var beginning: String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars.prefix { $0 != "%" && $0 != "_" })
        return String(text)
    }

    /// - Complexity: the length of the beginning times that of the pattern, at most.
    package func rest(after beginning: String) -> Rest {
        // How far into the pattern the text may have come.
        var reached = [Bool](repeating: false, count: scalars.count + 1)
        reached[0] = true
        passWildcards(&reached)
        let start = reached
        for scalar in beginning.unicodeScalars {
            var next = [Bool](repeating: false, count: scalars.count + 1)
            for (index, expected) in scalars.enumerated() where reached[index] {
                if expected == "%" {
                    next[index] = true
                } else if expected == "_" || expected == scalar {
                    next[index + 1] = true
                }
            }
            passWildcards(&next)
            reached = next
            guard reached.contains(true) else { return .impossible }
        }
        return reached == start ? .everything : .another
    }

    private func passWildcards(_ reached: inout [Bool]) {
        for (index, expected) in scalars.enumerated() where expected == "%" && reached[index] { reached[index + 1] = true }
    }
}
