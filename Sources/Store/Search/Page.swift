/// Where a page ends: the values that its last row is ordered by. The next page begins after them, whether that row is
/// still there or not.
package struct PageKey: Hashable, Sendable {
    package let values: [CatalogValue]

    package init(_ values: [CatalogValue]) { self.values = values }
}

/// A row that a search found, with its place in the order.
package struct Found<Row> {
    package let row: Row
    package let key: PageKey
}

/// A page of what a search found.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    /// Where the page ends; nil where nothing follows it.
    package let end: PageKey?

    package init(_ items: [Item], end: PageKey?) {
        self.items = items
        self.end = end
    }

    /// - Parameter found: with one row more than the limit, where another page follows.
    package init(_ found: [Found<Item>], limit: Int) {
        items = found.prefix(limit).map(\.row)
        end = found.count > limit ? found.prefix(limit).last?.key : nil
    }

    package func map<Other>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(try items.map(transform), end: end)
    }
}
