import Foundation
import Types

/// One step of the catalog's schema. Steps are only ever appended: a released one is never edited.
struct Migration: Sendable {
    /// What the step brings, in a few words; kept in the catalog beside its number.
    let name: String
    /// Statements, each run by itself.
    let statements: [String]

    /// All steps in order; the first has number 1.
    static let all: [Migration] = [
        Migration(name: "objects, access, models, stages, history", statements: Schema.first),
        Migration(name: "the statement behind a change, changes by kind and time", statements: Schema.auditOrigin),
        Migration(name: "objects by place and name", statements: Schema.places),
        Migration(name: "when a warehouse was resumed", statements: Schema.warehouseTimes),
        Migration(name: "users' keys and access tokens", statements: Schema.logins),
        Migration(name: "experiments, runs, logged models", statements: Schema.tracking),
        Migration(name: "models by the name that clients call them by", statements: Schema.shownNames),
        Migration(name: "webhooks and their deliveries", statements: Schema.webhooks),
        Migration(name: "experiments, runs and logged models as they are listed", statements: Schema.trackingOrder),
        Migration(name: "when tracked things were deleted, bytes of their files", statements: Schema.trackedBytes),
    ]

    static func apply(_ migrations: [Migration], to store: CatalogStore, file: URL, now: Int64) throws {
        let done = try store.write { tx in
            try tx.run(
                """
                CREATE TABLE IF NOT EXISTS migration (
                    number INTEGER PRIMARY KEY,
                    name TEXT NOT NULL,
                    applied_on INTEGER NOT NULL
                ) STRICT
                """)
            return try tx.rows("SELECT number, name FROM migration ORDER BY number").map {
                (number: Int(try $0.int("number")), name: try $0.text("name"))
            }
        }
        for (index, step) in done.enumerated() {
            guard index < migrations.count, step.number == index + 1, step.name == migrations[index].name else {
                throw RegistryError(
                    .unsupported,
                    "The catalog was written by a newer Roost: it has step \(step.number), '\(step.name)'.",
                    hint: "Start the newer version, or restore the copy named '\(file.lastPathComponent).before-…'.")
            }
        }
        guard done.count < migrations.count else { return }
        if !done.isEmpty { try copyBefore(done.count + 1, store: store, file: file) }
        for number in (done.count + 1)...migrations.count {
            let step = migrations[number - 1]
            try store.write { tx in
                for statement in step.statements { try tx.run(statement) }
                try tx.run(
                    "INSERT INTO migration (number, name, applied_on) VALUES ($1, $2, $3)",
                    [.int(Int64(number)), .text(step.name), .int(now)])
            }
        }
    }

    /// Copies the catalog aside. A copy left by an attempt that failed is replaced: the file has not changed since.
    private static func copyBefore(_ number: Int, store: CatalogStore, file: URL) throws {
        let copy = file.deletingLastPathComponent().appending(path: "\(file.lastPathComponent).before-\(number)")
        if FileManager.default.fileExists(atPath: copy.path) { try FileManager.default.removeItem(at: copy) }
        try store.backUp(to: copy)
    }
}
