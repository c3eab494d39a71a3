import Foundation

extension MLflowSignature.Parameter {
    /// The default as SQL text; `NULL` stands for MLflow's own default.
    var defaultSQL: String {
        guard
            let value = try? JSONSerialization.jsonObject(with: Data(defaultJSON.utf8), options: .fragmentsAllowed)
        else { return "NULL" }
        let literal = MLflowSignature.Parameter.literal(value)
        switch type {
        case .scalar(.datetime) where !isList && literal != "NULL": return literal + "::TIMESTAMP_NTZ"
        case .scalar(.double) where !isList, .scalar(.float) where !isList:
            return value is String ? literal + "::FLOAT" : literal
        default: return literal
        }
    }

    private static func literal(_ value: Any) -> String {
        switch value {
        case let text as String:
            return "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "''"))'"
        case let list as [Any]: return "[\(list.map(literal).joined(separator: ", "))]"
        case let object as [String: Any]:
            let members = object.sorted { $0.key < $1.key }.map { "\(literal($0.key)), \(literal($0.value))" }
            return "OBJECT_CONSTRUCT_KEEP_NULL(\(members.joined(separator: ", ")))"
        case let number as NSNumber:
            switch String(cString: number.objCType) {
            case "c", "B": return number.boolValue ? "true" : "false"
            case "d", "f": return "\(number.doubleValue)"
            default: return "\(number)"
            }
        default: return "NULL"
        }
    }
}
