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
        case .time: time(Instant(wire: text))
        case .timestampNTZ, .timestampLTZ, .timestampTZ: timestamp(Instant(wire: text))
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
            case .time(let scale): return time(Instant(units: number, scale: scale))
            case .timestampNTZ(let scale), .timestampLTZ(let scale), .timestampTZ(let scale):
                return timestamp(Instant(units: number, scale: scale))
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
            return timestamp(Instant(seconds: seconds, nanos: fraction))
        }
    }

    private static func scaled(_ number: Int128, _ scale: Int) -> String {
        let digits = String(number.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return "\(number < 0 ? "-" : "")\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// More days than 2^63 seconds have.
    private static let farthestDay: Int64 = 1 << 48

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func time(_ instant: Instant) -> String {
        let seconds = instant.seconds
        let micros = String(instant.nanos / 1000)
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
            + ".\(String(repeating: "0", count: 6 - micros.count))\(micros)"
    }

    /// A time of the catalog.
    static func timestamp(milliseconds: Int64) -> String { timestamp(Instant(units: Int128(milliseconds), scale: 3)) }

    private static func timestamp(_ instant: Instant) -> String {
        guard !instant.isInfinite else { return instant.seconds > 0 ? "infinity" : "-infinity" }
        let (days, secondOfDay) = instant.seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
        return "\(date(days)) \(time(Instant(seconds: Int128(secondOfDay), nanos: Int128(instant.nanos))))"
    }

    /// The date of a day since 1970.
    private static func date(_ day: Int64) -> String {
        // DuckDB's infinite dates; days beyond those of all timestamps are no dates, and DuckDB refuses their text.
        if day.magnitude == UInt64(Int32.max) { return day > 0 ? "infinity" : "-infinity" }
        return CivilDate(daysSince1970: min(max(day, -farthestDay), farthestDay)).text
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

/// A point in time since 1970, or a time since midnight. Seconds and nanoseconds are kept apart: together, in 64 bits,
/// they would end in the year 2262.
private struct Instant {
    /// Rounded down.
    let seconds: Int64
    /// In `0..<1_000_000_000`.
    let nanos: Int64

    /// - Parameter nanos: added to the seconds, of any size and sign.
    init(seconds: Int128, nanos: Int128) {
        let (carry, rest) = Int64(clamping: nanos).flooredQuotientAndRemainder(dividingBy: 1_000_000_000)
        self.seconds = Int64(clamping: Int128(Int64(clamping: seconds)) + Int128(carry))
        self.nanos = rest
    }

    /// A number of units of `10^-scale` seconds.
    init(units: Int128, scale: Int) {
        let digits = min(max(scale, 0), 9)
        let (seconds, rest) = Int64(clamping: units).flooredQuotientAndRemainder(dividingBy: Instant.powers[digits])
        self.seconds = seconds
        // The rest is less than 10^digits.
        nanos = rest * Instant.powers[9 - digits]
    }

    /// `seconds.nanos`, its sign for the whole; what follows a space, an offset, is left out.
    init(wire text: String) {
        let number = text.split(separator: " ").first ?? ""
        let isNegative = number.hasPrefix("-")
        let parts = (isNegative ? number.dropFirst() : number).split(separator: ".", maxSplits: 1)
        let seconds = Int128(Int64(parts.first ?? "0") ?? 0)
        let digits = (parts.count > 1 ? String(parts[1]) : "").prefix(9)
        let nanos = Int128(Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0)
        self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
    }

    /// Whether it is one of DuckDB's infinite timestamps: the greatest number of microseconds, and its negative.
    var isInfinite: Bool {
        seconds == 9_223_372_036_854 && nanos == 775_807_000
            || seconds == -9_223_372_036_855 && nanos == 224_193_000
    }

    private static let powers: [Int64] = (0...9).map { (0..<$0).reduce(1) { power, _ in power * 10 } }
}
