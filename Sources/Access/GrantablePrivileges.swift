package import Types

extension ObjectKind {
    /// The privileges that can be granted on objects of the kind, OWNERSHIP apart (see ``isOwnable``).
    ///
    /// Source: https://docs.snowflake.com/en/user-guide/security-access-control-privileges
    package var grantablePrivileges: [Privilege] {
        switch self {
        case .account:
            [
                .createDatabase, .createWarehouse, .createUser, .createRole, .manageGrants, .applyTag, .monitor,
            ]
        case .database: [.usage, .modify, .monitor, .createSchema]
        case .schema:
            [
                .usage, .modify, .monitor, .createTable, .createView, .createStage, .createFileFormat, .createModel,
                .createTag,
            ]
        case .model: [.usage, .read]
        case .table: [.select, .insert, .update, .delete, .truncate, .references]
        case .view: [.select, .references]
        case .stage: [.usage, .read, .write]
        case .fileFormat: [.usage]
        case .tag: [.read, .apply]
        case .warehouse: [.usage, .operate, .modify, .monitor]
        case .user: [.monitor, .modifyAuthentication]
        case .role: []
        }
    }

    /// Whether OWNERSHIP can be transferred.
    package var isOwnable: Bool { self != .account }

    /// Whether objects of the kind live in a schema.
    var isInSchema: Bool {
        switch self {
        case .model, .table, .view, .stage, .fileFormat, .tag: true
        case .account, .database, .schema, .warehouse, .role, .user: false
        }
    }

    /// Reads the privileges of a GRANT or REVOKE, as words: `USAGE`, `CREATE MODEL`, `ALL`, `ALL PRIVILEGES`.
    ///
    /// - Throws: `invalidArgument` for a word that is no privilege on objects of this kind, naming those that are.
    package func privileges(_ words: [String]) throws -> [Privilege] {
        var result: [Privilege] = []
        for word in words {
            let upper = word.uppercased()
            if upper == "ALL" || upper == "ALL PRIVILEGES" {
                result += grantablePrivileges
            } else if let privilege = Privilege(rawValue: upper),
                grantablePrivileges.contains(privilege) || privilege == .ownership && isOwnable
            {
                result.append(privilege)
            } else {
                let names = (grantablePrivileges + (isOwnable ? [.ownership] : [])).map(\.rawValue)
                let kind = self.word.lowercased()
                throw RegistryError(
                    .invalidArgument, "'\(upper)' is no privilege on a \(kind).",
                    hint: RegistryError.nearMiss(upper, names) ?? "There are \(names.joined(separator: ", ")).")
            }
        }
        guard !result.isEmpty else {
            throw RegistryError(.invalidArgument, "There is no privilege to grant on a \(self.word.lowercased()).")
        }
        return result
    }
}
