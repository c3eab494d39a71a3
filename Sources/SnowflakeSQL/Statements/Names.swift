package import Types

/// The name of an object as a statement gives it: in its text, or from outside through IDENTIFIER(…).
package enum ObjectReference: Hashable, Sendable {
    case name(PartialName)
    /// `IDENTIFIER(?)`: the value of this binding, counted from 1, holds the dotted name.
    case binding(Int)
    /// `IDENTIFIER($v)`: the value of this session variable holds the dotted name.
    case variable(Identifier)
}

/// What a statement acts on.
package enum ObjectKind: String, Hashable, Sendable, CaseIterable {
    case model = "MODEL"
    case table = "TABLE"
    case view = "VIEW"
    case schema = "SCHEMA"
    case database = "DATABASE"
    case stage = "STAGE"
    case fileFormat = "FILE FORMAT"
    case tag = "TAG"
    case warehouse = "WAREHOUSE"
    case role = "ROLE"
    case user = "USER"
    case function = "FUNCTION"
    case procedure = "PROCEDURE"
    case sequence = "SEQUENCE"
    case account = "ACCOUNT"

    /// The plural, as in `GRANT … ON ALL MODELS`.
    package var plural: String { self == .sequence ? "SEQUENCES" : rawValue + "S" }
}

/// A place for files: a stage, the user's own stage, a table's stage, or the files of a model version.
package enum StageLocation: Hashable, Sendable {
    /// `@[db.[schema.]]stage[/path]`; the path has no leading slash and may be empty.
    case stage(PartialName, path: String)
    /// `@~[/path]`
    case user(path: String)
    /// `@[db.[schema.]]%table[/path]`
    case table(PartialName, path: String)
    /// `snow://model/db.schema.model/versions/v/path`
    case snow(SnowLocation)
}

/// The place named by a `snow://` URL.
package struct SnowLocation: Hashable, Sendable {
    /// The first part: `model`, lower case.
    package let domain: String
    package let name: PartialName
    /// The version or alias; nil when the URL ends before it.
    package let version: Identifier?
    /// What follows the version, without leading slash; a trailing slash is kept.
    package let path: String
}

/// A stage as a statement gives it: in its text or as a binding.
package enum StageReference: Hashable, Sendable {
    case location(StageLocation)
    /// `?`, counted from 1: its value is parsed with ``StageLocation/init(parsing:at:)``.
    case binding(Int)
}
