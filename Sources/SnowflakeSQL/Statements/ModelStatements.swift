package import Types

/// Where a new version's files come from.
package enum VersionSource: Hashable, Sendable {
    /// A stage directory or a `snow://` URL.
    case files(StageReference)
    /// `MODEL m [VERSION v]`; nil is the default version.
    case model(ObjectReference, version: Identifier?)
}

/// `CREATE [OR REPLACE] MODEL [IF NOT EXISTS] m [WITH [LIVE] VERSION v] [FROM …] [COMMENT = '…']`
package struct CreateModel: Sendable {
    package var name: ObjectReference
    package var orReplace = false
    package var ifNotExists = false
    package var version: Identifier?
    package var isLive = false
    package var source: VersionSource?
    package var comment: String?
}

/// `ALTER MODEL [IF EXISTS] m …`
package struct AlterModel: Sendable {
    package let name: ObjectReference
    package let ifExists: Bool
    package let action: Action

    package enum Action: Sendable {
        case addVersion(Identifier?, isLive: Bool, source: VersionSource?, comment: String?)
        /// `COMMIT VERSION v [RENAME TO model] [RENAME VERSION TO v2]`
        case commitVersion(Identifier, renameModel: ObjectReference?, renameVersion: Identifier?)
        case dropVersion(Identifier)
        case rename(ObjectReference)
        /// Any of `SET COMMENT = '…'` and `SET DEFAULT_VERSION = v`, together or alone.
        case set(comment: String?, defaultVersion: Identifier?)
        case unsetComment
        case setTags([TagAssignment])
        case unsetTags([ObjectReference])
        case setAlias(version: Identifier, alias: Identifier)
        /// `VERSION v UNSET ALIAS`: `v` may be the alias itself.
        case unsetAlias(version: Identifier)
        /// `MODIFY VERSION v SET [COMMENT = '…'] [METADATA = '…']`; the metadata are JSON text.
        case modifyVersion(Identifier, comment: String?, metadata: String?)
        case unsetVersionComment(Identifier)
    }
}

/// `SET TAG a.b.c = 'value'`
package struct TagAssignment: Hashable, Sendable {
    package let tag: ObjectReference
    package let value: String
}
