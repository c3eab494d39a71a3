import Access
import Inference
import Registry
import Types

/// SYSTEM$… functions: computed while a query is planned, since their arguments are constants.
extension StatementContext {
    private static let systemFunctions = [
        "SYSTEM$CANCEL_ALL_QUERIES", "SYSTEM$CANCEL_QUERY", "SYSTEM$DGQL", "SYSTEM$GENERATE_MODEL_INFERENCE_TEMPLATE",
        "SYSTEM$GET_TAG", "SYSTEM$ML_PLATFORM_CAPABILITIES", "SYSTEM$WAIT",
    ]

    /// The units of SYSTEM$WAIT, in seconds.
    ///
    /// Source: https://docs.snowflake.com/en/sql-reference/functions/system_wait
    private static let waitUnits: [String: Double] = [
        "DAYS": 86_400, "HOURS": 3_600, "MINUTES": 60, "SECONDS": 1, "MILLISECONDS": 1e-3, "MICROSECONDS": 1e-6,
        "NANOSECONDS": 1e-9,
    ]

    /// The value of a system function as a SQL literal.
    ///
    /// - Throws: `unknownFunction` for one that there is not, `invalidArgument` for arguments that are no literals.
    func systemFunction(_ name: String, _ arguments: [SyntaxNode]) throws -> String {
        let name = name.uppercased()
        func text(_ index: Int) throws -> String {
            guard arguments.indices.contains(index), arguments[index].name("class") == "CONSTANT",
                let value = arguments[index]["value"]
            else {
                throw RegistryError(.invalidArgument, "\(name) needs a literal as argument \(index + 1).")
            }
            let scale: Int? =
                if case .number(let digits) = value["type"]?["type_info"]?["scale"] ?? .null { Int(digits) } else {
                    nil
                }
            switch value["value"] {
            case .number(let text): return StatementContext.decimal(text, scale: scale ?? 0)
            case .string(let text): return text
            default: throw RegistryError(.invalidArgument, "\(name) needs a value as argument \(index + 1).")
            }
        }
        switch name {
        // The client then writes each method's volatility into the manifest; in all else it takes the plain path.
        case "SYSTEM$ML_PLATFORM_CAPABILITIES": return "'{\"SET_MODULE_FUNCTIONS_VOLATILITY_FROM_MANIFEST\":true}'"
        case "SYSTEM$CANCEL_ALL_QUERIES":
            guard let id = Int64(try text(0)), let other = engine.session(id), other.account.id == session.account.id,
                session.confinedTo == nil || other.id == session.id
            else {
                throw RegistryError.missing("Session", String(try text(0).prefix(40)))
            }
            if !request.describeOnly { other.cancelAll(except: run) }
            return "'queries cancelled.'"
        case "SYSTEM$CANCEL_QUERY":
            let id = try text(0)
            guard let other = engine.execution(id.lowercased()), session.mayRead(other) else {
                throw RegistryError.missing("Query", String(id.prefix(64)))
            }
            if !request.describeOnly { other.cancel() }
            return "'query [\(other.id)] terminated.'"
        case "SYSTEM$GENERATE_MODEL_INFERENCE_TEMPLATE":
            let template = try inferenceTemplate(
                model: try text(0), version: arguments.count > 1 ? try text(1) : nil,
                method: arguments.count > 2 ? try text(2) : nil)
            return QuotedText.literal(template)
        case "SYSTEM$GET_TAG":
            let tag = try fullName(PartialName(try Identifier.split(try text(0))), kind: "tag")
            let object = try fullName(PartialName(try Identifier.split(try text(1))), kind: "object")
            let value = try engine.registry.tagValue(tag, on: try taggedKind(try text(2)), object, as: principal)
            return value.map(BindingLiteral.quote) ?? "NULL::VARCHAR"
        case "SYSTEM$DGQL":
            // Lineage is not kept: every question has no edges for an answer.
            let direction = try text(0).contains("downstream") ? "downstream" : "upstream"
            return BindingLiteral.quote("{\"data\":{\"V\":{\"\(direction)\":{\"E\":[]}}}}")
        case "SYSTEM$WAIT":
            let amount = try text(0)
            let unit = try arguments.count > 1 ? text(1).uppercased() : "SECONDS"
            guard let length = StatementContext.waitUnits[unit] else {
                throw RegistryError(
                    .invalidArgument, "'\(unit.prefix(40))' is no unit of SYSTEM$WAIT.",
                    hint: "Use DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS, MICROSECONDS or NANOSECONDS.")
            }
            guard let number = Double(amount), (0...3600).contains(number * length) else {
                throw RegistryError(.invalidArgument, "SYSTEM$WAIT waits for at most one hour.")
            }
            if !request.describeOnly { try wait(number * length) }
            return BindingLiteral.quote("waited \(amount) \(unit.lowercased())")
        default:
            if let operation = engine.operations[name] {
                return try perform(operation, name, try arguments.indices.map(text))
            }
            throw RegistryError(
                .unknownFunction, "Unknown function \(name).",
                hint: RegistryError.nearMiss(name, StatementContext.systemFunctions))
        }
    }

    /// A DECIMAL constant of the tree, which holds its digits without the point.
    private static func decimal(_ digits: String, scale: Int) -> String {
        guard scale > 0, digits.allSatisfy({ $0.isNumber || $0 == "-" }) else { return digits }
        let sign = digits.hasPrefix("-") ? "-" : ""
        let plain = digits.dropFirst(sign.count)
        let padded = String(repeating: "0", count: max(0, scale + 1 - plain.count)) + plain
        return "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// Waits, unless the statement is cancelled.
    private func wait(_ seconds: Double) throws {
        guard cancellation.waitForCancellation(seconds: seconds) else { return }
        throw RegistryError(.cancelled, "The statement was cancelled.")
    }
}
