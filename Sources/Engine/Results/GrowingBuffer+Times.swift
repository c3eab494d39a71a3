import Arrow
import Types

/// Dates and times as text: `2024-02-29`, `12:34:56.000000`, `2024-02-29 12:34:56.000000`.
extension GrowingBuffer {
    func append(date days: Int32) {
        guard days != .max, days != -.max else {
            append(days > 0 ? "infinity" : "-infinity")
            return
        }
        let date = CivilDate(daysSince1970: Int64(days))
        let year = date.year.magnitude
        if date.year < 0 { append(byte: UInt8(ascii: "-")) }
        if year < 10_000 { append(digits: year, count: 4) } else { append(integer: Int64(year)) }
        append(byte: UInt8(ascii: "-"))
        append(digits: date.month.magnitude, count: 2)
        append(byte: UInt8(ascii: "-"))
        append(digits: date.day.magnitude, count: 2)
    }

    func append(timeMicros micros: Int64) {
        append(seconds: micros / 1_000_000)
        append(byte: UInt8(ascii: "."))
        append(digits: UInt64(micros % 1_000_000), count: 6)
    }

    func append(timeNanos nanos: Int64) {
        append(seconds: nanos / 1_000_000_000)
        append(byte: UInt8(ascii: "."))
        append(digits: UInt64(nanos % 1_000_000_000), count: 9)
    }

    /// Microseconds in the upper 40 bits; in the lower 24 the offset in seconds, counted down from 57,599.
    func append(timeTZ bits: UInt64) {
        append(timeMicros: Int64(bits >> 24))
        let offset = 57_599 - Int64(bits & 0xFF_FFFF)
        append(byte: offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        append(digits: UInt64(offset.magnitude / 3600), count: 2)
        append(byte: UInt8(ascii: ":"))
        append(digits: UInt64(offset.magnitude / 60 % 60), count: 2)
    }

    /// - Parameter perSecond: Units of a second, 1 to 1,000,000,000. Nanoseconds show 9 digits, all others 6.
    func append(timestamp value: Int64, perSecond: Int64) {
        guard value != .max, value != -.max else {
            append(value > 0 ? "infinity" : "-infinity")
            return
        }
        let (seconds, units) = value.flooredQuotientAndRemainder(dividingBy: perSecond)
        let (days, secondOfDay) = seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
        append(date: Int32(clamping: days))
        append(byte: UInt8(ascii: " "))
        append(seconds: secondOfDay)
        append(byte: UInt8(ascii: "."))
        if perSecond > 1_000_000 {
            append(digits: UInt64(units), count: 9)
        } else {
            append(digits: UInt64(units * (1_000_000 / perSecond)), count: 6)
        }
    }

    /// As DuckDB writes it: `1 year 2 months 3 days 04:05:06.000007`.
    func append(intervalMonths months: Int32, days: Int32, micros: Int64) {
        let start = count
        func part(_ number: Int32, _ unit: StaticString) {
            guard number != 0 else { return }
            if count > start { append(byte: UInt8(ascii: " ")) }
            append(integer: Int64(number))
            append(unit)
            if number != 1 && number != -1 { append(byte: UInt8(ascii: "s")) }
        }
        part(months / 12, " year")
        part(months % 12, " month")
        part(days, " day")
        guard micros != 0 || count == start else { return }
        if count > start { append(byte: UInt8(ascii: " ")) }
        if micros < 0 { append(byte: UInt8(ascii: "-")) }
        let magnitude = micros.magnitude
        let hours = magnitude / 3_600_000_000
        append(digits: hours, count: max(2, hours.description.utf8.count))
        append(byte: UInt8(ascii: ":"))
        append(digits: magnitude / 60_000_000 % 60, count: 2)
        append(byte: UInt8(ascii: ":"))
        append(digits: magnitude / 1_000_000 % 60, count: 2)
        guard magnitude % 1_000_000 != 0 else { return }
        append(byte: UInt8(ascii: "."))
        append(digits: magnitude % 1_000_000, count: 6)
    }

    private func append(seconds: Int64) {
        append(digits: UInt64(seconds / 3600), count: 2)
        append(byte: UInt8(ascii: ":"))
        append(digits: UInt64(seconds / 60 % 60), count: 2)
        append(byte: UInt8(ascii: ":"))
        append(digits: UInt64(seconds % 60), count: 2)
    }
}

extension Int64 {
    /// Quotient rounded down, and a remainder that is not negative.
    @inline(__always)
    func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
