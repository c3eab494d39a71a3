import Foundation
import Types
import Yams

extension YAMLReader {
    /// The value as JSON text: plain scalars as the numbers, booleans and nulls that they look like.
    func json() throws -> String {
        var budget = 100_000
        let value = try jsonValue(depth: 0, budget: &budget)
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    /// - Parameter budget: values that may still be made: aliases could multiply a small text without end.
    private func jsonValue(depth: Int, budget: inout Int) throws -> Any {
        budget -= 1
        guard depth < 64, budget > 0 else { throw fail("is too large or nested too deeply") }
        switch node {
        case .scalar(let scalar):
            if isNull { return NSNull() }
            guard scalar.style == .plain || scalar.style == .any else { return scalar.string }
            if scalar.string == "true" || scalar.string == "false" { return scalar.string == "true" }
            if let number = Int(scalar.string) { return number }
            if let number = Double(scalar.string), number.isFinite { return number }
            return scalar.string
        case .sequence:
            var values: [Any] = []
            for entry in try list() { values.append(try entry.jsonValue(depth: depth + 1, budget: &budget)) }
            return values
        case .mapping:
            var values: [String: Any] = [:]
            for entry in try entries() {
                values[entry.key] = try entry.value.jsonValue(depth: depth + 1, budget: &budget)
            }
            return values
        default: throw fail("can't be read")
        }
    }
}
