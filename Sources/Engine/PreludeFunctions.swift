import DuckDB
import Types

/// The functions of ours that the prelude's macros call: what DuckDB lacks to say no.
///
/// DuckDB keeps the texts and lists that its scalar functions make outside its memory limit, for up to 2,048 rows at a
/// time. Macros that make a large value of a small argument therefore ask first: `REPEAT(t, n)` is
/// `repeat(t, roost_text_size('REPEAT', n, strlen(t)))`. The question stands in the place of the argument, so that
/// DuckDB can't compute the value before it, as it does with constants while it plans.
///
/// Users' queries can't call these functions: they are on no allow-list.
enum PreludeFunctions {
    /// Makes the functions known to every connection of the database; to be done before the prelude runs.
    static func register(on connection: Connection) throws {
        try registerTextSize(on: connection)
        try registerRangeEnd(on: connection)
        try registerUnknownColumn(on: connection)
    }

    /// `roost_text_size(function, count, bytes)`: the count, for a text of so many pieces of so many bytes.
    private static func registerTextSize(on connection: Connection) throws {
        try ScalarFunction.register(
            on: connection, name: "roost_text_size", arguments: [.varchar, .bigint, .bigint], returns: .bigint
        ) { input, output in
            let (functions, counts, sizes) = (input.vector(0), input.vector(1), input.vector(2))
            let (named, counted, sized) = (functions.validity, counts.validity, sizes.validity)
            let count = counts.values(as: Int64.self)
            let size = sizes.values(as: Int64.self)
            let result = output.values(as: Int64.self)
            var room = Room.texts
            for row in 0..<input.rowCount where named[row] && counted[row] && sized[row] {
                try room.take(Int128(max(0, count[row])) * Int128(max(0, size[row])), functions.strings.text(row))
                result[row] = count[row]
            }
        }
    }

    /// `roost_range_end(function, start, end, step)`: the end, for a list of the numbers from the start to before the
    /// end.
    private static func registerRangeEnd(on connection: Connection) throws {
        try ScalarFunction.register(
            on: connection, name: "roost_range_end", arguments: [.varchar, .bigint, .bigint, .bigint], returns: .bigint
        ) { input, output in
            let (functions, starts) = (input.vector(0), input.vector(1))
            let (ends, steps) = (input.vector(2), input.vector(3))
            let (named, started) = (functions.validity, starts.validity)
            let (ended, stepped) = (ends.validity, steps.validity)
            let start = starts.values(as: Int64.self)
            let end = ends.values(as: Int64.self)
            let step = steps.values(as: Int64.self)
            let result = output.values(as: Int64.self)
            var room = Room.arrays
            for row in 0..<input.rowCount where named[row] && started[row] && ended[row] && stepped[row] {
                let elements = PreludeFunctions.elements(from: start[row], to: end[row], by: step[row])
                try room.take(elements, functions.strings.text(row))
                result[row] = end[row]
            }
        }
    }

    /// How many numbers there are from `start` to before `end`.
    private static func elements(from start: Int64, to end: Int64, by step: Int64) -> Int128 {
        let distance = step > 0 ? Int128(end) - Int128(start) : Int128(start) - Int128(end)
        let stride = Int128(step).magnitude
        guard step != 0, distance > 0 else { return 0 }
        return (distance + Int128(stride) - 1) / Int128(stride)
    }

    /// `roost_unknown_column(name)`: fails, for a name that DuckDB takes for a value of its own.
    private static func registerUnknownColumn(on connection: Connection) throws {
        try ScalarFunction.register(
            on: connection, name: "roost_unknown_column", arguments: [.varchar], returns: .varchar
        ) { input, _ in
            guard input.rowCount > 0 else { return }
            let names = input.vector(0)
            throw RegistryError(.unknownColumn, "Column '\(names.strings.text(0))' does not exist in this query.")
        }
    }
}

/// How large the values may be that one call makes, each and all that DuckDB works on at once.
private struct Room {
    /// What a value is, e.g. `a text`.
    let value: String
    /// What it is measured in, e.g. `bytes`.
    let unit: String
    let largest: Int128
    let largestTogether: Int128
    private var taken: Int128 = 0

    private init(value: String, unit: String, largest: Int128, largestTogether: Int128) {
        self.value = value
        self.unit = unit
        self.largest = largest
        self.largestTogether = largestTogether
    }

    /// 16 MiB a text, Snowflake's own limit; 256 MiB together.
    ///
    /// Source: https://docs.snowflake.com/en/sql-reference/data-types-text
    static var texts: Room {
        Room(value: "a text", unit: "bytes", largest: 16 << 20, largestTogether: 256 << 20)
    }

    /// A million (2 to the 20th) elements an array; four million together.
    static var arrays: Room {
        Room(value: "an array", unit: "elements", largest: 1 << 20, largestTogether: 4 << 20)
    }

    /// - Throws: `limitExceeded` where a value of this size is too large, or one too many.
    mutating func take(_ size: Int128, _ function: @autoclosure () -> String) throws {
        guard size <= largest else {
            throw RegistryError(
                .limitExceeded,
                "\(function()) would make \(value) of \(size) \(unit): at most \(largest) are allowed.")
        }
        taken += size
        guard taken <= largestTogether else {
            throw RegistryError(
                .limitExceeded,
                "\(function()) would make \(taken) \(unit) for the rows that are worked on together: "
                    + "at most \(largestTogether) are allowed.",
                hint: "Make the values shorter.")
        }
    }
}
