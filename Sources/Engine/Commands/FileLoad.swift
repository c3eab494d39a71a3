import Registry
import Types

/// What became of one file of COPY INTO a table.
struct FileLoad: Sendable {
    enum Status: String, Sendable {
        case loaded = "LOADED"
        case partly = "PARTIALLY_LOADED"
        case failed = "LOAD_FAILED"
    }

    /// The first of a file's errors.
    struct Failure: Sendable {
        var message: String
        /// From 1; nil where it is not known.
        var line: Int?
        /// As `"TABLE"["COLUMN":1]`.
        var column: String?
    }

    let file: FileEntry
    var status = Status.loaded
    var rowsParsed = 0
    var rowsLoaded = 0
    var errorLimit = 1
    var errorCount = 0
    var first: Failure?
}

/// DuckDB's words for a line that is no CSV of the expected form.
enum CSVFault {
    /// What is wrong with a line of CSV.
    static func explain(_ text: String) -> String {
        if let counts = text.firstMatch(of: /Expected Number of Columns: ([0-9]+) Found: ([0-9]+)/) {
            return "Number of columns in file (\(counts.2)) does not match that of the corresponding table "
                + "(\(counts.1)), use file format option error_on_column_count_mismatch=false to ignore this error."
        }
        let lower = text.lowercased()
        if lower.contains("unterminated quote") || lower.contains("unquoted value") {
            return "An enclosed field does not end as it should."
        }
        if lower.contains("unicode") || lower.contains("invalid encoding") { return "Invalid UTF-8 was found." }
        if lower.contains("line size") { return "The line is too long." }
        return "The line can't be read as CSV."
    }
}

extension RegistryError {
    /// An error of DuckDB's with the file's name, and where it tells a line of CSV, in words without that line's data.
    func located(in file: FileEntry) -> RegistryError {
        guard code == .invalidValue || code == .constraintViolation else { return self }
        var text = message
        var place = "File '\(file.name)'"
        if let line = text.firstMatch(of: /CSV Error on Line: ([0-9]+)/) {
            place += ", line \(line.1)"
            text = CSVFault.explain(text)
        }
        return RegistryError(
            code, "\(text) \(place).",
            hint: hint ?? "ON_ERROR = CONTINUE leaves out such rows, SKIP_FILE such files.",
            position: position, detail: detail, cause: self)
    }
}
