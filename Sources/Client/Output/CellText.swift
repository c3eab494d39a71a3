import Types

/// Cells of the wire's JSON form, made readable.
///
/// Dates are `2026-01-31`, times `10:20:30`, timestamps `2026-01-31 10:20:30.000`; fractions have three, six or nine
/// digits, as many as are needed. Booleans are `true` and `false`, bytes are hexadecimal, nested values JSON.
package enum CellText {
    /// - Parameter wire: a cell as it came; not NULL.
    package static func text(_ wire: String, _ type: String) -> String {
        switch type {
        case "boolean": return wire == "1" || wire.lowercased() == "true" ? "true" : "false"
        case "date": return Int64(wire).map(CivilTime.date) ?? wire
        case "time":
            guard let (seconds, nanos) = moment(wire), seconds >= 0 else { return wire }
            return CivilTime.clock(seconds) + CivilTime.fraction(nanos, least: 0)
        case "timestamp_ntz": return timestamp(wire, offset: nil)
        case "timestamp_ltz": return timestamp(wire, offset: 0)
        case "timestamp_tz":
            let parts = wire.split(separator: " ")
            // The offset is in minutes, and 1440 stands for none.
            let minutes = parts.count > 1 ? (Int64(parts[1]) ?? 1440) - 1440 : 0
            return timestamp(String(parts.first ?? ""), offset: minutes)
        default: return wire
        }
    }

    private static func timestamp(_ wire: String, offset minutes: Int64?) -> String {
        guard let (seconds, nanos) = moment(wire) else { return wire }
        let local = seconds + (minutes ?? 0) * 60
        let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        var text = "\(CivilTime.date(day)) \(CivilTime.clock(local - day * 86_400))"
        text += CivilTime.fraction(nanos, least: 3)
        if let minutes {
            let size = minutes.magnitude
            text += " \(minutes < 0 ? "-" : "+")\(CivilTime.two(Int64(size / 60)))\(CivilTime.two(Int64(size % 60)))"
        }
        return text
    }

    /// Seconds rounded down, and nanoseconds, of `seconds.fraction`.
    private static func moment(_ wire: String) -> (seconds: Int64, nanos: Int64)? {
        let parts = wire.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int64(parts[0] == "-" ? "-0" : parts[0]), whole.magnitude < 1 << 50 else { return nil }
        let digits = parts.count > 1 ? String(parts[1].prefix(9)) : ""
        guard let nanos = Int64(digits + String(repeating: "0", count: 9 - digits.count)) else { return nil }
        guard wire.hasPrefix("-"), nanos > 0 else { return (whole, nanos) }
        return (whole - 1, 1_000_000_000 - nanos)
    }
}

/// Days and seconds in the Gregorian calendar.
enum CivilTime {
    static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Of seconds since midnight.
    static func clock(_ seconds: Int64) -> String {
        "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    /// A point and three, six or nine digits, as many as are needed; nothing for zero where `least` is 0.
    static func fraction(_ nanos: Int64, least: Int) -> String {
        if nanos == 0, least == 0 { return "" }
        let digits = String(repeating: "0", count: 9 - String(nanos).count) + String(nanos)
        let count = nanos % 1_000_000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9
        return ".\(digits.prefix(max(count, least)))"
    }

    /// Of a day since 1970; the number itself where that is no date.
    static func date(_ day: Int64) -> String {
        day.magnitude < 1 << 40 ? CivilDate(daysSince1970: day).text : "\(day)"
    }
}
