import Types

/// A column's type as SHOW COLUMNS tells it: `{"type":"TEXT","length":5,"byteLength":20,"nullable":true,"fixed":false}`.
///
/// Source: https://docs.snowflake.com/en/sql-reference/sql/show-columns
enum ShownType {
    /// - Parameter declared: the type as DESCRIBE shows it.
    static func json(_ declared: String, isNullable: Bool) -> String {
        let nullable = "\"nullable\":\(isNullable)"
        guard let type = SQLType(parsing: declared) else {
            return SyntaxNode.make(["type": .string(declared), "nullable": .bool(isNullable)]).json
        }
        return switch type {
        case .fixed(let precision, let scale):
            "{\"type\":\"FIXED\",\"precision\":\(precision),\"scale\":\(scale),\(nullable)}"
        case .text(let length):
            "{\"type\":\"TEXT\",\"length\":\(length),\"byteLength\":\(min(4 * length, SQLType.maximumTextLength)),"
                + "\(nullable),\"fixed\":false}"
        case .binary(let length):
            "{\"type\":\"BINARY\",\"length\":\(length),\"byteLength\":\(length),\(nullable),\"fixed\":true}"
        case .time(let scale), .timestampNTZ(let scale), .timestampLTZ(let scale), .timestampTZ(let scale):
            "{\"type\":\"\(type.wireName.uppercased())\",\"precision\":0,\"scale\":\(scale),\(nullable)}"
        default: "{\"type\":\"\(type.wireName.uppercased())\",\(nullable)}"
        }
    }
}
