import Types

/// Turns DuckDB's kind and message of an error into our code, a readable text and a hint.
struct Wording {
    let kind: String
    let message: String

    typealias Result = (code: RegistryError.Code, text: String, hint: String?)

    var result: Result {
        if kind == "INTERRUPT" { return (.cancelled, "The statement was cancelled.", nil) }
        if let closedDatabase {
            return (
                .unavailable,
                "The database '\(closedDatabase)' is being opened again: there was not enough memory to write its file.",
                "Try again in a moment; nothing that was committed is lost."
            )
        }
        if isOutOfMemory { return outOfMemory }
        if let unreadable = unreadableValue { return unreadable }
        if let lateral = lateralRefusal { return lateral }
        if let named = unknownColumn ?? missingObject ?? existingObject ?? unknownFunction { return named }
        let (head, hint) = splitHint
        return (code(head), withoutPaths(head), hint)
    }

    /// What is wrong with a value, for doors that tell kinds of it apart; nil for other errors and where it is unknown.
    var valueFault: ValueFault? {
        let text = result.text
        if kind == "Divide by Zero" || text.hasPrefix("Division by zero") { return .divisionByZero }
        if text.hasSuffix(" is too long and would be truncated.") { return .tooLong }
        if kind == "Out of Range" || text.contains("is out of range") {
            return text.hasPrefix("Numeric") ? .numberRange : nil
        }
        if text.hasPrefix("Malformed JSON") || text.hasPrefix("Error parsing JSON") { return .json }
        guard text.hasSuffix(" is not recognized.") else { return nil }
        return switch text.prefix(while: { $0 != " " }) {
        case "Boolean": .boolean
        case "Date": .date
        case "Time": .time
        case "Timestamp": .timestamp
        default: nil
        }
    }

    // MARK: Memory

    /// Whether the statement failed for lack of memory, by DuckDB's own limit or the process's.
    var isOutOfMemory: Bool {
        kind == MemoryLimit.outOfMemory
            || ["std::bad_alloc", "(bad allocation)"].contains { message.contains($0) }
            || message.hasPrefix("Failed to commit: ")
                && ["failed to pin block", "failed to allocate data", "could not allocate block", "Allocation failure"]
                    .contains { message.contains($0) }
    }

    /// `failed to allocate data of size 16.0 MiB (511.0 MiB/512.0 MiB used)`, or the guard's refusal.
    private var outOfMemory: Result {
        if let used = message.firstRange(of: " used)"),
            let slash = message[..<used.lowerBound].lastIndex(of: "/")
        {
            let limit = message[message.index(after: slash)..<used.lowerBound]
            return (
                .limitExceeded, "The statement needs more memory than the SQL engine may take (\(limit)).",
                MemoryLimit.advice
            )
        }
        let (text, hint) = MemoryLimit.refusal
        return (.limitExceeded, text, hint)
    }

    /// `Database "d" has been invalidated because checkpointing failed. …`, or `Checkpoint failed for database "d". …`.
    var closedDatabase: String? {
        guard message.contains("has been invalidated"), message.lowercased().contains("checkpoint") else { return nil }
        for mark in ["Checkpoint failed for database \"", "Database \""] {
            if let start = message.firstRange(of: mark) { return quoted(message[start.lowerBound...]).first }
        }
        return nil
    }

    /// Whether a COMMIT failed only after it had committed.
    var isAfterCommit: Bool { message.contains("COMMIT succeeded and is durable") }

    // MARK: Codes

    private func code(_ text: String) -> RegistryError.Code {
        if text.contains("configuration has been locked") { return .permissionDenied }
        return switch kind {
        case "Parser", "Syntax": .syntax
        case "Catalog":
            if text.contains("already exists") {
                .alreadyExists
            } else if text.contains("does not exist") || text.hasSuffix("found.") {
                .notFound
            } else if text.contains("conflict") {
                .conflict
            } else if text.contains("configuration parameter") {
                .invalidArgument
            } else {
                .failedPrecondition
            }
        case "Binder":
            if text.contains("already exists") || text.contains("already attached") {
                .alreadyExists
            } else if isAboutColumn(text) {
                .unknownColumn
            } else if text.contains("does not exist") {
                .notFound
            } else {
                .invalidArgument
            }
        case "Invalid Input" where text.contains("parameters, but none were supplied"): .invalidArgument
        case "Conversion", "Out of Range", "Decimal", "Divide by Zero", "Mismatch Type", "Invalid Input", "Invalid",
            "Sequence", "Expression", "Object Size":
            .invalidValue
        case "Invalid type", "Parameter Not Resolved", "Parameter Not Allowed", "Unknown Type": .invalidArgument
        case "Constraint": .constraintViolation
        case "TransactionContext": text.lowercased().contains("conflict") ? .conflict : .failedPrecondition
        case "Dependency": .failedPrecondition
        case "Not implemented", "Missing Extension", "Extension Autoloading": .unsupported
        case "Permission", "Invalid Configuration": .permissionDenied
        case "Out of Memory": .limitExceeded
        case "IO", "HTTP", "Connection": text.contains("No files found") ? .notFound : .unavailable
        case "FATAL": .unavailable
        default: .internal
        }
    }

    private func isAboutColumn(_ text: String) -> Bool {
        ["Ambiguous reference", "does not have a column", "Referenced update column", " side of join!"].contains { text.contains($0) }
    }

    // MARK: Names

    /// `Referenced column "x" not found in FROM clause! Candidate bindings: "a", "b"`
    private var unknownColumn: Result? {
        guard kind == "Binder", message.hasPrefix("Referenced column ") || message.hasPrefix("Referenced table "),
            let name = quoted(message).first
        else { return nil }
        let noun = message.hasPrefix("Referenced column ") ? "column" : "table or alias"
        let candidates = message.firstRange(of: "Candidate").map { quoted(message[$0.lowerBound...]) } ?? []
        let text = "invalid identifier '\(name)': no such \(noun) in this query."
        return (.unknownColumn, text, nearest(name, candidates))
    }

    /// `Table with name X does not exist! Did you mean "Y"?`, and the same for other kinds of object.
    private var missingObject: Result? {
        if kind == "Binder", message.hasPrefix("Catalog \""), message.contains("does not exist"),
            let name = quoted(message).first
        {
            let error = RegistryError.missing("Database", name)
            return (error.code, error.message, nil)
        }
        guard kind == "Catalog" || kind == "Binder", !message.contains("Function with name"),
            let with = message.firstRange(of: " with name "), let end = message.firstRange(of: " does not exist")
        else { return nil }
        guard with.upperBound < end.lowerBound else { return nil }
        let noun = String(message[..<with.lowerBound])
        guard noun.count < 20 else { return nil }
        let name = message[with.upperBound..<end.lowerBound].filter { $0 != "\"" }
        let near = message.firstRange(of: "Did you mean").map { quoted(message[$0.lowerBound...]) } ?? []
        let error = RegistryError.missing(noun, name)
        return (error.code, error.message, nearest(name, near))
    }

    /// `Table with name "X" already exists!`
    private var existingObject: Result? {
        guard kind == "Catalog", let with = message.firstRange(of: " with name \""),
            let end = message.firstRange(of: "\" already exists"), with.upperBound < end.lowerBound
        else { return nil }
        let error = RegistryError.exists(
            String(message[..<with.lowerBound]), String(message[with.upperBound..<end.lowerBound]))
        return (error.code, error.message, nil)
    }

    /// `Scalar Function with name f does not exist! …` or `No function matches the given name and argument types …`
    private var unknownFunction: Result? {
        if let with = message.firstRange(of: "Function with name "),
            let end = message.firstRange(of: " does not exist"),
            with.upperBound < end.lowerBound
        {
            let name = message[with.upperBound..<end.lowerBound].filter { $0 != "\"" }
            let near = message.firstRange(of: "Did you mean").map { quoted(message[$0.lowerBound...]) } ?? []
            return (.unknownFunction, "Function '\(name)' does not exist.", nearest(name, near))
        }
        let call: String?
        if message.hasPrefix("No function matches") {
            call = quoted(message, by: "'").first
        } else if message.hasPrefix("Could not choose a best candidate function") {
            call = quoted(message).first
        } else {
            call = nil
        }
        guard let call else { return nil }
        let signatures =
            message.firstRange(of: "Candidate functions:").map { range in
                message[range.upperBound...].split(separator: "\n").map { $0.drop { $0.isWhitespace } }
                    .filter { !$0.isEmpty }
            } ?? []
        let shown = signatures.prefix(4).map { $0.split(separator: " -> ")[0] }.joined(separator: ", ")
        let more = signatures.count > 4 ? ", …" : ""
        return (
            .unknownFunction, "No function takes these arguments: \(plain(call)).",
            shown.isEmpty ? nil : "It takes: \(shown)\(more)."
        )
    }

    /// Types of literals under the names of the types they become.
    private func plain(_ call: String) -> String {
        call.replacing("STRING_LITERAL", with: "VARCHAR").replacing("INTEGER_LITERAL", with: "INTEGER")
    }

    private func nearest(_ name: String, _ candidates: [String]) -> String? {
        let last = candidates.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        return RegistryError.nearMiss(String(name.split(separator: ".").last ?? ""), last)
    }

    /// `LATERAL join cannot contain aggregates!`
    private var lateralRefusal: Result? {
        guard kind == "Binder", message.hasPrefix("LATERAL join cannot contain "), message.hasSuffix("!") else { return nil }
        let what = message.dropFirst("LATERAL join cannot contain ".count).dropLast()
        return (
            .invalidArgument, "A LATERAL subquery or a table function can't take \(what) of the table beside it.",
            "Compute them in a subquery: FROM (SELECT … FROM t) s, TABLE(…)."
        )
    }

    // MARK: Values

    /// `Could not convert string 'x' to INT32` in the words that users of Snowflake know.
    private var unreadableValue: Result? {
        guard kind == "Conversion" else { return nil }
        if let name = message.firstRange(of: "Could not convert string '"), name.lowerBound == message.startIndex,
            let end = message.ranges(of: "' to ").last, name.upperBound <= end.lowerBound
        {
            let value = message[name.upperBound..<end.lowerBound]
            let noun = message[end.upperBound...].hasPrefix("BOOL") ? "Boolean value" : "Numeric value"
            return (.invalidValue, "\(noun) '\(value)' is not recognized.", nil)
        }
        // `Unimplemented type for cast (TIME -> DECIMAL(5,2)) when casting from source column X`
        if let start = message.firstRange(of: "Unimplemented type for cast (") {
            let rest = message[start.upperBound...]
            let types = rest[..<(rest.firstRange(of: ") when casting")?.lowerBound ?? rest.lastIndex(of: ")") ?? rest.endIndex)]
            if let arrow = types.firstRange(of: " -> ") {
                let (from, to) = (types[..<arrow.lowerBound], types[arrow.upperBound...])
                return (.invalidValue, "A value of type \(from) can't be converted to \(to).", nil)
            }
        }
        // `Type INT128 with value 1… can't be cast because the value is out of range for the destination type INT64`
        if message.hasPrefix("time field value out of range: "), let value = quoted(message).first {
            return (.invalidValue, "Time '\(value)' is not recognized.", nil)
        }
        if let overflow = decimalOverflow { return overflow }
        if message.hasPrefix("Type "), message.contains(" out of range "), let value = between(" with value ", " can't be cast") {
            let tail = message.firstRange(of: "destination type ").map { message[$0.upperBound...] } ?? ""
            let type = String(tail.prefix { !$0.isWhitespace })
            return (.invalidValue, "Numeric value '\(value)' is out of range for \(Wording.sqlName(type)).", nil)
        }
        for (noun, start) in [
            ("Date", "invalid date field format: "), ("Timestamp", "invalid timestamp field format: "),
        ]
        where message.lowercased().hasPrefix(start) {
            guard let value = quoted(message).first else { continue }
            return (.invalidValue, "\(noun) '\(value)' is not recognized.", nil)
        }
        return nil
    }

    /// `Casting value "12345.6" to type DECIMAL(4,1) failed: value is out of range!`, or
    /// `Could not cast value 99999 to DECIMAL(4,1)`.
    private var decimalOverflow: Result? {
        for (start, middle) in [("Casting value \"", "\" to type "), ("Could not cast value ", " to ")] {
            guard message.hasPrefix(start), let value = between(start, middle), value.allSatisfy({ !$0.isWhitespace }),
                let end = message.firstRange(of: middle)?.upperBound
            else { continue }
            let type = message[end...].prefix { $0 != " " && $0 != "!" }
            guard type.hasPrefix("DECIMAL") else { continue }
            let shown = type.replacing("DECIMAL", with: "NUMBER")
            return (.invalidValue, "Numeric value '\(value)' is out of range for \(shown).", nil)
        }
        return nil
    }

    /// What stands in the message between two texts, nil where they do not.
    private func between(_ start: String, _ end: String) -> String? {
        guard let from = message.firstRange(of: start),
            let to = message[from.upperBound...].firstRange(of: end)
        else { return nil }
        return String(message[from.upperBound..<to.lowerBound])
    }

    /// A physical type of DuckDB under its name in SQL.
    private static func sqlName(_ type: String) -> String {
        ["INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INTEGER", "INT64": "BIGINT", "INT128": "NUMBER(38,0)"][type] ?? type
    }

    // MARK: Text

    /// The first paragraph is the message; what follows in DuckDB's text is advice.
    private var splitHint: (String, String?) {
        var head = message
        var hint: String?
        if let near = message.firstRange(of: "\nDid you mean ") {
            head = String(message[..<near.lowerBound])
            hint = "Did you mean \(message[near.upperBound...].prefix { !$0.isNewline })"
        }
        if let noise = head.firstRange(of: "\nCandidate") { head = String(head[..<noise.lowerBound]) }
        if let noise = head.firstRange(of: "\n\n") { head = String(head[..<noise.lowerBound]) }
        var lines = head.split(whereSeparator: \.isNewline)
        // A value with a caret under it.
        if let caret = lines.firstIndex(where: { $0.allSatisfy { $0 == " " || $0 == "^" } }), caret > 0 {
            lines.removeSubrange(caret - 1...caret)
        }
        var line = lines.joined(separator: " ")
        line = line.prefix(1).uppercased() + line.dropFirst()
        return (line.hasSuffix(".") || line.hasSuffix("!") || line.hasSuffix("?") ? line : line + ".", hint)
    }

    /// Replaces absolute paths, in quotes or as words, by their last part. Messages about values have none.
    private func withoutPaths(_ text: String) -> String {
        guard kind != "Conversion", kind != "Constraint", text.contains("/") else { return text }
        var cleaned = ""
        var rest = text[...]
        while let character = rest.first {
            let isStart = cleaned.last.map { " \"'(".contains($0) } ?? true
            guard character == "/", isStart else {
                cleaned.append(character)
                rest = rest.dropFirst()
                continue
            }
            let mark = cleaned.last.flatMap { "\"'".contains($0) ? $0 : nil }
            let path = rest.prefix { character in mark.map { character != $0 } ?? !" )".contains(character) }
            cleaned += path.split(separator: "/").last ?? "/"
            rest = rest[path.endIndex...]
        }
        return cleaned
    }

    /// What stands between pairs of `mark`.
    private func quoted(_ text: some StringProtocol, by mark: Character = "\"") -> [String] {
        let parts = text.split(separator: mark, omittingEmptySubsequences: false)
        return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
    }
}
