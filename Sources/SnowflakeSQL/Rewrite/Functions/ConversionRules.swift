import Types

/// TO_… and TRY_TO_…
enum ConversionRules {
    static let table: [String: FunctionRules.Rule] = {
        var table: [String: FunctionRules.Rule] = [:]
        for (prefix, isTry) in [("", false), ("TRY_", true)] {
            for name in ["TO_NUMBER", "TO_DECIMAL", "TO_NUMERIC"] { table[prefix + name] = { try number($0, isTry) } }
            for name in ["TO_DATE", "DATE"] { table[prefix + name] = { try time($0, "DATE", "sf_to_date", isTry) } }
            for name in ["TO_TIME", "TIME"] { table[prefix + name] = { try time($0, "TIME", "sf_to_time", isTry) } }
            for name in ["TO_TIMESTAMP", "TO_TIMESTAMP_NTZ"] {
                table[prefix + name] = { try time($0, "TIMESTAMP", "sf_to_timestamp", isTry) }
            }
            for name in ["TO_TIMESTAMP_LTZ", "TO_TIMESTAMP_TZ"] {
                table[prefix + name] = { try time($0, "TIMESTAMPTZ", "sf_to_timestamptz", isTry) }
            }
            table[prefix + "TO_DOUBLE"] = { call in
                try call.expect(1...2)
                return "\(isTry ? "TRY_CAST" : "CAST")(\(call[0]) AS DOUBLE)"
            }
            table[prefix + "TO_BOOLEAN"] = { call in
                try call.expect(1...1)
                return "\(isTry ? "TRY_CAST" : "CAST")(\(call[0]) AS BOOLEAN)"
            }
            table[prefix + "TO_BINARY"] = { try binary($0, isTry) }
        }
        for name in ["TO_CHAR", "TO_VARCHAR"] { table[name] = text }
        return table
    }()

    /// `TO_NUMBER(x [, 'format'] [, precision [, scale]])`
    private static func number(_ call: FunctionCall, _ isTry: Bool) throws -> String {
        try call.expect(1...4)
        let cast = isTry ? "TRY_CAST" : "CAST"
        var rest = call.arguments.dropFirst()
        var value = call[0]
        if let format = rest.first, format.string != nil {
            // Group marks are all that a number's format may add to the text.
            value = "replace(replace(CAST(\(value) AS VARCHAR), ',', ''), '$', '')"
            rest = rest.dropFirst()
        }
        let precision = rest.first?.integer ?? 38
        let scale = rest.dropFirst().first?.integer ?? 0
        guard (1...38).contains(precision), scale <= precision else {
            throw RegistryError(
                .invalidArgument, "Invalid precision or scale in \(call.name).", position: call.position)
        }
        return "\(cast)(\(value) AS \(SQLType.fixed(precision: precision, scale: scale).duckName))"
    }

    /// `TO_DATE(x [, 'format'])` and its like.
    private static func time(_ call: FunctionCall, _ type: String, _ macro: String, _ isTry: Bool) throws -> String {
        try call.expect(1...2)
        let macro = isTry ? macro.split(separator: "_", maxSplits: 1).joined(separator: "_try_") : macro
        guard call.count == 2, call.arguments[1].string?.uppercased() != "AUTO" else { return "\(macro)(\(call[0]))" }
        if let scale = call.arguments[1].integer { return "sf_epoch(\(call[0]), \(scale))" }
        guard let text = call.arguments[1].string, let format = DateRules.format(text) else {
            throw call.unsupported("This format of \(call.name)", hint: "Give the format as a constant.")
        }
        let parse = isTry ? "try_strptime" : "strptime"
        return "CAST(\(parse)(\(call[0]), \(StringLiteral.quote(format))) AS \(type))"
    }

    /// `TO_VARCHAR(x [, 'format'])`
    private static let text: FunctionRules.Rule = { call in
        try call.expect(1...2)
        guard call.count == 2 else { return "sf_varchar(\(call[0]))" }
        guard let format = call.arguments[1].string else {
            throw call.unsupported("This format of \(call.name)", hint: "Give the format as a constant.")
        }
        switch format.uppercased() {
        case "HEX": return "hex(\(call[0]))"
        case "BASE64": return "to_base64(\(call[0]))"
        case "UTF-8", "UTF8": return "decode(\(call[0]))"
        default: break
        }
        if !format.uppercased().contains(where: { "YDHS".contains($0) }), !format.uppercased().contains("MM") {
            guard format.contains(where: { "09".contains($0) }) else {
                throw call.unsupported("The format '\(format.prefix(40))'")
            }
            let digits = format.split(separator: ".").dropFirst().first?.filter { "09".contains($0) }.count ?? 0
            guard digits <= 38 else { throw call.unsupported("A format with \(digits) digits behind the point") }
            return "sf_format_number(\(call[0]), \(digits), \(format.contains(",") ? "TRUE" : "FALSE"))"
        }
        guard let strftime = DateRules.format(format) else {
            throw call.unsupported("The format '\(format.prefix(40))'")
        }
        return "strftime(\(call[0]), \(StringLiteral.quote(strftime)))"
    }

    private static func binary(_ call: FunctionCall, _ isTry: Bool) throws -> String {
        try call.expect(1...2)
        let format = call.count == 2 ? call.arguments[1].string?.uppercased() : "HEX"
        switch format {
        case "HEX": return isTry ? "sf_try_binary(\(call[0]))" : "sf_binary(\(call[0]))"
        case "UTF-8", "UTF8": return "encode(\(call[0]))"
        case "BASE64": return isTry ? "sf_try_from_base64(\(call[0]))" : "from_base64(\(call[0]))"
        default: throw call.unsupported("This format of \(call.name)", hint: "Use 'HEX', 'UTF-8' or 'BASE64'.")
        }
    }
}
