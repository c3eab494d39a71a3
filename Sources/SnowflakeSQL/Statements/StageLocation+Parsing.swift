package import Types

extension StageLocation {
    /// Parses `@stage/path`, `@~/path`, `@%table/path`, `snow://…`, or a stage's name without `@`.
    ///
    /// - Throws: `invalidArgument` when the text is none of these.
    package init(parsing text: String, at position: RegistryError.Position? = nil) throws {
        if text.lowercased().hasPrefix("snow://") {
            self = .snow(try SnowLocation(parsing: text, at: position))
            return
        }
        let body = text.hasPrefix("@") ? text.dropFirst() : text[...]
        let (head, rest) = StageLocation.splitAtSlash(body)
        let path = String(rest ?? "")
        if head == "~" {
            self = .user(path: path)
            return
        }
        do {
            if let percent = StageLocation.tableMark(head) {
                let name = head[..<percent] + head[head.index(after: percent)...]
                self = .table(PartialName(try Identifier.split(String(name))), path: path)
            } else {
                self = .stage(PartialName(try Identifier.split(String(head))), path: path)
            }
        } catch let error as RegistryError {
            throw RegistryError(
                .invalidArgument, "Invalid stage '\(text.prefix(200))'.", hint: error.hint, position: position,
                cause: error)
        }
    }

    /// The index of the `%` that marks a table's stage: first, or directly after a dot.
    private static func tableMark(_ head: Substring) -> String.Index? {
        guard let index = head.firstIndex(of: "%"), !head[..<index].contains("\"") || index == head.startIndex else {
            return nil
        }
        return index == head.startIndex || head[head.index(before: index)] == "." ? index : nil
    }

    /// Splits at the first slash outside double quotes; the slash is in neither part.
    static func splitAtSlash(_ text: Substring) -> (Substring, Substring?) {
        var inQuotes = false
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == "\"" { inQuotes.toggle() }
            if text[index] == "/", !inQuotes { return (text[..<index], text[text.index(after: index)...]) }
            index = text.index(after: index)
        }
        return (text, nil)
    }
}

extension SnowLocation {
    /// Parses `snow://model/NAME[/versions/VERSION[/path]]`. A version is an identifier, quoted or not; one that is
    /// neither is taken exactly as it stands.
    ///
    /// - Throws: `invalidArgument` when the URL is malformed.
    package init(parsing text: String, at position: RegistryError.Position? = nil) throws {
        func fail(_ why: String, _ cause: (any Error)? = nil) -> RegistryError {
            RegistryError(
                .invalidArgument, "Invalid URL '\(text.prefix(200))': \(why).",
                hint: "Write snow://model/DB.SCHEMA.MODEL/versions/VERSION/path.", position: position, cause: cause)
        }
        let (domain, rest) = StageLocation.splitAtSlash(text.dropFirst("snow://".count))
        guard let rest, !domain.isEmpty else { throw fail("it names no object") }
        let (name, afterName) = StageLocation.splitAtSlash(rest)
        let partial: PartialName
        do {
            partial = PartialName(try Identifier.split(String(name)))
        } catch {
            throw fail("the name is not an identifier", error)
        }
        guard partial.parts.count <= 3 else { throw fail("the name has \(partial.parts.count) parts") }
        self.domain = domain.lowercased()
        self.name = partial
        guard let afterName, !afterName.isEmpty else {
            version = nil
            path = ""
            return
        }
        let (word, afterWord) = StageLocation.splitAtSlash(afterName)
        guard word.lowercased() == "versions" else { throw fail("'versions' must follow the name") }
        guard let afterWord, !afterWord.isEmpty else {
            version = nil
            path = ""
            return
        }
        let (versionText, tail) = StageLocation.splitAtSlash(afterWord)
        version = (try? Identifier(parsing: String(versionText))) ?? Identifier(resolved: String(versionText))
        path = String(tail ?? "")
    }
}
