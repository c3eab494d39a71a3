import Engine
import Store
import Types

extension MLflowDoor {
    /// What a search asks for, and a text that stands for it in page tokens.
    ///
    /// - Parameters:
    ///   - kind: what is searched for.
    ///   - order: nil for the argument `order_by`.
    ///   - scope: what else says where is searched.
    func searchRequest(
        _ call: Call, for kind: String, usual: Int, most: Int, order: [OrderKey]? = nil, in scope: [String] = []
    ) throws -> (request: SearchRequest, search: String) {
        var request = SearchRequest()
        request.filter = try call.arguments.text("filter")
        request.order = try order ?? call.arguments.texts("order_by").map { try OrderKey(parsing: $0) }
        request.limit = try call.arguments.limit(usual: usual, most: most)
        for name in ["view_type", "run_view_type"] {
            guard let text = try call.arguments.optionalText(name) else { continue }
            guard let view = ViewType(rawValue: text) ?? ViewType(number: text) else {
                throw RegistryError(
                    .invalidArgument,
                    "Invalid value '\(text.prefix(60))' for parameter '\(name)': ACTIVE_ONLY, DELETED_ONLY and ALL are known.")
            }
            request.view = view
        }
        let orders = request.order.map { JSON.array([.string($0.scope), .string($0.key), .bool($0.isAscending)]) }
        let search = self.search(
            kind, [.string(request.filter), .string(request.view.rawValue), .array(orders), .array(scope.map(JSON.string))],
            as: call.principal)
        request.after = try end(call, of: search)
        return (request, search)
    }

    /// The text that stands for a search in its page tokens.
    func search(_ kind: String, _ parts: [JSON], as principal: Principal) -> String {
        JSON.array([.string(kind), .string(principal.user.name)] + parts).json
    }

    /// Where the page before the one that is asked for ends; nil for the first.
    func end(_ call: Call, of search: String) throws -> PageKey? {
        try pages.end(try call.arguments.text("page_token"), of: search)
    }

    func list<Item>(_ name: String, _ page: Page<Item>, of search: String, _ render: (Item) -> JSON) -> JSON {
        var members = [SyntaxNode.Member(key: name, value: .array(page.items.map(render)))]
        if let end = page.end {
            members.append(.init(key: "next_page_token", value: .string(pages.token(at: end, of: search))))
        }
        return JSON.object(members).withoutEmpty
    }
}

extension ViewType {
    /// By its number in the protocol. Source: mlflow.protos.service_pb2.ViewType.
    fileprivate init?(number: String) {
        switch number {
        case "1": self = .active
        case "2": self = .deleted
        case "3": self = .all
        default: return nil
        }
    }
}
