import Foundation
import Types
import Yams

extension YAMLReader {
    /// The text of this entry as a JSON document of its own; errors name the place of the text and the path inside.
    func parsedJSON() throws -> YAMLReader {
        let text = try string()
        guard YAMLReader.depth(text) <= 200 else { throw fail("is nested too deeply") }
        if let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) {
            return YAMLReader(file: file, path: path, node: YAMLReader.node(value))
        }
        // Python writes NaN and Infinity, which JSON has not and YAML takes.
        guard let node = try? Yams.compose(yaml: text) else { throw fail("is not JSON") }
        return YAMLReader(file: file, path: path, node: node)
    }

    /// A value of JSON as YAML: texts quoted, so that `"5"` stays a text.
    private static func node(_ value: Any) -> Node {
        switch value {
        case let text as String: return Node(text, .implicit, .doubleQuoted)
        case let list as [Any]: return Node(list.map(node))
        case let object as [String: Any]:
            return Node(
                object.sorted { $0.key < $1.key }.map { (Node($0.key, .implicit, .doubleQuoted), node($0.value)) })
        case let number as NSNumber:
            switch String(cString: number.objCType) {
            case "c", "B": return Node(number.boolValue ? "true" : "false")
            case "d", "f": return Node("\(number.doubleValue)")
            default: return Node("\(number)")
            }
        default: return Node("null")
        }
    }
}
