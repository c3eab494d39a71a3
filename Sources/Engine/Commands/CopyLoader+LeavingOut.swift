import DuckDB
import Registry
import SnowflakeSQL
import Types

/// ON_ERROR other than ABORT_STATEMENT: rows that can't be loaded, or their files, are left out.
extension CopyLoader {
    /// Loads the rows of a CSV file that can be loaded, or none where they are too few.
    func loadByRows(_ file: FileEntry) throws -> FileLoad {
        let (lines, scans) = (context.newScratch(), context.newScratch())
        let selection = try selection(of: file, rejects: .init(table: lines.name, scans: scans.name))
        let rows: ScratchTable
        do {
            rows = try context.scratch(sql: tried(selection))
        } catch let error as RegistryError {
            throw error.located(in: file)
        }
        let connection = context.connection
        let readable = try connection.number("SELECT count(*)::BIGINT FROM \(rows.sql)") ?? 0
        let bad = try connection.number("SELECT count(roost_bad)::BIGINT FROM \(rows.sql)") ?? 0
        let unreadable = try connection.number("SELECT count(DISTINCT line)::BIGINT FROM \(lines.sql)") ?? 0
        var load = FileLoad(file: file)
        load.rowsParsed = readable + unreadable
        load.errorCount = bad + unreadable
        load.errorLimit = options.onError.limit(of: load.rowsParsed)
        if load.errorCount > 0 {
            load.first = try firstFailure(selection.columns, rows, lines, skipped: format.skippedLines)
            load.status = .partly
        }
        if options.onError.skips(errors: load.errorCount, of: load.rowsParsed) || load.errorCount == load.rowsParsed {
            if load.errorCount > 0 { load.status = .failed }
            return load
        }
        let names = selection.columns.indices.map { "c\($0)" }.joined(separator: ", ")
        load.rowsLoaded = try insert(
            selection.columns, "SELECT \(names) FROM \(rows.sql) WHERE roost_bad IS NULL ORDER BY roost_row")
        return load
    }

    /// What can be wrong with a field, as `roost_bad` tells it: the column's place times ``faults`` and one of these.
    private enum Fault: Int, CaseIterable { case unreadable, missing, tooLong }

    private static let faults = Fault.allCases.count

    /// The rows of a file, each field tried: `c0`, `c1`, … the values, NULL where one can't be had, `roost_row` the
    /// row's number from 1, `roost_bad` its first fault or NULL, `roost_text` the beginning of that field.
    private func tried(_ selection: Selection) -> String {
        var items: [String] = []
        var cases: [String] = []
        for (index, (field, column)) in zip(selection.values, selection.columns).enumerated() {
            items += ["\(field) AS t\(index)", "\(attempt(field, column)) AS c\(index)"]
            func note(_ condition: String, _ fault: Fault) {
                cases.append("WHEN \(condition) THEN \(index * CopyLoader.faults + fault.rawValue)")
            }
            note("t\(index) IS NOT NULL AND c\(index) IS NULL", .unreadable)
            if column.isRequired { note("c\(index) IS NULL", .missing) }
            if let length = column.length, !options.cutsTexts { note("length(c\(index)) > \(length)", .tooLong) }
        }
        let values = selection.columns.indices.map { "c\($0)" }.joined(separator: ", ")
        let texts = selection.columns.indices.map { "WHEN \($0) THEN left(t\($0), 100)" }.joined(separator: " ")
        return """
            SELECT row_number() OVER () AS roost_row, \(values), roost_bad,
                CASE roost_bad // \(CopyLoader.faults) \(texts) END AS roost_text
            FROM (
                SELECT *, CAST(CASE \(cases.joined(separator: " ")) END AS BIGINT) AS roost_bad
                FROM (SELECT \(items.joined(separator: ", ")) FROM \(selection.source)) x) y
            """
    }

    /// A field of CSV as its column takes it, NULL where it can't be converted.
    private func attempt(_ field: String, _ column: LoadColumn) -> String {
        switch column.type {
        case .text:
            if let length = column.length, options.cutsTexts { "left(\(field), \(length))" } else { field }
        case .binary: "TRY(\(bytes(field)))"
        case .object, .array: "TRY_CAST(TRY_CAST(\(field) AS JSON) AS \(column.duckType))"
        default: "TRY_CAST(\(field) AS \(column.duckType))"
        }
    }

    /// The first of a file's errors: of a line that is none of its format's, or of a row that does not fit the table.
    private func firstFailure(
        _ columns: [LoadColumn], _ rows: ScratchTable, _ lines: ScratchTable, skipped: Int
    ) throws -> FileLoad.Failure? {
        let rejected = try context.connection.query(
            "SELECT line::BIGINT, error_type::VARCHAR, error_message FROM \(lines.sql) ORDER BY line")
        var places: [Int] = []
        var unreadable: FileLoad.Failure?
        while let chunk = try rejected.nextChunk() {
            let (numbers, kinds, messages) = (chunk.vector(0), chunk.vector(1), chunk.vector(2))
            for row in 0..<chunk.rowCount {
                let line = Int(numbers.values(as: Int64.self)[row])
                if places.last != line { places.append(line) }
                guard unreadable == nil else { continue }
                let text = "\(kinds.strings.text(row)) \(messages.strings.text(row))"
                unreadable = .init(message: CSVFault.explain(text), line: line)
            }
        }
        let bad = try context.connection.query(
            """
            SELECT roost_row::BIGINT, roost_bad, coalesce(roost_text, '') FROM \(rows.sql)
            WHERE roost_bad IS NOT NULL ORDER BY roost_row LIMIT 1
            """)
        guard let chunk = try bad.nextChunk(), chunk.rowCount > 0 else { return unreadable }
        let (numbers, faults, texts) = (chunk.vector(0), chunk.vector(1), chunk.vector(2))
        // Lines before it that could not be read were not counted as rows.
        var line = Int(numbers.values(as: Int64.self)[0]) + skipped
        for place in places where place <= line { line += 1 }
        if let unreadable, let first = unreadable.line, first < line { return unreadable }
        let code = Int(faults.values(as: Int64.self)[0])
        let column = columns[code / CopyLoader.faults]
        let fault = Fault(rawValue: code % CopyLoader.faults) ?? .unreadable
        return .init(
            message: CopyLoader.message(fault, column, texts.strings.text(0)), line: line,
            column: "\(target.name.name.quoted)[\(column.name.quoted):\(code / CopyLoader.faults + 1)]")
    }

    private static func message(_ fault: Fault, _ column: LoadColumn, _ text: String) -> String {
        switch fault {
        case .missing: return "NULL result in a non-nullable column."
        case .tooLong: return tooLong(column.name, column.length ?? 0) + "."
        case .unreadable:
            let noun =
                switch column.type {
                case .fixed, .real: "Numeric value"
                case .boolean: "Boolean value"
                case .date: "Date"
                case .time: "Time"
                case .timestampNTZ, .timestampLTZ, .timestampTZ: "Timestamp"
                default: "Value"
                }
            return "\(noun) '\(text)' is not recognized."
        }
    }

    // MARK: File by file

    /// Loads each file into a table of its own first, and leaves out those that can't be.
    func loadTried(_ files: [FileEntry]) throws -> [FileLoad] {
        guard !context.session.inTransaction, context.session.parameters["AUTOCOMMIT"] != "false" else {
            throw unsupportedOnError("In an open transaction it is for CSV without a query only: COMMIT first.")
        }
        let tried = try files.map { file -> (load: FileLoad, rows: ScratchTable?, columns: [LoadColumn]) in
            do {
                let selection = try selection(of: file)
                let rows = try context.scratch(sql: checked(selection))
                return (FileLoad(file: file), rows, selection.columns)
            } catch let error as RegistryError where error.code == .invalidValue {
                var load = FileLoad(file: file, status: .failed)
                load.errorCount = 1
                load.first = .init(message: error.located(in: file).message)
                return (load, nil, [])
            }
        }
        return try context.writing(to: target) {
            try tried.map { tried in
                guard let rows = tried.rows else { return tried.load }
                var load = tried.load
                load.rowsLoaded = try insert(tried.columns, "SELECT * FROM \(rows.sql)")
                load.rowsParsed = load.rowsLoaded
                return load
            }
        }
    }

    /// A query that gives the rows as the table takes them, or fails.
    private func checked(_ selection: Selection) -> String {
        let values = zip(selection.values, selection.columns).enumerated().map { index, pair in
            let value = selection.isText ? converted(pair.0, pair.1) : fitted(pair.0, pair.1)
            return "CAST(\(value) AS \(pair.1.duckType)) AS c\(index)"
        }
        let items = selection.columns.enumerated().map { index, column in
            guard column.isRequired else { return "c\(index)" }
            let message = BindingLiteral.quote("NULL result in the non-nullable column '\(column.name.name)'")
            return "CASE WHEN c\(index) IS NULL THEN error(\(message)) ELSE c\(index) END AS c\(index)"
        }
        let inner = "SELECT \(values.joined(separator: ", ")) FROM \(selection.source)"
        return "SELECT \(items.joined(separator: ", ")) FROM (\(inner)) x"
    }
}
