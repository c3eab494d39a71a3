/// Which of the deleted and the active ones a search is about.
package enum ViewType: String, Sendable {
    case active = "ACTIVE_ONLY"
    case deleted = "DELETED_ONLY"
    case all = "ALL"

    package func condition(_ column: String) -> String? {
        switch self {
        case .active: "\(column) = 'active'"
        case .deleted: "\(column) = 'deleted'"
        case .all: nil
        }
    }
}

/// A page of what a search found.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    /// Where the next page begins, nil at the end.
    package let next: Int?

    /// - Parameter items: up to one more than the limit, which says that another page follows.
    package init(_ items: [Item], offset: Int, limit: Int) {
        self.items = Array(items.prefix(limit))
        next = items.count > limit ? offset + limit : nil
    }

    package init(_ items: [Item], next: Int?) {
        self.items = items
        self.next = next
    }
}

/// What a search asks for.
package struct SearchRequest: Sendable {
    package var filter = ""
    package var order: [OrderKey] = []
    package var view = ViewType.active
    package var limit = 100
    package var offset = 0

    package init() {}
}
