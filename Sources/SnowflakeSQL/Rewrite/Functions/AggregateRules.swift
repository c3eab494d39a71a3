import Types

/// Aggregates and window functions whose form differs.
enum AggregateRules {
    static let table: [String: FunctionRules.Rule] = [
        "ARRAY_AGG": { call in try arrayAgg(call, distinct: call.distinct) },
        "ARRAYAGG": { call in try arrayAgg(call, distinct: call.distinct) },
        "ARRAY_UNIQUE_AGG": { call in try arrayAgg(call, distinct: "DISTINCT ") },
        "OBJECT_AGG": { call in
            try call.expect(2...2)
            return "sf_object_from(list(sf_pair(\(call[0]), \(call[1])))\(FunctionCall.over))"
        },
        "LISTAGG": listAgg, "STRING_AGG": listAgg,
        "RATIO_TO_REPORT": { call in
            try call.expect(1...1)
            return "(CAST(\(call[0]) AS DOUBLE) / nullif(sum(\(call[0]))\(FunctionCall.over), 0))"
        },
        "BOOLXOR_AGG": { call in
            try call.expect(1...1)
            return "(count_if(CAST(\(call[0]) AS BOOLEAN))\(FunctionCall.over) = 1)"
        },
        "PERCENTILE_CONT": { call in try percentile(call, "quantile_cont") },
        "PERCENTILE_DISC": { call in try percentile(call, "quantile_disc") },
        "COUNT": { call in
            guard call.count > 1 else { return "COUNT(\(call.distinct)\(call.list))" }
            // Rows with a NULL in any of the arguments do not count.
            let isWhole = call.arguments.map { "(\($0.sql)) IS NOT NULL" }.joined(separator: " AND ")
            return "COUNT(\(call.distinct)CASE WHEN \(isWhole) THEN (\(call.list)) END)"
        },
        "GROUPING_ID": { call in "GROUPING(\(call.list))" },
    ]

    private static func arrayAgg(_ call: FunctionCall, distinct: String) throws -> String {
        try call.expect(1...1)
        let order = call.order.map { " ORDER BY \($0)" } ?? ""
        return "sf_agg_array(list(\(distinct)sf_element_or_null(\(call[0]))\(order))\(FunctionCall.over))"
    }

    private static let listAgg: FunctionRules.Rule = { call in
        try call.expect(1...2)
        let separator = call.count == 2 ? call[1] : "''"
        let order = call.order.map { " ORDER BY \($0)" } ?? ""
        return "coalesce(string_agg(\(call.distinct)\(call[0]), \(separator)\(order))\(FunctionCall.over), '')"
    }

    private static func percentile(_ call: FunctionCall, _ function: String) throws -> String {
        try call.expect(1...1)
        guard let order = call.order else {
            throw RegistryError(.syntax, "\(call.name) needs WITHIN GROUP (ORDER BY …).", position: call.position)
        }
        let isDescending = order.uppercased().hasSuffix(" DESC")
        let value = isDescending ? String(order.dropLast(5)) : order
        return "\(function)(\(value), \(isDescending ? "1 - \(call[0])" : call[0]))"
    }
}
