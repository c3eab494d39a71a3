package import Types

/// A privilege on an object of a database, ownership included.
package struct ListedPrivilege: Hashable, Sendable {
    package let objectID: Int64
    package let kind: ObjectKind
    package let parentID: Int64?
    package let ownerRoleID: Int64?
    /// The names of the object and what holds it; empty where there is no such level.
    package let catalog: String
    package let schema: String
    package let name: String
    package let privilege: String
    package let grantee: String
    /// The role that gave it, `""` where the server did.
    package let grantor: String
    package let isGrantable: Bool
    /// Milliseconds since 1970.
    package let createdOn: Int64
}

/// Everything of a kind in a database at once.
extension CatalogReader {
    private static let versionsPlace = """
        JOIN object o ON o.id = v.model_id JOIN object s ON s.id = o.parent_id
        WHERE s.parent_id = $1 AND s.dropped_on IS NULL AND o.dropped_on IS NULL AND v.dropped_on IS NULL
            AND v.state = 'COMMITTED'
        """

    /// The committed versions of all models, by model and number.
    package func versions(inDatabase id: Int64) throws -> [VersionRecord] {
        try rows(
            "SELECT \(VersionRecord.columns) FROM model_version v \(Self.versionsPlace) ORDER BY v.model_id, v.number",
            [.int(id)]
        ).map(VersionRecord.init)
    }

    /// The names of all committed versions' methods in the manifests' order, by version.
    package func methodNames(inDatabase id: Int64) throws -> [Int64: [String]] {
        var names: [Int64: [String]] = [:]
        let rows = try rows(
            """
            SELECT m.version_id, m.name FROM version_method m JOIN model_version v ON v.id = m.version_id
            \(Self.versionsPlace) ORDER BY m.version_id, m.position
            """, [.int(id)])
        for row in rows { names[try row.int("version_id"), default: []].append(try row.text("name")) }
        return names
    }

    /// The tags set on objects in the database, by object and tag.
    package func tagReferences(
        inDatabase id: Int64
    ) throws -> [(object: ListedObject, tagID: Int64, tag: ObjectName, value: String)] {
        try rows(
            """
            SELECT \(ObjectRow.columns), s.name AS schema_name, d.name AS database_name, t.id AS tag_id,
                t.name AS tag_name, ts.name AS tag_schema, td.name AS tag_database, a.value
            FROM tag_assignment a JOIN object o ON o.id = a.object_id JOIN object s ON s.id = o.parent_id
                JOIN object d ON d.id = s.parent_id JOIN object t ON t.id = a.tag_id
                JOIN object ts ON ts.id = t.parent_id JOIN object td ON td.id = ts.parent_id
            WHERE s.parent_id = $1 AND o.dropped_on IS NULL AND s.dropped_on IS NULL AND t.dropped_on IS NULL
            ORDER BY s.name, o.name, o.id, td.name, ts.name, t.name
            """, [.int(id)]
        ).map { row in
            (
                object: ListedObject(
                    object: try ObjectRow(row), database: try row.identifier("database_name"),
                    schema: try row.identifier("schema_name")),
                tagID: try row.int("tag_id"),
                tag: ObjectName(
                    try row.identifier("tag_database"), try row.identifier("tag_schema"),
                    try row.identifier("tag_name")), value: try row.text("value")
            )
        }
    }

    /// The privileges on the database and on all that is in it, by kind, name and grantee.
    package func privileges(inDatabase id: Int64) throws -> [ListedPrivilege] {
        let objects = """
            FROM object o LEFT JOIN object p ON p.id = o.parent_id
            """
        let place = """
            o.dropped_on IS NULL AND o.session_id IS NULL
                AND (o.id = $1 OR o.parent_id = $1 OR (p.parent_id = $1 AND p.dropped_on IS NULL))
            """
        let facts = "o.id, o.kind, o.parent_id, o.owner_role_id, o.name, p.name AS parent_name"
        let rows = try rows(
            """
            SELECT \(facts), g.privilege, r.name AS grantee, b.name AS grantor, g.grant_option, g.created_on
            \(objects) JOIN privilege_grant g ON g.object_id = o.id JOIN object r ON r.id = g.role_id
                LEFT JOIN object b ON b.id = g.granted_by_role_id
            WHERE \(place) AND r.dropped_on IS NULL
            UNION ALL
            SELECT \(facts), 'OWNERSHIP' AS privilege, r.name AS grantee, '' AS grantor, 1 AS grant_option, o.created_on
            \(objects) JOIN object r ON r.id = o.owner_role_id
            WHERE \(place)
            ORDER BY 2, 5, 1, 8, 7
            """, [.int(id)])
        let database = try object(id)?.name.name ?? ""
        return try rows.map { row in
            guard let kind = ObjectKind(rawValue: try row.text("kind")) else {
                throw RegistryError(.corrupt, "The catalog holds an object of an unknown kind.")
            }
            let name = try row.text("name")
            return ListedPrivilege(
                objectID: try row.int("id"), kind: kind, parentID: row.optionalInt("parent_id"),
                ownerRoleID: row.optionalInt("owner_role_id"), catalog: kind == .database ? "" : database,
                schema: kind == .database || kind == .schema ? "" : row.optionalText("parent_name") ?? "", name: name,
                privilege: try row.text("privilege"), grantee: try row.text("grantee"),
                grantor: row.optionalText("grantor") ?? "", isGrantable: try row.bool("grant_option"),
                createdOn: try row.int("created_on"))
        }
    }
}
