package import Types

/// `CREATE [OR REPLACE] [TRANSIENT] DATABASE|SCHEMA [IF NOT EXISTS] x [COMMENT = '…'] …`
package struct CreateContainer: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var comment: String?
    package var clone: ObjectReference?
    package var options = StatementOptions()
}

/// `CREATE [OR REPLACE] [TEMPORARY] STAGE [IF NOT EXISTS] s …`
package struct CreateStage: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var isTemporary = false
    package var comment: String?
    /// The options inside `FILE_FORMAT = (…)`; `FORMAT_NAME` among them names a file format.
    package var fileFormat = StatementOptions()
    /// URL, DIRECTORY, ENCRYPTION, ….
    package var options = StatementOptions()
}

/// `CREATE [OR REPLACE] [TEMPORARY] FILE FORMAT [IF NOT EXISTS] f TYPE = CSV …`
package struct CreateFileFormat: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var isTemporary = false
    package var comment: String?
    package var options = StatementOptions()
}

/// `CREATE [OR REPLACE] TAG [IF NOT EXISTS] t [ALLOWED_VALUES 'a', 'b'] [COMMENT = '…']`
package struct CreateTag: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    /// Nil: any value.
    package var allowedValues: [String]?
    package var comment: String?
}

/// `CREATE [OR REPLACE] WAREHOUSE|ROLE|USER [IF NOT EXISTS] x [WITH] options`
package struct CreateWithOptions: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var comment: String?
    /// `PASSWORD`, `DEFAULT_ROLE`, `WAREHOUSE_SIZE`, `AUTO_SUSPEND`, ….
    package var options = StatementOptions()
}

/// `ALTER kind [IF EXISTS] x …` for schemas, databases, views, stages, tags, warehouses, roles, users, accounts.
package struct AlterObject: Sendable {
    package let kind: ObjectKind
    /// Nil for the account and for `ALTER USER SET …` (the current user).
    package let name: ObjectReference?
    package let ifExists: Bool
    package let action: Action
    package let position: RegistryError.Position

    package enum Action: Sendable {
        case rename(ObjectReference)
        /// `SET a = b …`; a comment is among them, as `COMMENT`.
        case set(StatementOptions)
        /// `UNSET a, b`: upper-case names.
        case unset([String])
        case setTags([TagAssignment])
        case unsetTags([ObjectReference])
        /// `ADD ALLOWED_VALUES 'a', 'b'` of a tag.
        case addAllowedValues([String])
        case dropAllowedValues([String])
        case unsetAllowedValues
        /// `ADD PAT t …` and its sisters, of a user.
        case accessToken(AccessTokenAction)
        /// SUSPEND, RESUME, REFRESH, …: upper-case words.
        case other(String)
    }
}

/// `DROP kind [IF EXISTS] x [CASCADE|RESTRICT]`
package struct DropStatement: Sendable {
    package let kind: ObjectKind
    package let name: ObjectReference
    package let ifExists: Bool
    /// True for CASCADE (and Snowflake's default), false for RESTRICT.
    package let cascade: Bool
    package let position: RegistryError.Position
}

/// `UNDROP kind x`
package struct UndropStatement: Sendable {
    package let kind: ObjectKind
    package let name: ObjectReference
    package let position: RegistryError.Position
}

/// `COMMENT [IF EXISTS] ON kind x IS '…'`, or `ON COLUMN t.c`.
package struct CommentStatement: Sendable {
    package let kind: ObjectKind
    package let name: ObjectReference
    /// The column, for `COMMENT ON COLUMN t.c`; ``name`` is then the table.
    package let column: Identifier?
    package let ifExists: Bool
    package let comment: String
}
