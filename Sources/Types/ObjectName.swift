/// A database and a schema: where objects live.
public struct Namespace: Hashable, Sendable, CustomStringConvertible, Codable {
    /// The database.
    public let database: Identifier
    /// The schema.
    public let schema: Identifier

    /// A schema in a database.
    public init(_ database: Identifier, _ schema: Identifier) {
        self.database = database
        self.schema = schema
    }

    /// `DB.SCHEMA`, parts quoted where needed.
    public var description: String { "\(database).\(schema)" }
}

/// The full name of an object in a schema: a model, table, stage, tag.
public struct ObjectName: Hashable, Sendable, CustomStringConvertible, Codable {
    /// The database and schema that hold it.
    public let namespace: Namespace
    /// Its own name.
    public let name: Identifier

    /// An object in a namespace.
    public init(_ namespace: Namespace, _ name: Identifier) {
        self.namespace = namespace
        self.name = name
    }

    /// An object by the three parts of its name.
    public init(_ database: Identifier, _ schema: Identifier, _ name: Identifier) {
        self.init(Namespace(database, schema), name)
    }

    /// The first part.
    public var database: Identifier { namespace.database }
    /// The second part.
    public var schema: Identifier { namespace.schema }

    /// `DB.SCHEMA.NAME`, parts quoted where needed.
    public var description: String { "\(namespace).\(name)" }
}

/// A name as written in a statement, with one to three parts, before the session's database and schema are filled in.
public struct PartialName: Hashable, Sendable, CustomStringConvertible {
    /// One to three resolved parts.
    public let parts: [Identifier]

    /// - Parameter parts: one to three, the last is the own name.
    public init(_ parts: [Identifier]) {
        self.parts = parts
    }

    /// The own name.
    public var last: Identifier { parts[parts.count - 1] }

    /// The parts with dots between them, quoted where needed.
    public var description: String { parts.map(\.description).joined(separator: ".") }
}
