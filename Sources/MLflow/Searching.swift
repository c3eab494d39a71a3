import Engine
import Store
import Types

extension MLflowDoor {
    /// What a search asks for, and a text that stands for it in page tokens.
    func searchRequest(
        _ call: Call, usual: Int, most: Int, of scope: [String] = []
    ) throws -> (request: SearchRequest, search: String) {
        var request = SearchRequest()
        request.filter = try call.arguments.text("filter")
        let order = try call.arguments.texts("order_by")
        request.order = try order.map { try OrderKey(parsing: $0) }
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
        let search = ([call.principal.user.name, request.filter, request.view.rawValue] + order + scope)
            .joined(separator: "\0")
        request.offset = try pages.offset(try call.arguments.text("page_token"), of: search)
        return (request, search)
    }

    func list(_ name: String, _ items: [JSON], next: Int?, of search: String) -> JSON {
        var members = [SyntaxNode.Member(key: name, value: .array(items))]
        if let next {
            members.append(.init(key: "next_page_token", value: .string(pages.token(at: next, of: search))))
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
