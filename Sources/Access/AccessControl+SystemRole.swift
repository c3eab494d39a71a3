package import Store
package import Types

extension AccessControl {
    /// Lets through what concerns the server as a whole, such as a backup: only who acts as the system role, or as a role
    /// that inherits from it.
    ///
    /// - Parameter doing: what is done, e.g. `back up the server`.
    /// - Throws: `permissionDenied` naming the role.
    package func require(
        _ role: SystemRole, to doing: String, as principal: Principal, in reader: CatalogReader
    ) throws {
        let viewer = try viewer(principal, in: reader)
        guard let row = try reader.accountObject(.role, role.name), viewer.acts(as: row.id) else {
            throw RegistryError(
                .permissionDenied, "Insufficient privileges to \(doing).",
                hint: "Only \(role.rawValue) may: USE ROLE \(role.rawValue).")
        }
    }
}
