package import Types

/// How long a table or stage lives.
package enum Lifetime: Hashable, Sendable {
    case permanent
    /// TRANSIENT: as permanent here.
    case transient
    /// TEMP, TEMPORARY, LOCAL TEMPORARY, SCOPED TEMPORARY: private to the session.
    case temporary
}

/// `CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] t …`
package struct CreateTable: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var lifetime = Lifetime.permanent
    package var content: Content
    package var comment: String?
    /// CLUSTER BY, DATA_RETENTION_TIME_IN_DAYS and the like: kept, without effect.
    package var options = StatementOptions()

    package enum Content: Sendable {
        case columns([ColumnDefinition], constraints: [TableConstraint])
        /// `[(columns)] AS query`; the columns' types may be missing. Empty: the query's own.
        case query([ColumnDefinition], SQLText)
        case like(ObjectReference)
        case clone(ObjectReference)
    }
}

/// One column of CREATE TABLE or ADD COLUMN.
package struct ColumnDefinition: Sendable {
    package var name: Identifier
    /// Nil only in `CREATE TABLE t (a, b) AS query`.
    package var type: SQLType?
    /// The DuckDB type that holds the column: `type.duckName`, but BIGINT for the INT family, whose ``type`` is
    /// NUMBER(38,0) as Snowflake shows it. Nil where ``type`` is.
    package var duckType: String?
    package var notNull = false
    package var primaryKey = false
    package var unique = false
    package var defaultValue: SQLText?
    /// AUTOINCREMENT or IDENTITY, with start and step.
    package var identity: Identity?
    package var comment: String?

    package struct Identity: Hashable, Sendable {
        package var start = 1
        package var step = 1
    }
}

/// A constraint of a whole table. Snowflake enforces none of them but NOT NULL.
package enum TableConstraint: Hashable, Sendable {
    case primaryKey([Identifier])
    case unique([Identifier])
    case foreignKey([Identifier])
}

/// `ALTER TABLE [IF EXISTS] t …`
package struct AlterTable: Sendable {
    package let name: ObjectReference
    package let ifExists: Bool
    package let action: Action

    package enum Action: Sendable {
        case rename(ObjectReference)
        case swap(ObjectReference)
        case addColumns([ColumnDefinition], ifNotExists: Bool)
        case dropColumns([Identifier], ifExists: Bool)
        case renameColumn(Identifier, to: Identifier)
        /// `ALTER COLUMN c …`
        case alterColumn(Identifier, ColumnChange)
        case setComment(String)
        case unsetComment
        case setTags([TagAssignment])
        case unsetTags([ObjectReference])
        /// SET of other options: without effect.
        case setOptions(StatementOptions)
    }

    package enum ColumnChange: Sendable {
        case type(SQLType)
        case setNotNull
        case dropNotNull
        case setDefault(SQLText)
        case dropDefault
        case comment(String)
    }
}

/// `CREATE [OR REPLACE] [SECURE] [TEMP] VIEW [IF NOT EXISTS] v [(columns)] [COMMENT = '…'] AS query`
package struct CreateView: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var isTemporary = false
    package var isSecure = false
    package var columns: [Identifier] = []
    package var comment: String?
    package var query: SQLText
}

/// `TRUNCATE [TABLE] [IF EXISTS] t`
package struct TruncateTable: Sendable {
    package let name: ObjectReference
    package let ifExists: Bool
}
