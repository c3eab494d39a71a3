/// One value of a catalog row or argument: what SQLite and PostgreSQL both hold without conversion.
///
/// There are no dates, booleans or JSON: times are integers of milliseconds since 1970, booleans 0 and 1, JSON is text.
package enum CatalogValue: Hashable, Sendable {
    case null
    case int(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// 1 for true, 0 for false.
    package static func bool(_ value: Bool) -> CatalogValue { .int(value ? 1 : 0) }
    package static func optional(_ value: Int64?) -> CatalogValue { value.map(CatalogValue.int) ?? .null }
    package static func optional(_ value: String?) -> CatalogValue { value.map(CatalogValue.text) ?? .null }
}

extension CatalogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(nilLiteral: ()) { self = .null }
}
