import Types

/// DuckDB's error text, read: `Binder Error: Referenced column "x" not found … Candidate bindings: … LINE 1: …`.
struct Failure {
    /// The words before `Error:`, e.g. `Binder`.
    let kind: String
    /// The text without the kind and without the excerpt of the statement.
    let message: String
    let position: RegistryError.Position?
    private let original: String

    init(_ text: String, sql: String? = nil) {
        original = text
        var body = text[...]
        if let colon = text.firstRange(of: " Error: "), !text[..<colon.lowerBound].contains(where: \.isNewline) {
            kind = String(text[..<colon.lowerBound])
            body = text[colon.upperBound...]
        } else {
            kind = ""
        }
        if let excerpt = Excerpt(in: body, sql: sql) {
            position = excerpt.position
            body = body[..<excerpt.start]
        } else {
            position = nil
        }
        message = body.trimmingPrefix { $0.isWhitespace }.description.trimmedEnd
    }

    /// An error that DuckDB gives with its type's number, without the words before `Error:`.
    init(_ message: String, type: Int32) {
        original = message
        kind = Failure.kinds[type] ?? ""
        self.message = message
        position = nil
    }

    /// Kinds by DuckDB's number. Source: https://duckdb.org/docs/stable/clients/c/api (duckdb_error_type)
    private static let kinds: [Int32: String] = [
        1: "Out of Range", 2: "Conversion", 3: "Unknown Type", 4: "Decimal", 5: "Mismatch Type", 6: "Divide by Zero",
        7: "Object Size", 8: "Invalid type", 9: "Serialization", 10: "TransactionContext", 11: "Not implemented",
        12: "Expression", 13: "Catalog", 14: "Parser", 18: "Constraint", 21: "Connection", 22: "Syntax", 24: "Binder",
        28: "IO", 29: "INTERRUPT", 30: "FATAL", 31: "INTERNAL", 32: "Invalid Input", 33: "Out of Memory",
        34: "Permission", 35: "Parameter Not Resolved", 36: "Parameter Not Allowed", 37: "Dependency", 38: "HTTP",
        39: "Missing Extension", 40: "Extension Autoloading", 41: "Sequence", 42: "Invalid Configuration",
    ]

    /// The error for callers: the one a scalar function threw, or DuckDB's in readable words.
    var registryError: RegistryError {
        if let carried = CarriedError.take(from: original) { return carried }
        let wording = Wording(kind: kind, message: message)
        let (code, text, hint) = wording.result
        var detail = kind.isEmpty ? [:] : ["duckdb": kind]
        if let database = wording.closedDatabase {
            detail["closed"] = database
            if wording.isAfterCommit { detail["committed"] = "true" }
        } else if wording.isOutOfMemory {
            detail["duckdb"] = MemoryLimit.outOfMemory
        }
        if code == .invalidValue, let fault = wording.valueFault { detail[ValueFault.key] = fault.rawValue }
        return RegistryError(code, text, hint: hint, position: position, detail: detail)
    }
}

/// The lines `LINE 2: SELECT …` and the caret under it, which DuckDB puts at the end of a message.
private struct Excerpt {
    let start: Substring.Index
    let position: RegistryError.Position?

    init?(in text: Substring, sql: String?) {
        guard let mark = text.ranges(of: "\nLINE ").last else { return nil }
        start = mark.lowerBound
        let lines = text[mark.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, let colon = lines[0].firstIndex(of: ":"), let line = Int(lines[0][..<colon]),
            let caret = lines[1].firstIndex(of: "^")
        else {
            position = nil
            return
        }
        // The caret's distance counts from the start of `LINE n: `; the excerpt may begin in the middle of the line.
        let prefix = "LINE ".count + lines[0].distance(from: lines[0].startIndex, to: colon) + 2
        var column = lines[1].distance(from: lines[1].startIndex, to: caret) - prefix
        var shown = lines[0][
            lines[0].index(colon, offsetBy: min(2, lines[0].distance(from: colon, to: lines[0].endIndex)))...]
        if shown.hasPrefix("..."), let sql {
            shown = shown.dropFirst(3)
            if shown.hasSuffix("...") { shown = shown.dropLast(3) }
            let all = sql.split(omittingEmptySubsequences: false) { $0.isNewline }
            if line <= all.count, let found = all[line - 1].firstRange(of: shown) {
                column += all[line - 1].distance(from: all[line - 1].startIndex, to: found.lowerBound) - 3
            }
        }
        position = column >= 0 ? RegistryError.Position(line: line, column: column) : nil
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}
