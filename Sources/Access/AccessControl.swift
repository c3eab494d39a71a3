package import Store
import Synchronization
package import Types

/// The authorisation point: everything that acts asks here first, and what no rule allows is denied.
///
/// - The owner of an object may do everything with it; so may every role that inherits from the owner.
/// - Any other role needs the privilege that ``ActionRule`` names.
/// - To reach anything in a schema a role needs USAGE on the schema and on its database. The owner of a schema or
///   database reaches, sees and may drop what is in it, and no more.
/// - MANAGE GRANTS sees everything, and gives and takes grants; it does not use what it sees.
/// - PUBLIC is held by everybody.
/// - Secondary roles count like the active one, but for making an object.
/// - What a role may not see does not exist for it: the error is the same as for a name that is free.
///
/// The effective rights of a principal are cached until users, roles or grants change. Thread-safe; blocks as long as
/// a catalog read takes (tens of microseconds).
/// ```
/// try catalog.read { reader in
///     try access.require(.runModel, on: reader.reference(model), as: session.principal, in: reader)
/// }
/// ```
package final class AccessControl: Sendable {
    private struct Cache {
        var generation = ""
        var rights: [Principal: RoleRights] = [:]
    }

    private let cache = Mutex(Cache())
    private static let mostCached = 512

    package init() {}

    /// Lets the action through, or throws.
    ///
    /// - Parameter object: what the action is done to; for CREATE, what the new object is made in (the account, a
    ///   database or a schema).
    /// - Throws: `notFound` when the role may not see the object, or a schema or database around it, naming the first
    ///   that it may not see; `permissionDenied` when it sees the object but may not do this, with the GRANT that
    ///   would allow it as a hint.
    package func require(
        _ action: Action, on object: ObjectRef, as principal: Principal, in reader: CatalogReader
    ) throws {
        guard let rule = action.rule, rule.on.contains(object.kind) else {
            throw RegistryError(
                .permissionDenied, "Insufficient privileges to \(action.rawValue.lowercased()) on \(object.spelled).")
        }
        try viewer(principal, in: reader).require(rule, on: object, in: reader)
    }

    /// Requires one privilege on an object, or its ownership.
    ///
    /// - Throws: as ``require(_:on:as:in:)``.
    package func require(
        privilege: Privilege, on object: ObjectRef, as principal: Principal, in reader: CatalogReader
    ) throws {
        try viewer(principal, in: reader).require(ActionRule(privilege, on: object.kind), on: object, in: reader)
    }

    /// Requires that the role may see the object.
    ///
    /// - Throws: `notFound`, naming the first of database, schema and object that it may not see.
    package func requireVisible(_ object: ObjectRef, as principal: Principal, in reader: CatalogReader) throws {
        try viewer(principal, in: reader).require(.seeing(object.kind), on: object, in: reader)
    }

    /// Whether ``require(_:on:as:in:)`` would let the action through.
    package func may(
        _ action: Action, on object: ObjectRef, as principal: Principal, in reader: CatalogReader
    ) throws -> Bool {
        try Self.allowed { try require(action, on: object, as: principal, in: reader) }
    }

    /// Whether the role has the privilege on the object, or owns it, and reaches it.
    package func may(
        privilege: Privilege, on object: ObjectRef, as principal: Principal, in reader: CatalogReader
    ) throws -> Bool {
        try Self.allowed { try require(privilege: privilege, on: object, as: principal, in: reader) }
    }

    /// The principal's view of the catalog as of this snapshot, for lists of many objects.
    ///
    /// - Throws: `permissionDenied` when the user is gone or disabled, or may not act in the role (any more).
    package func viewer(_ principal: Principal, in reader: CatalogReader) throws -> Viewer {
        Viewer(principal: principal, rights: try rights(of: principal, in: reader))
    }

    /// Keeps the objects that the principal may see. O(objects), one more read for each schema among their parents.
    package func visible(
        _ objects: [ObjectRow], as principal: Principal, in reader: CatalogReader
    ) throws -> [ObjectRow] {
        try visible(objects, as: principal, in: reader) { $0 }
    }

    /// Keeps the rows whose objects the principal may see.
    package func visible<Row>(
        _ rows: [Row], as principal: Principal, in reader: CatalogReader, object: (Row) throws -> ObjectRow
    ) throws -> [Row] {
        var viewer = try viewer(principal, in: reader)
        return try rows.filter { try viewer.sees(object($0), in: reader) }
    }

    private func rights(of principal: Principal, in reader: CatalogReader) throws -> RoleRights {
        let generation = try reader.accessGeneration()
        let cached = cache.withLock { $0.generation == generation ? $0.rights[principal] : nil }
        if let cached { return cached }
        let rights = try RoleRights(of: principal, in: reader)
        cache.withLock { cache in
            if cache.generation != generation || cache.rights.count >= Self.mostCached {
                cache = Cache(generation: generation)
            }
            cache.rights[principal] = rights
        }
        return rights
    }

    private static func allowed(_ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return true
        } catch let error as RegistryError where error.code == .permissionDenied || error.code == .notFound {
            return false
        }
    }
}
