import Types

/// Who carries labels.
package enum LabelSubject: Sendable {
    case model(Int64)
    case version(Int64)

    package enum Kind: String, Sendable {
        case model = "MODEL"
        case version = "VERSION"
    }

    package var kind: Kind {
        switch self {
        case .model: .model
        case .version: .version
        }
    }

    package var id: Int64 {
        switch self {
        case .model(let id), .version(let id): id
        }
    }

    var key: [CatalogValue] { [.text(kind.rawValue), .int(id)] }
}

extension CatalogReader {
    /// The value of one label, nil where there is none.
    package func label(_ name: String, of subject: LabelSubject) throws -> String? {
        try one(
            "SELECT value FROM label WHERE subject_kind = $1 AND subject_id = $2 AND name = $3",
            subject.key + [.text(name)])?.text("value")
    }
}

extension CatalogTransaction {
    package func setLabel(_ label: NamedText, on subject: LabelSubject) throws {
        try run(
            """
            INSERT INTO label (subject_kind, subject_id, name, value) VALUES ($1, $2, $3, $4)
            ON CONFLICT (subject_kind, subject_id, name) DO UPDATE SET value = excluded.value
            """, subject.key + [.text(label.name), .text(label.value)])
    }

    package func deleteLabel(_ name: String, of subject: LabelSubject) throws -> Bool {
        try run(
            "DELETE FROM label WHERE subject_kind = $1 AND subject_id = $2 AND name = $3",
            subject.key + [.text(name)]) > 0
    }
}
