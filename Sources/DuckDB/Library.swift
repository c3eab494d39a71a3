import CNative
import Synchronization
import Types

/// DuckDB's shared library, opened at run time. One per process; it stays open until the process ends.
///
/// Two files lie in the directory that `scripts/native-libraries` fills: `libduckdb.so`, which is the Python wheel's
/// module, and `libpystub.so`, which satisfies the Python symbols that module leaves open. Values of this type prove
/// that the library is open; any thread may use them.
///
/// ```swift
/// let library = try Library.load(directory: ".roost/native")
/// let database = try Database(library: library)
/// let result = try database.connect().query("SELECT 42")
/// ```
package struct Library: Sendable {
    /// The version that the code was written for and tested with. Later patches of the same minor version are taken.
    package static let expectedVersion = "1.5.5"

    /// Directory that the library was opened from.
    package let directory: String

    private static let opened = Mutex<String?>(nil)

    private init(directory: String) {
        self.directory = directory
    }

    /// Opens the library, or returns the one that is open already, whatever directory it came from.
    ///
    /// - Throws: `unavailable` where a file, a function or the right version is missing.
    package static func load(directory: String) throws -> Library {
        try opened.withLock { opened in
            if let opened { return Library(directory: opened) }
            let library = "\(directory)/libduckdb.so"
            let stub = "\(directory)/libpystub.so"
            for file in [library, stub] where !isReadable(file) {
                throw RegistryError(
                    .unavailable, "The native library '\(fileName(file))' is missing.", hint: setupHint,
                    detail: ["file": file])
            }
            if let failure = cn_duckdb_open(stub, library) {
                defer { cn_free(failure) }
                throw RegistryError(
                    .unavailable, "DuckDB's library can't be opened.", hint: setupHint,
                    detail: ["file": library, "reason": String(cString: failure)])
            }
            let found = version
            guard isCompatible(found) else {
                throw RegistryError(
                    .unavailable, "DuckDB \(found) is installed, but Roost needs \(expectedVersion).", hint: setupHint)
            }
            opened = directory
            return Library(directory: directory)
        }
    }

    /// The library's own version, e.g. `1.5.5`.
    package func version() -> String { Library.version }

    private static let setupHint = "Run 'make setup' to fetch the native libraries."

    private static var version: String {
        guard let text = duck_library_version() else { return "?" }
        let version = String(cString: text)
        return version.hasPrefix("v") ? String(version.dropFirst()) : version
    }

    private static func isCompatible(_ version: String) -> Bool {
        func numbers(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? -1 } }
        let found = numbers(version)
        let wanted = numbers(expectedVersion)
        return found.count == 3 && found[0] == wanted[0] && found[1] == wanted[1] && found[2] >= wanted[2]
    }

    private static func isReadable(_ path: String) -> Bool { cn_is_readable(path) != 0 }

    private static func fileName(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
}
