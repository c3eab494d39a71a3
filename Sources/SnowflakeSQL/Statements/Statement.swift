package import Types

/// A statement of Snowflake's SQL, parsed as far as the engine needs: what is ours is in structs; queries and
/// expressions stay text (``SQLText``) for ``QueryRewriter``.
package indirect enum Statement: Sendable {
    /// SELECT, WITH, VALUES or a query in brackets.
    case query(SQLText)
    /// EXPLAIN of a query.
    case explain(SQLText)
    /// `a ->> b ->> c`: run in order; `$1` in a FROM clause is the result of the statement directly before, `$2` the
    /// one before that. The result is the last one's.
    case flow([Statement])

    case createModel(CreateModel)
    case alterModel(AlterModel)
    case show(ShowStatement)
    case describe(DescribeStatement)
    case createDatabase(CreateContainer)
    case createSchema(CreateContainer)
    case createTable(CreateTable)
    case createView(CreateView)
    case createStage(CreateStage)
    case createFileFormat(CreateFileFormat)
    case createTag(CreateTag)
    case createWarehouse(CreateWithOptions)
    case createRole(CreateWithOptions)
    case createUser(CreateWithOptions)
    case alterTable(AlterTable)
    /// ALTER of anything but models, tables and sessions.
    case alter(AlterObject)
    case drop(DropStatement)
    case undrop(UndropStatement)
    case truncate(TruncateTable)
    case comment(CommentStatement)

    case grant(GrantStatement)
    case revoke(GrantStatement)
    case grantRole(GrantRole)
    case revokeRole(GrantRole)

    case use(UseStatement)
    case alterSession(AlterSession)
    case setVariables(SetVariables)
    case unsetVariables([Identifier])
    case begin
    case commit
    case rollback

    case put(PutStatement)
    case get(GetStatement)
    case list(ListStatement)
    case remove(ListStatement)
    case copyIntoTable(CopyIntoTable)
    case copyIntoStage(CopyIntoStage)

    case insert(InsertStatement)
    case update(UpdateStatement)
    case delete(DeleteStatement)
    case merge(MergeStatement)

    /// A statement that is understood but not offered.
    case unsupported(UnsupportedStatement)
}

/// A statement of Snowflake that Roost does not offer, by name: `CREATE SERVICE`, `CALL SYSTEM$DEPLOY_MODEL`, ….
package struct UnsupportedStatement: Hashable, Sendable {
    package let name: String
    package let position: RegistryError.Position
    /// What to use instead, where there is something near.
    package let hint: String?

    /// The error that says so.
    package var error: RegistryError {
        RegistryError(.unsupported, "\(name) is not supported.", hint: hint, position: position)
    }
}
