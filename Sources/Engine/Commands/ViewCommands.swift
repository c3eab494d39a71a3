import Access
import DuckDB
import Foundation
import Registry
import SnowflakeSQL
import Types

/// CREATE VIEW.
extension StatementContext {
    func createView(_ create: CreateView) throws -> StatementResult {
        let name = try resolve(create.name, kind: "view")
        let mode = try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists)
        try requireClosed(create.query)
        let given = try columns(of: try plan(create.query, home: name.namespace, runsModels: false))
        guard create.columns.isEmpty || create.columns.count == given.count else {
            throw RegistryError(
                .invalidArgument,
                "The view declares \(create.columns.count) columns, but its query gives \(given.count).")
        }
        let names = create.columns.isEmpty ? given.map { Identifier(resolved: $0.name) } : create.columns
        try checkDistinct(names)
        let text = create.query.text
        if create.isTemporary {
            let schema = try engine.registry.findSchema(name.namespace, as: principal).reference
            try engine.registry.require(.createTemporaryObject, on: schema, as: principal)
            if session.temporary(name) != nil, mode == .plain { throw RegistryError.exists("View", name.description) }
            session.setTemporary(name, .view(text: text, columns: names, createdAt: engine.now()))
            return status("View \(name.name) successfully created.")
        }
        let columns = zip(names, given).map { StoredColumn(name: $0.name, type: $1.type.sqlName) }
        let created = try engine.registry.createTable(
            .view, name, definition: text, columns: try StoredColumn.encode(columns), mode: mode,
            comment: create.comment ?? "", as: principal)
        return createdStatus("View", name.name.description, created)
    }

    /// A view is the same for all who read it: bound values and variables would be those of the reader's session.
    private func requireClosed(_ query: SQLText) throws {
        for token in query.tokens {
            let isOpen =
                switch token.kind {
                case .question: true
                // $1 is a column of a staged file.
                case .dollarName: Int(token.text.dropFirst()) == nil
                default: false
                }
            guard !isOpen else {
                throw RegistryError(
                    .unsupported, "A view can't hold bound values or session variables.",
                    hint: "Write the value itself.", position: token.position)
            }
        }
    }
}
