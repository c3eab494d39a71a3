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
        let row = try reader.one(
            """
            SELECT o.id AS id0, o.kind AS kind0, o.name AS name0, o.owner_role_id AS owner0, o.dropped_on,
                p.id AS id1, p.kind AS kind1, p.name AS name1, p.owner_role_id AS owner1,
                g.id AS id2, g.kind AS kind2, g.name AS name2, g.owner_role_id AS owner2
            FROM object o LEFT JOIN object p ON p.id = o.parent_id AND p.kind <> 'ACCOUNT'
                LEFT JOIN object g ON g.id = p.parent_id AND g.kind <> 'ACCOUNT'
            WHERE o.id = $1
            """, [.int(id)])
        guard let row, let object = try Self.level(row, 0) else { return nil }
        self.object = object
        isDropped = row.optionalInt("dropped_on") != nil
        parent = try Self.level(row, 1)
        grandparent = try Self.level(row, 2)
    }

    private static func level(_ row: CatalogRow, _ number: Int) throws -> Level? {
        guard let id = row.optionalInt("id\(number)") else { return nil }
        guard let kind = ObjectKind(rawValue: try row.text("kind\(number)")) else {
            throw RegistryError(.corrupt, "The catalog holds an object of an unknown kind.")
        }
        return Level(
            id: id, kind: kind, name: try row.identifier("name\(number)"),
            ownerRoleID: row.optionalInt("owner\(number)"))
    }
}
