/// A day in the Gregorian calendar, also before it was made.
package struct CivilDate: Hashable, Sendable {
    /// 0 is the year before 1.
    package let year: Int64
    /// In `1...12`.
    package let month: Int64
    /// In `1...31`.
    package let day: Int64

    /// - Parameter days: since 1970-01-01, less than 2^60 either way.
    ///
    /// Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    @inlinable
    package init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-01-31`; years of more than four digits as they are, those before 0 with a minus.
    package var text: String {
        func padded(_ number: Int64, _ count: Int) -> String {
            let digits = String(number.magnitude)
            return String(repeating: "0", count: max(0, count - digits.count)) + digits
        }
        return "\(year < 0 ? "-" : "")\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
