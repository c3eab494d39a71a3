package import Types

/// Any SHOW statement. The clauses may stand in any order.
package struct ShowStatement: Sendable {
    /// The words after SHOW, upper case, single spaces: `MODELS`, `VERSIONS`, `FUNCTIONS`, `FILE FORMATS`, `GRANTS`,
    /// `SERVICES`, `SERVICE CONTAINERS`, `PARAMETERS`, ….
    package var kind: String
    package var terse = false
    package var history = false
    /// The pattern of LIKE: `%` and `_` are wildcards; Snowflake compares without regard to case.
    package var like: String?
    package var scope: ShowScope?
    package var startsWith: String?
    package var limit: Int?
    /// The name after which `LIMIT n FROM '…'` begins.
    package var from: String?
    /// The time as of which SHOW tells: AT or BEFORE.
    package var moment: TimeTravel?
    /// What SHOW GRANTS is asked about.
    package var grants: GrantsScope?
    package var position: RegistryError.Position
}

/// `AT(TIMESTAMP => expression)` and its sisters.
package struct TimeTravel: Sendable {
    package enum Point: String, Sendable {
        case timestamp = "TIMESTAMP"
        /// Seconds from now, as a negative number.
        case offset = "OFFSET"
        /// The id of a statement.
        case statement = "STATEMENT"
    }

    /// BEFORE: what happened at the very point does not count.
    package let isBefore: Bool
    package let point: Point
    /// The expression behind the arrow.
    package let value: SQLText
    package let position: RegistryError.Position
}

/// Where SHOW looks.
package enum ShowScope: Sendable {
    case account
    case session
    case database(ObjectReference?)
    case schema(ObjectReference?)
    /// `IN name` without a kind.
    case unspecified(ObjectReference)
    case table(ObjectReference)
    case view(ObjectReference)
    /// `IN MODEL m [VERSION v]`
    case model(ObjectReference, version: Identifier?)
    /// `IN SERVICE s`, `IN USER u`, …: the kind in upper case.
    case other(String, ObjectReference)
}

/// `SHOW GRANTS …`
package enum GrantsScope: Sendable {
    /// `SHOW GRANTS`: those of the current user.
    case own
    case on(ObjectKind, ObjectReference?)
    case toRole(Identifier)
    case toUser(Identifier)
    /// `OF ROLE r`: to whom the role is granted.
    case ofRole(Identifier)
    /// `SHOW FUTURE GRANTS IN SCHEMA s` or `IN DATABASE d`.
    case future(ObjectKind, ObjectReference)
    /// `SHOW FUTURE GRANTS TO ROLE r`
    case futureToRole(Identifier)
}

/// `DESCRIBE kind name`
package struct DescribeStatement: Sendable {
    /// Upper case: `TABLE`, `VIEW`, `MODEL`, `SCHEMA`, `DATABASE`, `STAGE`, `FILE FORMAT`, `RESULT`, `USER`,
    /// `ARTIFACT REPOSITORY`, ….
    package let kind: String
    /// The name; nil only for `RESULT`.
    package let name: ObjectReference?
    /// For `DESCRIBE RESULT`: the query id, or nil for LAST_QUERY_ID().
    package let queryID: String?
    /// For `DESCRIBE MODEL m VERSION v`.
    package var version: Identifier?
    package let position: RegistryError.Position
}
