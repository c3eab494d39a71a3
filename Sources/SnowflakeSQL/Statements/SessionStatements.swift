package import Types

/// `USE …`
package enum UseStatement: Sendable {
    case database(ObjectReference)
    case schema(ObjectReference)
    /// `USE x` or `USE x.y` without a kind: a database, or a database and a schema.
    case unspecified(ObjectReference)
    case role(ObjectReference)
    case warehouse(ObjectReference)
    /// `USE SECONDARY ROLES ALL|NONE|r, …`
    case secondaryRoles(SecondaryRoles)
}

/// `ALTER SESSION SET a = b …` and `ALTER SESSION UNSET a, b`.
package enum AlterSession: Sendable {
    case set(StatementOptions)
    case unset([String])
}

/// `SET v = expression` or `SET (a, b) = (x, y)`.
package struct SetVariables: Sendable {
    package struct Assignment: Sendable {
        package let name: Identifier
        package let value: SQLText
    }
    package let assignments: [Assignment]
}
