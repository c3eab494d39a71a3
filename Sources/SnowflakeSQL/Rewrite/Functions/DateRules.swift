import Types

/// Functions of dates and times whose first argument is a part (`month`), and formats.
enum DateRules {
    static let table: [String: FunctionRules.Rule] = {
        var table = special
        let parts = [
            "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "DAY": "day", "DAYOFMONTH": "day", "HOUR": "hour",
            "MINUTE": "minute", "SECOND": "second", "WEEK": "week", "WEEKOFYEAR": "week", "WEEKISO": "week",
            "DAYOFWEEK": "dayofweek", "DAYOFWEEKISO": "isodow", "DAYOFYEAR": "dayofyear", "YEAROFWEEK": "isoyear",
            "YEAROFWEEKISO": "isoyear",
        ]
        for (name, function) in parts {
            table[name] = { call in
                try call.expect(1...1)
                return "\(function)(\(value(call.arguments[0])))"
            }
        }
        return table
    }()

    /// An argument as a date or time: DuckDB takes no text where Snowflake converts it.
    private static func value(_ argument: FunctionCall.Argument) -> String {
        argument.string == nil ? argument.sql : "CAST(\(argument.sql) AS TIMESTAMP)"
    }

    private static let special: [String: FunctionRules.Rule] = [
        "DATEADD": add, "TIMEADD": add, "TIMESTAMPADD": add,
        "DATEDIFF": difference, "TIMEDIFF": difference, "TIMESTAMPDIFF": difference,
        "DATE_TRUNC": truncate,
        "TRUNC": { call in
            try call.expect(1...2)
            if call.count == 2, let word = call.arguments[1].word, Words.datePart[word] != nil,
                call.arguments[1].nodes.first?.token?.kind != .number
            {
                return "sf_date_trunc('\(try partName(word, call.position))', \(value(call.arguments[0])))"
            }
            return "sf_trunc(\(call.list))"
        },
        "DATE_PART": { call in
            try call.expect(2...2)
            return try part(call.arguments[0].word ?? "", of: value(call.arguments[1]), at: call.position)
        },
        "LAST_DAY": { call in
            try call.expect(1...2)
            guard call.count == 2, let word = call.arguments[1].word else {
                return "last_day(\(value(call.arguments[0])))"
            }
            let part = try partName(word, call.position)
            return "CAST(date_trunc('\(part)', \(call[0])) + INTERVAL 1 \(part.uppercased()) - INTERVAL 1 DAY AS DATE)"
        },
        "TIME_SLICE": slice,
        "CONVERT_TIMEZONE": { call in
            try call.expect(2...3)
            if call.count == 2 { return "timezone(\(call[0]), CAST(\(call[1]) AS TIMESTAMPTZ))" }
            return "timezone(\(call[1]), timezone(\(call[0]), CAST(\(call[2]) AS TIMESTAMP)))"
        },
    ]

    /// DuckDB's name of a part.
    ///
    /// - Throws: `invalidArgument` with the nearest part.
    static func partName(_ word: String, _ position: RegistryError.Position) throws -> String {
        if let name = Words.datePart[word] { return name }
        throw RegistryError(
            .invalidArgument, "'\(word.prefix(60))' is not a valid date/time component.",
            hint: RegistryError.nearMiss(word, Array(Set(Words.datePart.values)).map { $0.uppercased() }),
            position: position)
    }

    /// The value of one part as a number.
    static func part(_ word: String, of value: String, at position: RegistryError.Position) throws -> String {
        let name = try partName(word, position)
        return name == "nanosecond" ? "sf_nanosecond(\(value))" : "date_part('\(name)', \(value))"
    }

    private static let add: FunctionRules.Rule = { call in
        try call.expect(3...3)
        let part = try partName(call.arguments[0].word ?? "", call.position)
        let value = value(call.arguments[2])
        switch part {
        case "year", "month", "quarter", "week", "day":
            return "sf_date_add_\(part)s(\(value), \(call[1]))"
        case "hour", "minute", "second", "millisecond", "microsecond":
            return "(\(value) + to_\(part)s(CAST(\(call[1]) AS BIGINT)))"
        case "nanosecond": return "(\(value) + to_microseconds(CAST(\(call[1]) AS BIGINT) // 1000))"
        default: throw call.unsupported("\(call.name) of \(part)")
        }
    }

    private static let difference: FunctionRules.Rule = { call in
        try call.expect(3...3)
        let part = try partName(call.arguments[0].word ?? "", call.position)
        guard part != "nanosecond" else {
            return "(date_diff('microsecond', \(value(call.arguments[1])), \(value(call.arguments[2]))) * 1000)"
        }
        return "date_diff('\(part)', \(value(call.arguments[1])), \(value(call.arguments[2])))"
    }

    /// `TIME_SLICE(date, length, part [, 'START' | 'END'])`
    ///
    /// Slices are counted from 1970, those of weeks from the Monday of the week that 1970 began in. Source:
    /// https://docs.snowflake.com/en/sql-reference/functions/time_slice
    private static let slice: FunctionRules.Rule = { call in
        try call.expect(3...4)
        guard let word = call.arguments[2].word else {
            throw call.unsupported("This TIME_SLICE", hint: "Give the part as a constant.")
        }
        let part = try partName(word, call.position)
        guard ["year", "quarter", "month", "week", "day", "hour", "minute", "second"].contains(part) else {
            throw call.unsupported("TIME_SLICE of \(part)")
        }
        let side = call.count == 4 ? call.arguments[3].string?.uppercased() : "START"
        guard side == "START" || side == "END" else {
            throw RegistryError(
                .invalidArgument, "TIME_SLICE gives the 'START' or the 'END' of a slice.", position: call.position)
        }
        let origin = part == "week" ? "1969-12-29" : "1970-01-01"
        return "sf_time_slice\(side == "END" ? "_end" : "")(\(value(call.arguments[0])), "
            + "to_\(part)s(CAST(\(call[1]) AS INTEGER)), TIMESTAMP '\(origin)')"
    }

    private static let truncate: FunctionRules.Rule = { call in
        try call.expect(2...2)
        // Both orders occur: DATE_TRUNC('month', d) and TRUNC(d, 'month').
        let isFirst = call.arguments[0].word.map { Words.datePart[$0] != nil } ?? false
        let word = (isFirst ? call.arguments[0] : call.arguments[1]).word ?? ""
        return "sf_date_trunc('\(try partName(word, call.position))', \(value(call.arguments[isFirst ? 1 : 0])))"
    }

    /// Snowflake's format of dates as strptime's; nil where it has elements that strptime lacks.
    static func format(_ format: String) -> String? {
        var out = ""
        var rest = Substring(format)
        outer: while let first = rest.first {
            for (element, code) in elements where begins(rest, with: element) {
                out += code
                rest = rest.dropFirst(element.count)
                continue outer
            }
            if first == "\"" {
                let quoted = rest.dropFirst().prefix { $0 != "\"" }
                out += quoted
                rest = rest.dropFirst(quoted.count + 2)
                continue
            }
            guard first != "%" else { return nil }
            out.append(first)
            rest = rest.dropFirst()
        }
        return out
    }

    /// Whether the text begins with the upper-case element, in any case; looks no further than that.
    private static func begins(_ text: Substring, with element: String) -> Bool {
        var rest = text
        for wanted in element {
            guard let character = rest.popFirst(), character.isASCII, character.uppercased() == String(wanted) else {
                return false
            }
        }
        return true
    }

    /// Longest first.
    private static let elements: [(String, String)] = [
        ("YYYY", "%Y"), ("YY", "%y"), ("MMMM", "%B"), ("MON", "%b"), ("MM", "%m"), ("DD", "%d"), ("DY", "%a"),
        ("HH24", "%H"), ("HH12", "%I"), ("HH", "%H"), ("MI", "%M"), ("SS", "%S"), ("AM", "%p"), ("PM", "%p"),
        ("FF3", "%g"), ("FF6", "%f"), ("FF9", "%n"), ("FF", "%f"), ("TZH:TZM", "%z"), ("TZHTZM", "%z"), ("TZH", "%z"),
    ]
}
