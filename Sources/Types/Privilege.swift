/// What a role may be granted on an object.
///
/// Source: https://docs.snowflake.com/en/user-guide/security-access-control-privileges
package enum Privilege: String, Hashable, Sendable, CaseIterable, Codable {
    case ownership = "OWNERSHIP"
    case usage = "USAGE"
    case read = "READ"
    case write = "WRITE"
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
    case truncate = "TRUNCATE"
    case references = "REFERENCES"
    case modify = "MODIFY"
    case monitor = "MONITOR"
    case operate = "OPERATE"
    case apply = "APPLY"
    case createDatabase = "CREATE DATABASE"
    case createSchema = "CREATE SCHEMA"
    case createTable = "CREATE TABLE"
    case createView = "CREATE VIEW"
    case createStage = "CREATE STAGE"
    case createFileFormat = "CREATE FILE FORMAT"
    case createModel = "CREATE MODEL"
    case createTag = "CREATE TAG"
    case createRole = "CREATE ROLE"
    case createUser = "CREATE USER"
    case createWarehouse = "CREATE WAREHOUSE"
    case manageGrants = "MANAGE GRANTS"
    case applyTag = "APPLY TAG"
    case modifyAuthentication = "MODIFY PROGRAMMATIC AUTHENTICATION METHODS"
}

/// The kinds of object that have an owner and that privileges are granted on.
///
/// The raw value is what the catalog stores and what SHOW GRANTS writes in `granted_on`.
package enum ObjectKind: String, Hashable, Sendable, CaseIterable, Codable {
    case account = "ACCOUNT"
    case database = "DATABASE"
    case schema = "SCHEMA"
    case model = "MODEL"
    case table = "TABLE"
    case view = "VIEW"
    case stage = "STAGE"
    case fileFormat = "FILE_FORMAT"
    case tag = "TAG"
    case warehouse = "WAREHOUSE"
    case role = "ROLE"
    case user = "USER"

    /// The kind as a word in an error message: `Model`, `File format`, ….
    package var word: String {
        let lower = rawValue.lowercased().split(separator: "_").joined(separator: " ")
        return lower.prefix(1).uppercased() + lower.dropFirst()
    }

    /// Objects of one family share their names: a table and a view of one schema can't be called the same.
    package var family: String { self == .view ? "TABLE" : rawValue }
}

/// An object that privileges are checked on, with the name that error messages show.
package struct ObjectRef: Hashable, Sendable {
    package let kind: ObjectKind
    /// The stable id in the catalog: it outlives renames and moves, and is never given to another object.
    package let id: Int64
    /// The qualified name as messages show it, e.g. `ML.REGISTRY.CHURN`.
    package let name: String

    package init(_ kind: ObjectKind, _ id: Int64, name: String) {
        self.kind = kind
        self.id = id
        self.name = name
    }

    /// The account itself: holder of global privileges and parent of databases, warehouses, roles and users.
    package static let account = ObjectRef(.account, 1, name: "ACCOUNT")
}
