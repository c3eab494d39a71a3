package import DuckDB
import Foundation
package import Types

/// DuckDB as the tests open it: from `ROOST_NATIVE_DIR`, else `.roost/native` above this file.
package enum NativeLibrary {
    package static func load() throws -> Library {
        if let directory = ProcessInfo.processInfo.environment["ROOST_NATIVE_DIR"] {
            return try Library.load(directory: directory)
        }
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            let directory = folder.appending(path: ".roost/native")
            if FileManager.default.fileExists(atPath: directory.path) {
                return try Library.load(directory: directory.path)
            }
            folder.deleteLastPathComponent()
        }
        throw RegistryError(
            .unavailable, "No '.roost/native' above the tests.", hint: "Run 'make setup', or set ROOST_NATIVE_DIR.")
    }

    package static func connection() throws -> Connection {
        try Database(library: load(), configuration: ["threads": "2"]).connect()
    }
}

/// The error that the body throws, or nil.
package func failure(_ body: () throws -> Void) -> RegistryError? {
    do {
        try body()
        return nil
    } catch {
        return error as? RegistryError ?? RegistryError(.internal, "\(error)")
    }
}
