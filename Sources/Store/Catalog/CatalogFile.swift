package import Foundation
import GRDB
import Types

/// A catalog file that no server has open: copied, checked and asked without being brought up to date.
package enum CatalogFile {
    /// Writes a consistent copy to a file that does not exist yet.
    ///
    /// - Throws: as ``CatalogStore``.
    package static func copy(_ file: URL, to target: URL) throws {
        try reading(file, isReadOnly: false) { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [target.path])
        }
    }

    /// The contents that the catalog knows: all that anything refers to, and what a collection would forget.
    ///
    /// Which tables refer to contents differs between the steps of the schema; that the contents are known does not.
    package static func blobs(in file: URL) throws -> [(digest: String, size: Int64)] {
        try reading(file) { database in
            try Row.fetchAll(database, sql: "SELECT digest, size FROM blob ORDER BY digest")
                .map { ($0["digest"], $0["size"]) }
        }
    }

    /// Sees that the file is whole.
    ///
    /// - Throws: `corrupt`.
    package static func check(_ file: URL) throws {
        let found = try reading(file) { database in
            try String.fetchAll(database, sql: "PRAGMA quick_check(1)").joined(separator: ", ")
        }
        guard found == "ok" else {
            throw RegistryError(.corrupt, "The catalog '\(file.path)' is damaged: \(found).")
        }
    }

    private static func reading<Value>(_ file: URL, isReadOnly: Bool = true, _ body: (Database) throws -> Value) throws
        -> Value
    {
        do {
            var configuration = Configuration()
            configuration.readonly = isReadOnly
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: file.path, configuration: configuration)
            // VACUUM can't run inside a transaction.
            return try queue.inDatabase(body)
        } catch let error as DatabaseError {
            throw RegistryError(catalog: error)
        }
    }
}
