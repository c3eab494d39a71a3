import Access
import SnowflakeSQL
import Types

/// CURRENT_ROLE, CURRENT_SCHEMA, LAST_QUERY_ID, …: functions whose value is known while a query is planned.
extension StatementContext {
    /// What the rewriter puts in place of session functions, variables and bound values.
    var rewriteContext: RewriteContext {
        RewriteContext(
            constant: { [self] name in try sessionFunction(name) },
            variables: Dictionary(uniqueKeysWithValues: session.variables.map { ($0.key.name, $0.value) }),
            bindings: request.boundRows.map { $0.columns.indices.map(BoundRows.name) } ?? request.bindings,
            quotedIdentifiersIgnoreCase: session.parameters.ignoresCaseOfQuotedIdentifiers)
    }

    /// The value of a session function as a SQL literal; nil for a name that is none.
    ///
    /// Source: https://docs.snowflake.com/en/sql-reference/functions-context
    private func sessionFunction(_ name: String) throws -> String? {
        switch name {
        case "CURRENT_DATABASE": literal(session.summary.database?.name)
        case "CURRENT_SCHEMA": literal(session.summary.schema?.name)
        case "CURRENT_SCHEMAS": literal(searchPath)
        case "CURRENT_ROLE": literal(session.summary.role.name)
        case "CURRENT_AVAILABLE_ROLES": literal(try availableRoles)
        case "CURRENT_SECONDARY_ROLES": literal(try secondaryRoles)
        case RewriteContext.sessionRoles:
            "(\(try engine.accounts.effectiveRoles(principal).map { literal($0.name) }.joined(separator: ", ")))"
        case "CURRENT_USER": literal(session.user.name)
        case "CURRENT_WAREHOUSE": literal(session.summary.warehouse?.name)
        case "CURRENT_ACCOUNT", "CURRENT_ACCOUNT_NAME", "CURRENT_ORGANIZATION_NAME": literal("ROOST")
        case "CURRENT_REGION": literal("LOCAL")
        case "CURRENT_VERSION": literal(Session.serverVersion)
        case "CURRENT_SESSION": literal("\(session.id)")
        case "CURRENT_CLIENT", "CURRENT_IP_ADDRESS": literal("")
        case "CURRENT_STATEMENT": literal(run.sql)
        case "CURRENT_TRANSACTION": literal(nil)
        case "LAST_QUERY_ID": literal(session.queryID(-1))
        default:
            name.hasPrefix(RewriteContext.earlierQueryPrefix)
                ? literal(session.queryID(Int(name.dropFirst(RewriteContext.earlierQueryPrefix.count)) ?? -1)) : nil
        }
    }

    /// A JSON array of the one schema in which names are looked up, empty where none is in use.
    private var searchPath: String {
        let place = session.summary
        guard let database = place.database, let schema = place.schema else { return "[]" }
        return SyntaxNode.array([.string("\(Namespace(database, schema))")]).json
    }

    private var availableRoles: String {
        get throws {
            let roles = try engine.accounts.availableRoles(session.user).filter { role in
                session.confinedTo?.contains(role) ?? true
            }
            return SyntaxNode.array(roles.map { .string($0.name) }).json
        }
    }

    /// `{"roles":"A,B","value":"ALL"}`
    private var secondaryRoles: String {
        get throws {
            let place = session.summary
            let (roles, word): ([Identifier], String?) =
                switch place.secondaryRoles {
                case .none: ([], "")
                case .all: (try engine.accounts.grantedRoles(session.user).filter { $0 != place.role }, "ALL")
                case .some(let names): (names.sorted { $0.name < $1.name }, nil)
                }
            let list = roles.map(\.name).joined(separator: ",")
            return SyntaxNode.make(["roles": .string(list), "value": .string(word ?? list)]).json
        }
    }

    private func literal(_ text: String?) -> String { text.map(BindingLiteral.quote) ?? "NULL" }
}
