import Crypto
import Foundation
package import Types

/// A change to be written down: who did what to which object.
package struct AuditEntry: Sendable {
    package let principal: Principal
    /// The statement's kind in upper case, e.g. `CREATE MODEL`, `SET ALIAS`.
    package let action: String
    package let object: ObjectRef
    /// What was before and what is after, by field. Never holds secrets or users' rows.
    package let from: [String: String]
    package let to: [String: String]

    package init(
        _ principal: Principal, _ action: String, _ object: ObjectRef, from: [String: String] = [:],
        to: [String: String] = [:]
    ) {
        self.principal = principal
        self.action = action
        self.object = object
        self.from = from
        self.to = to
    }
}

/// What an audit row is written for, beside who acts.
package enum AuditOrigin {
    /// The id of the statement that is running, `""` where a change comes from no statement.
    @TaskLocal package static var queryID = ""
}

/// A row of the audit log.
package struct AuditRow: Hashable, Sendable {
    /// 1, 2, 3, … without gaps.
    package let sequence: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    package let user: String
    package let role: String
    package let action: String
    package let objectKind: String
    package let objectID: Int64
    package let objectName: String
    /// JSON objects of texts, keys sorted.
    package let from: String
    package let to: String
    /// The statement that made the change, `""` where it came from none.
    package let queryID: String
    package let previousHash: String
    package let hash: String

    static let columns = """
        seq, at, user_name, role_name, action, object_kind, object_id, object_name, from_json, to_json, query_id,
        previous_hash, hash
        """

    /// Reads the columns that ``columns`` selects.
    init(_ row: CatalogRow) throws {
        sequence = try row.int("seq")
        at = try row.int("at")
        user = try row.text("user_name")
        role = try row.text("role_name")
        action = try row.text("action")
        objectKind = try row.text("object_kind")
        objectID = try row.int("object_id")
        objectName = try row.text("object_name")
        from = try row.text("from_json")
        to = try row.text("to_json")
        queryID = try row.text("query_id")
        previousHash = try row.text("previous_hash")
        hash = try row.text("hash")
    }

    /// What the hash is over, besides number, time and the hash before. Rows without a statement have no last field:
    /// so were those of the first catalogs.
    fileprivate var fields: [String] {
        [user, role, action, objectKind, String(objectID), objectName, from, to] + (queryID.isEmpty ? [] : [queryID])
    }

    /// SHA-256, in hex, over the previous hash and all fields, each preceded by its length.
    static func hash(previous: String, sequence: Int64, at: Int64, fields: [String]) -> String {
        var text: [UInt8] = []
        for field in [previous, String(sequence), String(at)] + fields {
            text += String(field.utf8.count).utf8
            text.append(UInt8(ascii: ":"))
            text += field.utf8
            text.append(UInt8(ascii: ";"))
        }
        return SHA256.hash(data: text).hex
    }
}

extension CatalogTransaction {
    /// Appends to the audit log, in the same transaction as the change itself. The one way in.
    package func audit(_ entry: AuditEntry, now: Int64) throws {
        let last = try one("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        let previous = try last?.text("hash") ?? ""
        let sequence = try (last?.int("seq") ?? 0) + 1
        let fields = [
            entry.principal.user.name, entry.principal.role.name, entry.action, entry.object.kind.rawValue,
            String(entry.object.id), entry.object.name, json(entry.from), json(entry.to),
        ]
        let queryID = AuditOrigin.queryID
        let hash = AuditRow.hash(
            previous: previous, sequence: sequence, at: now, fields: fields + (queryID.isEmpty ? [] : [queryID]))
        try run(
            """
            INSERT INTO audit (seq, at, user_name, role_name, action, object_kind, object_id, object_name, from_json,
                to_json, query_id, previous_hash, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            [
                .int(sequence), .int(now), .text(fields[0]), .text(fields[1]), .text(fields[2]), .text(fields[3]),
                .int(entry.object.id), .text(fields[5]), .text(fields[6]), .text(fields[7]), .text(queryID),
                .text(previous), .text(hash),
            ])
    }

    private func json(_ fields: [String: String]) -> String {
        var out = [UInt8(ascii: "{")]
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            JSONText.append(key, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONText.append(value, to: &out)
        }
        out.append(UInt8(ascii: "}"))
        return String(decoding: out, as: UTF8.self)
    }
}

extension AuditRow {
    /// What was before, by field.
    package func before() throws -> [String: String] { try AuditRow.fields(from) }

    /// What is after, by field.
    package func after() throws -> [String: String] { try AuditRow.fields(to) }

    /// The texts of a field that holds several; none for nil.
    package static func list(_ json: String?) throws -> [String] {
        guard let json else { return [] }
        do {
            return try JSONDecoder().decode([String].self, from: Data(json.utf8))
        } catch {
            throw RegistryError(.corrupt, "A row of the audit log is damaged.", cause: error)
        }
    }

    private static func fields(_ json: String) throws -> [String: String] {
        guard json != "{}" else { return [:] }
        do {
            return try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
        } catch {
            throw RegistryError(.corrupt, "A row of the audit log is damaged.", cause: error)
        }
    }
}

extension CatalogReader {
    /// Audit rows in order, after the one with the given sequence number.
    package func auditRows(after sequence: Int64 = 0, limit: Int = 1000) throws -> [AuditRow] {
        try rows(
            "SELECT \(AuditRow.columns) FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
            [.int(sequence), .int(Int64(limit))]
        ).map(AuditRow.init)
    }

    /// The rows about objects of a kind, or about one of them, in order.
    package func auditRows(of kind: ObjectKind, id: Int64? = nil) throws -> [AuditRow] {
        // One object's rows are found by its id; the kind is the same in all of them.
        let place = id == nil ? "object_kind = $1" : "object_id = $1"
        return try rows(
            "SELECT \(AuditRow.columns) FROM audit WHERE \(place) ORDER BY seq",
            [id.map { .int($0) } ?? .text(kind.rawValue)]
        ).map(AuditRow.init)
    }

    /// Recomputes the whole chain.
    ///
    /// - Returns: how many rows there are.
    /// - Throws: `corrupt`, naming the first row that is missing or was changed.
    package func verifyAudit() throws -> Int {
        var previous = ""
        var count: Int64 = 0
        while true {
            let page = try auditRows(after: count)
            for row in page {
                let hash = AuditRow.hash(previous: previous, sequence: row.sequence, at: row.at, fields: row.fields)
                guard row.sequence == count + 1, row.previousHash == previous, row.hash == hash else {
                    throw RegistryError(.corrupt, "The audit log was changed at row \(count + 1).")
                }
                previous = hash
                count += 1
            }
            if page.isEmpty { return Int(count) }
        }
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits a byte.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * underestimatedCount)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
