import Arrow
import Foundation
import Types

/// A cell of a stored result, turned into text that DuckDB casts back to the column's type.
enum ResultCell {
    /// From the wire's JSON form: seconds and nanoseconds become times, hexadecimal becomes an escaped blob.
    static func sql(ofWire text: String, _ type: SQLType) -> String {
        switch type {
        case .boolean: text == "1" || text == "true" ? "true" : "false"
        case .date: date(Int64(text) ?? 0)
        case .time: time(nanoseconds(text))
        case .timestampNTZ, .timestampLTZ, .timestampTZ: timestamp(nanoseconds(text))
        case .binary: blob(text)
        default: text
        }
    }

    /// The rows of an Arrow stream of our own.
    ///
    /// - Throws: `corrupt`.
    static func rows(ofArrow bytes: [UInt8], _ columns: [ResultColumn]) throws -> [[String?]] {
        guard !bytes.isEmpty else { return [] }
        var reader = try ArrowStreamReader(bytes)
        var rows: [[String?]] = []
        while let batch = try reader.nextBatch() {
            for row in 0..<batch.rowCount {
                rows.append(
                    zip(batch.columns, columns).map { view, column in
                        view.isValid(row) ? sql(of: view.value(row), column.type) : nil
                    })
            }
        }
        return rows
    }

    private static func sql(of value: ArrowValue, _ type: SQLType) -> String {
        switch value {
        case .null: return ""
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number):
            switch type {
            case .fixed(_, let scale) where scale > 0: return scaled(number, scale)
            case .date: return date(Int64(clamping: number))
            case .time(let scale): return time(Int64(clamping: number) * power(9 - scale))
            case .timestampNTZ(let scale), .timestampLTZ(let scale), .timestampTZ(let scale):
                return timestamp(Int64(clamping: number) * power(9 - scale))
            default: return "\(number)"
            }
        case .real(let number): return "\(number)"
        case .text(let text): return text
        case .binary(let bytes): return escaped(bytes)
        case .struct(let fields):
            guard fields.count >= 2, case .integer(let seconds) = fields[0], case .integer(let fraction) = fields[1]
            else {
                return ""
            }
            return timestamp(Int64(clamping: seconds) * 1_000_000_000 + Int64(clamping: fraction))
        }
    }

    private static func power(_ exponent: Int) -> Int64 { (0..<max(0, exponent)).reduce(1) { power, _ in power * 10 } }

    private static func scaled(_ number: Int128, _ scale: Int) -> String {
        let digits = String(number.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return "\(number < 0 ? "-" : "")\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// Nanoseconds of `seconds.nanos`, also of a negative time.
    private static func nanoseconds(_ text: String) -> Int64 {
        let number = text.split(separator: " ").first ?? ""
        let parts = number.split(separator: ".", maxSplits: 1)
        let seconds = Int64(parts.first ?? "0") ?? 0
        let digits = (parts.count > 1 ? String(parts[1]) : "").prefix(9)
        let nanos = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
        return seconds * 1_000_000_000 + (number.hasPrefix("-") ? -nanos : nanos)
    }

    private static func parts(_ nanoseconds: Int64) -> (seconds: Int64, nanos: Int64) {
        let seconds = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000
        return (seconds, nanoseconds - seconds * 1_000_000_000)
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func time(_ nanoseconds: Int64) -> String {
        let (seconds, nanos) = parts(nanoseconds)
        let micros = String(nanos / 1000)
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
            + ".\(String(repeating: "0", count: 6 - micros.count))\(micros)"
    }

    private static func timestamp(_ nanoseconds: Int64) -> String {
        let (seconds, nanos) = parts(nanoseconds)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        return "\(date(days)) \(time((seconds - days * 86_400) * 1_000_000_000 + nanos))"
    }

    /// The civil date of a day since 1970. Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    private static func date(_ day: Int64) -> String {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let civil = year + era * 400 + (month <= 2 ? 1 : 0)
        let text = String(civil.magnitude)
        let padded = String(repeating: "0", count: max(0, 4 - text.count)) + text
        return "\(civil < 0 ? "-" : "")\(padded)-\(two(month))-\(two(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))"
    }

    private static func blob(_ hex: String) -> String {
        var out = ""
        var digits = hex[...]
        while digits.count >= 2 {
            out += "\\x\(digits.prefix(2))"
            digits = digits.dropFirst(2)
        }
        return out
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        blob(bytes.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined())
    }
}
