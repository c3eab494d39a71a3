import Store
import Types

/// An object as authorisation sees it: who owns it, and what is around it.
struct Securable: Sendable {
    struct Level: Sendable {
        let id: Int64
        let kind: ObjectKind
        let name: Identifier
        let ownerRoleID: Int64?
    }

    let object: Level
    let isDropped: Bool
    /// The schema around the object, or the database around a schema; nil for objects of the account.
    let parent: Level?
    /// The database around the schema around the object, else nil.
    let grandparent: Level?

    /// Nil where there is no such object.
    init?(_ id: Int64, in reader: CatalogReader) throws {
        let row = try reader.one(Self.query, [.int(id)])
        guard let row, let object = try Self.level(row, from: 0) else { return nil }
        self.object = object
        parent = try Self.level(row, from: 4)
        grandparent = try Self.level(row, from: 8)
        isDropped = row.values[12] != .null
    }

    private static let query = """
        SELECT o.id, o.kind, o.name, o.owner_role_id, p.id, p.kind, p.name, p.owner_role_id,
            g.id, g.kind, g.name, g.owner_role_id, o.dropped_on
        FROM object o LEFT JOIN object p ON p.id = o.parent_id AND p.kind <> 'ACCOUNT'
            LEFT JOIN object g ON g.id = p.parent_id AND g.kind <> 'ACCOUNT'
        WHERE o.id = $1
        """

    private static func level(_ row: CatalogRow, from start: Int) throws -> Level? {
        guard let id = row.optionalInt(at: start) else { return nil }
        guard let kind = ObjectKind(rawValue: try row.text(at: start + 1)) else {
            throw RegistryError(.corrupt, "The catalog holds an object of an unknown kind.")
        }
        return Level(
            id: id, kind: kind, name: Identifier(resolved: try row.text(at: start + 2)),
            ownerRoleID: row.optionalInt(at: start + 3))
    }
}
