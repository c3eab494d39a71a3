import Access
import Foundation
import Store
import Synchronization
public import Types

/// A catalog in a directory of its own with the system roles, one schema with an object of each kind, and a clock that
/// is moved by hand.
final class House {
    let directory: URL
    let catalog: CatalogStore
    let access = AccessControl()
    let accounts: Accounts
    let time: HandClock
    let admin = Principal(user: "ADMIN", role: "ACCOUNTADMIN")
    private(set) var refs: [ObjectKind: ObjectRef] = [.account: .account]

    static let password = "correct horse battery"

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let time = HandClock()
        self.time = time
        catalog = try CatalogStore(file: directory.appending(path: "catalog.sqlite"), clock: time.source)
        // Nothing here is about power cuts; waiting for the disk would be most of the time.
        _ = try catalog.pragma("synchronous = OFF")
        accounts = Accounts(catalog: catalog, access: access, cost: .cheapest, time: time.source)
        _ = try accounts.bootstrap(password: House.password)
        let database = try make(.database, "ML", in: .account)
        let schema = try make(.schema, "REGISTRY", in: database)
        refs[.database] = database
        refs[.schema] = schema
        for kind in [ObjectKind.model, .table, .view, .stage, .fileFormat, .tag] {
            refs[kind] = try make(kind, "\(kind.rawValue)_1", in: schema)
        }
        refs[.warehouse] = try make(.warehouse, "WH_1", in: .account)
        try accounts.createUser("OTHER", as: admin)
        try accounts.createRole("OTHER_ROLE", as: admin)
        refs[.user] = try ref(.user, "OTHER")
        refs[.role] = try ref(.role, "OTHER_ROLE")
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Makes an object owned by ACCOUNTADMIN, or by another role, with what future grants promise.
    func make(
        _ kind: ObjectKind, _ name: String, in parent: ObjectRef, owner: String = "ACCOUNTADMIN"
    ) throws -> ObjectRef {
        try catalog.write { tx in
            let role = try tx.accountObject(.role, Identifier(resolved: owner))
            let id = try tx.createObject(
                kind, Identifier(resolved: name), in: parent.id, ownerRoleID: role?.id, now: time.now)
            try tx.applyFutureGrants(to: id, now: time.now)
            return ObjectRef(kind, id, name: try tx.qualifiedName(id))
        }
    }

    func ref(_ kind: ObjectKind, _ name: String) throws -> ObjectRef {
        try catalog.read { reader in
            guard let row = try reader.accountObject(kind, Identifier(resolved: name)) else {
                throw RegistryError.missing(kind.word, name)
            }
            return try reader.reference(row)
        }
    }

    /// A new role held by a new user of the same name, with these privileges.
    func member(_ name: String, _ grants: [(Privilege, ObjectKind)] = []) throws -> Principal {
        let identifier = Identifier(resolved: name)
        try accounts.createRole(identifier, ifNotExists: true, as: admin)
        try accounts.createUser(identifier, ifNotExists: true, as: admin)
        try accounts.grantRole(identifier, to: .user, identifier, as: admin)
        for (privilege, kind) in grants {
            guard let ref = refs[kind] else { continue }
            try accounts.grant([privilege.rawValue], on: .object(ref), to: identifier, as: admin)
        }
        return Principal(user: identifier, role: identifier)
    }

    func may(_ action: Action, _ kind: ObjectKind, as principal: Principal) throws -> Bool {
        try catalog.read { try access.may(action, on: object(kind), as: principal, in: $0) }
    }

    func check(_ action: Action, on ref: ObjectRef, as principal: Principal) throws {
        try catalog.read { try access.require(action, on: ref, as: principal, in: $0) }
    }

    func object(_ kind: ObjectKind) -> ObjectRef { refs[kind] ?? .account }

    /// The error of what is expected to fail, nil where it does not.
    func failure(_ body: () throws -> Void) -> RegistryError? {
        do { try body() } catch { return error as? RegistryError }
        return nil
    }
}

/// Milliseconds that stand still until they are moved.
final class HandClock: Sendable {
    private let value = Mutex<Int64>(1_700_000_000_000)

    var now: Int64 { value.withLock { $0 } }
    var source: TimeSource { TimeSource { [self] in now } }

    func advance(seconds: Int64) { value.withLock { $0 += seconds * 1000 } }
}

extension Identifier: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(resolved: value) }
}
