package import Types

/// What `ALTER USER … ADD|ROTATE|MODIFY|REMOVE PROGRAMMATIC ACCESS TOKEN` does.
package enum AccessTokenAction: Sendable {
    /// `ADD PAT t ROLE_RESTRICTION = 'r' DAYS_TO_EXPIRY = n COMMENT = '…'`
    case add(Identifier, StatementOptions)
    /// `ROTATE PAT t EXPIRE_ROTATED_TOKEN_AFTER_HOURS = n`
    case rotate(Identifier, StatementOptions)
    /// `MODIFY PAT t RENAME TO u`
    case rename(Identifier, to: Identifier)
    /// `MODIFY PAT t SET DISABLED = TRUE COMMENT = '…'`
    case set(Identifier, StatementOptions)
    /// `MODIFY PAT t UNSET COMMENT, DISABLED`: upper-case names.
    case unset(Identifier, [String])
    /// `REMOVE PAT t`
    case remove(Identifier)
}
