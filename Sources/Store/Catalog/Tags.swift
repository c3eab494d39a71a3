import Foundation
package import Types

/// A tag that is set on an object.
package struct TagReference: Hashable, Sendable {
    package let tag: ObjectName
    package let value: String

    package init(tag: ObjectName, value: String) {
        self.tag = tag
        self.value = value
    }
}

extension CatalogReader {
    /// The values that the tag accepts, nil where it accepts any.
    package func allowedValues(_ tagID: Int64) throws -> [String]? {
        guard
            let text = try one("SELECT allowed_values FROM tag WHERE id = $1", [.int(tagID)])?.optionalText(
                "allowed_values")
        else { return nil }
        do {
            return try JSONDecoder().decode([String].self, from: Data(text.utf8))
        } catch {
            throw RegistryError(.corrupt, "The catalog's allowed values of a tag are damaged.", cause: error)
        }
    }

    /// The tag's value on the object, nil where it is not set.
    package func tagValue(_ tagID: Int64, on objectID: Int64) throws -> String? {
        try one(
            "SELECT value FROM tag_assignment WHERE tag_id = $1 AND object_id = $2", [.int(tagID), .int(objectID)])?
            .text("value")
    }

    /// The tags set on the object, by their names. Dropped tags are left out.
    package func tagReferences(on objectID: Int64) throws -> [TagReference] {
        try tagReferences(on: [objectID])[objectID] ?? []
    }

    /// The tags set on each of the objects, by their names. Dropped tags are left out.
    package func tagReferences(on objects: [Int64]) throws -> [Int64: [TagReference]] {
        var found: [Int64: [TagReference]] = [:]
        _ = try inParts(objects, id: { $0 }) { _, marks, ids -> [Never] in
            try scan(
                """
                SELECT a.object_id, d.name, s.name, t.name, a.value
                FROM tag_assignment a JOIN object t ON t.id = a.tag_id JOIN object s ON s.id = t.parent_id
                    JOIN object d ON d.id = s.parent_id
                WHERE a.object_id IN (\(marks)) AND t.dropped_on IS NULL
                ORDER BY a.object_id, d.name, s.name, t.name
                """, ids
            ) { row in
                let tag = ObjectName(
                    Identifier(resolved: row.text(1)), Identifier(resolved: row.text(2)),
                    Identifier(resolved: row.text(3)))
                found[row.int(0), default: []].append(TagReference(tag: tag, value: row.text(4)))
            }
            return []
        }
        return found
    }
}

extension CatalogTransaction {
    package func insertTag(_ id: Int64, allowedValues: [String]?) throws {
        try run(
            "INSERT INTO tag (id, allowed_values) VALUES ($1, $2)", [.int(id), .optional(try json(allowedValues))])
    }

    package func setAllowedValues(_ id: Int64, _ allowedValues: [String]?) throws {
        try run("UPDATE tag SET allowed_values = $1 WHERE id = $2", [.optional(try json(allowedValues)), .int(id)])
    }

    package func setTag(_ tagID: Int64, on object: ObjectRow, to value: String, now: Int64) throws {
        try run(
            """
            INSERT INTO tag_assignment (tag_id, object_kind, object_id, value, set_on) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tag_id, object_id) DO UPDATE SET value = excluded.value, set_on = excluded.set_on
            """,
            [.int(tagID), .text(object.kind.rawValue), .int(object.id), .text(value), .int(now)])
    }

    package func unsetTag(_ tagID: Int64, on objectID: Int64) throws {
        try run("DELETE FROM tag_assignment WHERE tag_id = $1 AND object_id = $2", [.int(tagID), .int(objectID)])
    }

    private func json(_ values: [String]?) throws -> String? {
        try values.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    }
}
