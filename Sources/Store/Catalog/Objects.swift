package import Types

/// A row of `object`: what every securable thing has in common.
package struct ObjectRow: Hashable, Sendable {
    package let id: Int64
    package let kind: ObjectKind
    /// The schema, database or account that holds it; nil for the account itself.
    package internal(set) var parentID: Int64?
    package internal(set) var name: Identifier
    /// The role with OWNERSHIP, nil for the few objects that the server itself owns.
    package let ownerRoleID: Int64?
    /// The owner role's name, `""` where there is none.
    package internal(set) var owner: String
    package internal(set) var comment: String
    /// The session of a temporary object, else nil.
    package let sessionID: Int64?
    /// Milliseconds since 1970.
    package let createdOn: Int64
    package let alteredOn: Int64
    /// When it was dropped, nil while it lives.
    package let droppedOn: Int64?

    static let columns = """
        o.id, o.kind, o.parent_id, o.name, o.owner_role_id, o.comment, o.session_id, o.created_on, o.altered_on,
        o.dropped_on, (SELECT r.name FROM object r WHERE r.id = o.owner_role_id) AS owner
        """

    /// Reads the columns that ``columns`` selects, which must be the first: lists of objects are long, and to find a
    /// column by its number is faster than by its name.
    init(_ row: CatalogRow) throws {
        id = try row.int(at: 0)
        guard let kind = ObjectKind(rawValue: try row.text(at: 1)) else {
            throw RegistryError(.corrupt, "The catalog holds an object of an unknown kind.")
        }
        self.kind = kind
        parentID = row.optionalInt(at: 2)
        name = Identifier(resolved: try row.text(at: 3))
        ownerRoleID = row.optionalInt(at: 4)
        comment = try row.text(at: 5)
        sessionID = row.optionalInt(at: 6)
        createdOn = try row.int(at: 7)
        alteredOn = try row.int(at: 8)
        droppedOn = row.optionalInt(at: 9)
        owner = row.optionalText(at: 10) ?? ""
    }
}

extension CatalogReader {
    /// The object with the id, dropped or not; nil where there is none.
    package func object(_ id: Int64) throws -> ObjectRow? {
        try one("SELECT \(ObjectRow.columns) FROM object o WHERE o.id = $1", [.int(id)]).map(ObjectRow.init)
    }

    /// The live object of the name in its parent, nil where there is none.
    ///
    /// Kinds of one family are found under each other's name: a view where a table is asked for.
    ///
    /// - Parameter sessionID: looks among this session's temporary objects first.
    package func object(
        _ kind: ObjectKind, _ name: Identifier, in parentID: Int64, sessionID: Int64? = nil
    ) throws -> ObjectRow? {
        let own = """
            SELECT \(ObjectRow.columns) FROM object o
            WHERE o.parent_id = $1 AND o.family = $2 AND o.name = $3 AND o.dropped_on IS NULL
            """
        let key: [CatalogValue] = [.int(parentID), .text(kind.family), .text(name.name)]
        if let sessionID, let row = try one(own + " AND o.session_id = $4", key + [.int(sessionID)]) {
            return try ObjectRow(row)
        }
        return try one(own + " AND o.session_id IS NULL", key).map(ObjectRow.init)
    }

    /// Whether a live object of the kind in the parent has a name that differs from this one only in case.
    ///
    /// - Parameter id: an object that does not count.
    package func hasTwin(
        _ kind: ObjectKind, of name: Identifier, in parentID: Int64, besides id: Int64? = nil
    ) throws -> Bool {
        try one(
            """
            SELECT o.id FROM object o
            WHERE o.parent_id = $1 AND o.name_ci = $2 AND o.kind = $3 AND o.name <> $4 AND o.id <> $5
                AND o.dropped_on IS NULL AND o.session_id IS NULL
            """,
            [.int(parentID), .text(name.name.uppercased()), .text(kind.rawValue), .text(name.name), .int(id ?? 0)]
        ) != nil
    }

    /// The live database, warehouse, role or user of the name, nil where there is none.
    package func accountObject(_ kind: ObjectKind, _ name: Identifier) throws -> ObjectRow? {
        try object(kind, name, in: ObjectRef.account.id)
    }

    /// The object's full name as messages and audit rows show it: `ML.REGISTRY.IRIS`.
    package func qualifiedName(_ id: Int64) throws -> String {
        var parts: [String] = []
        var next: Int64? = id
        while let current = next, current != ObjectRef.account.id, let row = try object(current) {
            parts.append(row.name.description)
            next = row.parentID
        }
        return parts.reversed().joined(separator: ".")
    }

    /// The object as the authorisation point wants it.
    package func reference(_ row: ObjectRow) throws -> ObjectRef {
        ObjectRef(row.kind, row.id, name: try qualifiedName(row.id))
    }
}

extension CatalogReader {
    /// The ids of the objects of a kind that were dropped before a moment.
    package func droppedObjects(_ kind: ObjectKind, before cutoff: Int64) throws -> [Int64] {
        try rows(
            "SELECT id FROM object WHERE kind = $1 AND dropped_on < $2 ORDER BY id",
            [.text(kind.rawValue), .int(cutoff)]
        ).map { try $0.int("id") }
    }
}

extension CatalogTransaction {
    /// Makes an object's row. The caller makes the kind's own row, if any, with the same id, in this transaction.
    ///
    /// - Parameters:
    ///   - ownerRoleID: the role that gets OWNERSHIP.
    ///   - now: milliseconds since 1970.
    /// - Returns: the new id.
    /// - Throws: `alreadyExists`, in Snowflake's words, where a live object of the family has the name.
    package func createObject(
        _ kind: ObjectKind, _ name: Identifier, in parentID: Int64, ownerRoleID: Int64?, comment: String = "",
        sessionID: Int64? = nil, now: Int64
    ) throws -> Int64 {
        let inserted: [CatalogRow]
        do {
            inserted = try rows(
                """
                INSERT INTO object (kind, family, parent_id, name, name_ci, owner_role_id, comment, session_id,
                    created_on, altered_on)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                RETURNING id
                """,
                [
                    .text(kind.rawValue), .text(kind.family), .int(parentID), .text(name.name),
                    .text(name.name.uppercased()), .optional(ownerRoleID), .text(comment), .optional(sessionID),
                    .int(now), .int(now),
                ])
        } catch let error as RegistryError where error.code == .alreadyExists {
            throw RegistryError.exists(kind.word, name.description)
        }
        guard let row = inserted.first else { throw RegistryError(.internal, "The catalog gave no id.") }
        return try row.int("id")
    }

    /// Renames an object, or moves it to another parent; its id stays.
    ///
    /// - Throws: `alreadyExists` where a live object of the family has the name there.
    package func renameObject(_ row: ObjectRow, to name: Identifier, in parentID: Int64, now: Int64) throws {
        do {
            try run(
                "UPDATE object SET name = $1, name_ci = $2, parent_id = $3, altered_on = $4 WHERE id = $5",
                [.text(name.name), .text(name.name.uppercased()), .int(parentID), .int(now), .int(row.id)])
        } catch let error as RegistryError where error.code == .alreadyExists {
            throw RegistryError.exists(row.kind.word, name.description)
        }
    }

    /// Drops an object softly, with all live objects in it. Those dropped together share their `dropped_on`.
    package func dropObject(_ id: Int64, now: Int64) throws {
        try run(
            """
            UPDATE object SET dropped_on = $1
            WHERE dropped_on IS NULL AND (id = $2 OR parent_id = $2
                OR parent_id IN (SELECT s.id FROM object s WHERE s.parent_id = $2))
            """,
            [.int(now), .int(id)])
    }

    /// Brings back an object that was dropped softly; nothing that was dropped with it.
    ///
    /// - Throws: `alreadyExists` where a live object of the family has its name.
    package func undropObject(_ id: Int64, now: Int64) throws {
        try run("UPDATE object SET dropped_on = NULL, altered_on = $1 WHERE id = $2", [.int(now), .int(id)])
    }

    package func setComment(_ id: Int64, _ comment: String, now: Int64) throws {
        try run(
            "UPDATE object SET comment = $1, altered_on = $2 WHERE id = $3", [.text(comment), .int(now), .int(id)])
    }

    package func setOwner(_ id: Int64, roleID: Int64, now: Int64) throws {
        try run(
            "UPDATE object SET owner_role_id = $1, altered_on = $2 WHERE id = $3",
            [.int(roleID), .int(now), .int(id)])
    }
}
