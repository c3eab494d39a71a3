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
    package static func unneeded(
        in directory: URL, needed: [EnvironmentSpec], inUse: Set<String>, builtBefore cutoff: Date
    ) -> [Unneeded] {
        // Requirements that can't be read name no environment: none was ever built for them.
        let hashes = Set(
            needed.compactMap { try? EnvironmentRequirements($0, always: EnvironmentStore.always($0)).hash })
        let kept = inUse.union(pointers(in: directory).filter { hashes.contains($0.key) }.values)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { name in
            guard !name.hasPrefix("."), name != "specs", !kept.contains(name) else { return false }
            let url = directory.appending(path: name)
            let made = try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
            return made.map { $0 < cutoff } ?? false
        }.map { Unneeded(name: $0, bytes: size(directory.appending(path: $0))) }.sorted { $0.bytes > $1.bytes }
    }

    /// Removes environments with the pointers to them. A pointer goes first: what needs it again builds it again.
    package static func remove(_ names: [String], in directory: URL) throws {
        for (spec, name) in pointers(in: directory) where names.contains(name) {
            try? FileManager.default.removeItem(at: directory.appending(path: "specs/\(spec)"))
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

    /// The environments that requirements were answered with, by the hash of the requirements.
    private static func pointers(in directory: URL) -> [String: String] {
        let specs = directory.appending(path: "specs")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: specs.path)) ?? []
        return names.reduce(into: [:]) { found, name in
            found[name] = try? String(contentsOf: specs.appending(path: name), encoding: .utf8)
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
