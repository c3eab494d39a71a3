import Access
import Store
import Types

/// What an administrator does on the machine itself, with the server stopped.
public enum Administration {
    /// Gives a user a new password.
    ///
    /// - Parameters:
    ///   - user: nil for the configured administrator.
    ///   - password: nil to generate one.
    /// - Returns: the new password.
    /// - Throws: `conflict` while a server uses the directory, `notFound` for an unknown user or a directory that is none.
    public static func resetPassword(
        of user: String?, to password: String?, configuration: ServerConfiguration
    ) throws -> String {
        let directory = try existing(configuration)
        defer { directory.release() }
        let catalog = try CatalogStore(file: directory.catalogFile, clock: .wall)
        let accounts = Accounts(
            catalog: catalog, access: AccessControl(), cost: try PasswordHash.Cost.rounds(configuration.passwordCost))
        let name = try Identifier(parsing: user ?? configuration.adminUser)
        let secret = try accounts.resetPassword(name, to: password)
        try catalog.close()
        return secret
    }
}
