/// What a caller proves its identity with. Never printed.
package enum LoginCredential: Sendable {
    case password(String)
    /// A programmatic access token.
    case token(String)
}

/// Where a session begins; nil leaves the choice to the server.
package struct SessionStart: Sendable {
    package var user: String
    package var database: String?
    package var schema: String?
    package var role: String?
    package var warehouse: String?

    package init(
        user: String, database: String? = nil, schema: String? = nil, role: String? = nil, warehouse: String? = nil
    ) {
        self.user = user
        self.database = database
        self.schema = schema
        self.role = role
        self.warehouse = warehouse
    }
}

/// Where a session is after its last statement.
package struct SessionState: Sendable, Hashable {
    package var user = ""
    package var database: String?
    package var schema: String?
    package var role: String?
    package var warehouse: String?

    package init() {}
}
