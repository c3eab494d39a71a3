package import Foundation
import Types

/// Built environments that no version needs any more.
package enum EnvironmentCollection {
    /// One of them.
    package struct Unneeded: Hashable, Sendable {
        package let name: String
        /// On disk, with everything in it.
        package let bytes: Int64
    }

    /// Finds them, the largest first.
    ///
    /// - Parameters:
    ///   - directory: `environments/`.
    ///   - needed: what versions need.
    ///   - inUse: names that are kept in any case.
    ///   - cutoff: what was built since then is kept, its version may be about to be logged.
    /// - Throws: `unavailable` where it can't be read what there is.
    package static func unneeded(
        in directory: URL, needed: [EnvironmentSpec], inUse: Set<String>, builtBefore cutoff: Date
    ) throws -> [Unneeded] {
        let hashes = Set(try needed.compactMap(hash))
        return try reading(directory) {
            let kept = inUse.union(try pointers(in: directory).filter { hashes.contains($0.key) }.values)
            return try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { name in
                guard !name.hasPrefix("."), name != "specs", !kept.contains(name) else { return false }
                let facts = try FileManager.default.attributesOfItem(atPath: directory.appending(path: name).path)
                return (facts[.modificationDate] as? Date).map { $0 < cutoff } ?? false
            }.map { Unneeded(name: $0, bytes: size(directory.appending(path: $0))) }.sorted { $0.bytes > $1.bytes }
        }
    }

    /// Nil for requirements that can't be read: they name no environment, none was ever built for them.
    private static func hash(_ spec: EnvironmentSpec) throws -> String? {
        do { return try EnvironmentRequirements(spec).hash } catch let error as RegistryError
            where error.code == .invalidPackage
        {
            return nil
        }
    }

    /// Removes environments with the pointers to them. A pointer goes first: what needs it again builds it again.
    package static func remove(_ names: [String], in directory: URL) throws {
        try reading(directory) {
            for (spec, name) in try pointers(in: directory) where names.contains(name) {
                try FileManager.default.removeItem(at: directory.appending(path: "specs/\(spec)"))
            }
        }
        for name in names {
            let moved = directory.appending(path: ".gone-\(UUID().uuidString)")
            do {
                try FileManager.default.moveItem(at: directory.appending(path: name), to: moved)
                try FileManager.default.removeItem(at: moved)
            } catch {
                throw RegistryError(.unavailable, "The environment '\(name)' can't be removed.", cause: error)
            }
        }
    }

    private static func reading<Value>(_ directory: URL, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            throw RegistryError(.unavailable, "The environments in '\(directory.path)' can't be read.", cause: error)
        }
    }

    /// The environments that requirements were answered with, by the hash of the requirements.
    private static func pointers(in directory: URL) throws -> [String: String] {
        let specs = directory.appending(path: "specs")
        // Made with the first environment.
        guard FileManager.default.fileExists(atPath: specs.path) else { return [:] }
        let names = try FileManager.default.contentsOfDirectory(atPath: specs.path)
        // Others are pointers that are being written.
        return try names.filter { $0.count == EnvironmentRequirements.hashLength }.reduce(into: [:]) { found, name in
            found[name] = try String(contentsOf: specs.appending(path: name), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private static func size(_ directory: URL) -> Int64 {
        let keys: Set<URLResourceKey> = [.totalFileAllocatedSizeKey]
        guard let walk = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: Array(keys)) else {
            return 0
        }
        var bytes: Int64 = 0
        for case let entry as URL in walk {
            bytes += Int64((try? entry.resourceValues(forKeys: keys))?.totalFileAllocatedSize ?? 0)
        }
        return bytes
    }
}
