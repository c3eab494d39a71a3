import Foundation
import Types

@testable import Engine

/// One statement of a golden SQL file; Tests/SQL/README.md has the format.
struct GoldenRecord {
    enum Kind { case ok, error, query }
    var kind = Kind.ok
    var session = "main"
    var sql = ""
    var line = 0
    /// Line and column of the error, where the file tells them.
    var position: [Int]?
    var message = ""
    var types = ""
    var options: [String] = []
    var expected: [String] = []
    /// Comments, empty lines and `session` lines before it.
    var lead: [String] = []
}

enum GoldenFile {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "SQL")

    /// Paths under `Tests/SQL`, sorted.
    static let all: [String] = {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.resolvingSymlinksInPath().path)) ?? []
        return paths.filter { $0.hasSuffix(".slt") }.sorted()
    }()

    static func parse(_ text: String) throws -> [GoldenRecord] {
        var records: [GoldenRecord] = []
        var lead: [String] = []
        var session = "main"
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var at = 0
        while at < lines.count {
            let line = lines[at]
            let words = line.split(separator: " ").map(String.init)
            at += 1
            if words.isEmpty || line.hasPrefix("#") || words[0] == "session" {
                if words.count > 1, words[0] == "session" { session = words[1] }
                lead.append(line)
                continue
            }
            var record = GoldenRecord(session: session, line: at, lead: lead)
            lead = []
            var sql: [String] = []
            while at < lines.count, !lines[at].isEmpty, lines[at] != "----" {
                sql.append(lines[at])
                at += 1
            }
            record.sql = sql.joined(separator: "\n")
            switch words.prefix(2) {
            case ["statement", "ok"]: break
            case ["statement", "error"]:
                record.kind = .error
                var rest = line.dropFirst("statement error".count).drop { $0 == " " }
                if let found = rest.prefixMatch(of: /@(-?\d+):(-?\d+) */) {
                    record.position = [Int(found.1) ?? 0, Int(found.2) ?? 0]
                    rest = rest[found.range.upperBound...]
                }
                record.message = String(rest)
            default:
                guard words[0] == "query", words.count > 1 else {
                    throw RegistryError(.syntax, "Line \(at) is no record: \(line)")
                }
                record.kind = .query
                record.types = words[1]
                record.options = Array(words.dropFirst(2))
                if at < lines.count, lines[at] == "----" { at += 1 }
                while at < lines.count, !lines[at].isEmpty {
                    record.expected.append(lines[at])
                    at += 1
                }
            }
            records.append(record)
        }
        return records
    }

    static func text(_ records: [GoldenRecord]) -> String {
        var lines: [String] = []
        for record in records {
            lines += record.lead
            switch record.kind {
            case .ok: lines.append("statement ok")
            case .error:
                let position = record.position.map { "@\($0[0]):\($0[1])" } ?? ""
                lines.append(
                    ["statement error", position, record.message].filter { !$0.isEmpty }.joined(separator: " "))
            case .query: lines.append((["query", record.types] + record.options).joined(separator: " "))
            }
            lines.append(record.sql)
            if record.kind == .query { lines += ["----"] + record.expected }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Cells of the wire's JSON form as golden files have them.
enum GoldenCell {
    static func letter(_ type: SQLType) -> String {
        switch type {
        case .fixed(_, let scale): scale == 0 ? "I" : "N"
        case .real: "R"
        case .text: "T"
        case .boolean: "B"
        case .date: "D"
        case .time: "H"
        case .timestampNTZ: "P"
        case .timestampLTZ: "L"
        case .timestampTZ: "Z"
        case .binary: "X"
        case .variant: "V"
        case .object: "O"
        case .array: "A"
        }
    }

    static func text(_ cell: String?, _ type: SQLType) -> String {
        guard let cell else { return "NULL" }
        switch type {
        case .fixed: return cell
        case .real:
            guard let number = Double(cell) else { return cell }
            return "\(number)"
        case .boolean: return ["1", "true", "TRUE"].contains(cell) ? "true" : "false"
        case .date: return day(Int64(cell) ?? 0)
        case .time: return clock(nanoseconds(cell))
        case .timestampNTZ, .timestampLTZ: return moment(nanoseconds(cell))
        case .timestampTZ:
            let parts = cell.split(separator: " ")
            let offset = (parts.count > 1 ? Int64(parts[1]) ?? 1440 : 1440) - 1440
            let zone = "\(offset < 0 ? "-" : "+")\(two(abs(offset) / 60))\(two(abs(offset) % 60))"
            return "\(moment(nanoseconds(String(parts[0])) + offset * 60_000_000_000)) \(zone)"
        case .variant, .object, .array: return words(compact(cell))
        case .binary: return cell.isEmpty ? "(empty)" : cell
        case .text: return words(cell)
        }
    }

    private static func words(_ text: String) -> String {
        guard !text.isEmpty else { return "(empty)" }
        return text.reduce(into: "") { out, character in
            switch character {
            case "\\": out += "\\\\"
            case "\t": out += "\\t"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\r\n": out += "\\r\\n"
            default: out.append(character)
            }
        }
    }

    /// JSON without white space outside strings.
    private static func compact(_ text: String) -> String {
        var inString = false
        var escaped = false
        return String(
            text.unicodeScalars.reduce(into: String.UnicodeScalarView()) { out, scalar in
                if inString {
                    if !escaped, scalar == "\"" { inString = false }
                    escaped = !escaped && scalar == "\\"
                } else if scalar == "\"" {
                    inString = true
                } else if scalar.properties.isWhitespace {
                    return
                }
                out.append(scalar)
            })
    }

    /// Nanoseconds of a decimal number of seconds.
    private static func nanoseconds(_ text: String) -> Int64 {
        let parts = text.split(separator: ".", maxSplits: 1)
        let digits = (parts.count > 1 ? String(parts[1]) : "").prefix(9)
        let nanos = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
        return (Int64(parts.first ?? "0") ?? 0) * 1_000_000_000 + (text.hasPrefix("-") ? -nanos : nanos)
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func clock(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let nanos = String(nanoseconds % 1_000_000_000)
        var fraction = String(repeating: "0", count: 9 - nanos.count) + nanos
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
            + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    private static func moment(_ nanoseconds: Int64) -> String {
        let daily: Int64 = 86_400_000_000_000
        let days = nanoseconds >= 0 ? nanoseconds / daily : (nanoseconds - daily + 1) / daily
        return "\(day(days)) \(clock(nanoseconds - days * daily))"
    }

    private static func day(_ days: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(days) * 86_400)
        return date.formatted(.iso8601.year().month().day())
    }
}
