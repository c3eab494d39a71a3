import Foundation
import Registry
import Store
import Types

/// What the audit log of a data directory holds, also while a server runs on it.
public enum AuditReport {
    /// How a list is written.
    public enum Format: String, Sendable, CaseIterable {
        /// Columns under headings.
        case table
        /// Comma-separated values with a heading.
        case csv
        /// One JSON object a line.
        case json
    }

    /// Recomputes the chain of hashes.
    ///
    /// - Returns: one line: how many rows there are, and the last one's hash. Whoever keeps the line elsewhere can
    ///   tell later whether rows were cut off at the end, too.
    /// - Throws: `corrupt`, naming the first row that is missing or was changed; `notFound` for no data directory.
    public static func verify(_ configuration: ServerConfiguration) throws -> String {
        try snapshot(configuration).read { reader in
            let count = try reader.verifyAudit()
            let last = try count == 0 ? "" : reader.auditRows(after: Int64(count) - 1).first?.hash ?? ""
            return count == 0 ? "ok, no rows" : "ok, \(count) rows, the last one \(last)"
        }
    }

    /// Writes rows in order, line by line.
    ///
    /// - Parameters:
    ///   - model: only changes of models of this name, `DB.SCHEMA.MODEL` or its last parts, at any time; nil for
    ///     everything.
    ///   - print: takes a line.
    /// - Returns: how many rows there were.
    public static func list(
        _ configuration: ServerConfiguration, model: String? = nil, format: Format = .table,
        print: (String) -> Void
    ) throws -> Int {
        let wanted = try model.map { try Identifier.split($0) }
        let columns = ["seq", "at", "user", "role", "action", "object", "from", "to", "query_id"]
        return try snapshot(configuration).read { reader in
            var count = 0
            var last: Int64 = 0
            if format == .csv { print(columns.joined(separator: ",")) }
            if format == .table { print(row(columns)) }
            while true {
                let page = try reader.auditRows(after: last)
                guard let end = page.last else { return count }
                last = end.sequence
                for entry in page where try wanted.map({ try concerns(entry, $0) }) ?? true {
                    count += 1
                    let cells = [
                        "\(entry.sequence)", time(entry.at), entry.user, entry.role, entry.action,
                        "\(entry.objectKind) \(entry.objectName)", entry.from, entry.to, entry.queryID,
                    ]
                    switch format {
                    case .table: print(row(cells))
                    case .csv: print(cells.map(quoted).joined(separator: ","))
                    case .json: print(try object(columns, cells))
                    }
                }
            }
        }
    }

    private static func snapshot(_ configuration: ServerConfiguration) throws -> CatalogSnapshot {
        let url = URL(fileURLWithPath: configuration.dataDirectory).standardizedFileURL
        return try CatalogSnapshot(file: url.appendingPathComponent("catalog.sqlite"))
    }

    /// Whether the row is about a model whose full name ends with these parts, before or after it.
    private static func concerns(_ entry: AuditRow, _ parts: [Identifier]) throws -> Bool {
        guard entry.objectKind == ObjectKind.model.rawValue else { return false }
        let before = entry.action == "RENAME" ? try entry.before()["name"] : nil
        return try [entry.objectName, before].compactMap { $0 }.contains { text in
            try Identifier.split(text).suffix(parts.count) == parts[...]
        }
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "Z"
    }

    /// Cells in columns; long ones go on.
    private static func row(_ cells: [String]) -> String {
        let widths = [6, 24, 12, 16, 20, 28, 24, 24, 0]
        return zip(cells, widths).map { cell, width in
            // A cell must not move the terminal's cursor.
            let plain = String(cell.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
                .map(Character.init))
            return plain + String(repeating: " ", count: max(0, width - plain.count))
        }.joined(separator: "  ")
    }

    private static func quoted(_ cell: String) -> String {
        cell.contains { ",\"\n\r".contains($0) }
            ? "\"\(cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\"" : cell
    }

    private static func object(_ columns: [String], _ cells: [String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let pairs = Dictionary(uniqueKeysWithValues: zip(columns, cells))
        return String(decoding: try encoder.encode(pairs), as: UTF8.self)
    }
}
