import Access
package import Foundation
package import Packaging
import Store
package import Types

/// A version as whoever runs its methods needs it. Immutable: may be kept for as long as the id is of interest.
package struct VersionForInference: Hashable, Sendable {
    /// The version's id, which is never given to another version.
    package let id: Int64
    package let model: ObjectName
    package let name: Identifier
    /// The digest of all files together: equal for a copy.
    package let digest: String
    package let methods: [MethodSignature]
    package let environment: EnvironmentSpecification
    /// `framework`, `task`, `client`.
    package let attributes: [String: String]
    /// `WAREHOUSE`, `SNOWPARK_CONTAINER_SERVICES`.
    package let runnableIn: [String]

    /// The method of exactly this name.
    package func method(_ name: Identifier) -> MethodSignature? { methods.first { $0.name == name } }
}

extension ModelRegistry {
    /// The version that a call in SQL names, for a principal that may run it.
    ///
    /// - Parameter version: a version's name or an alias, nil for the default version.
    package func versionForInference(
        _ version: Identifier?, of name: ObjectName, as principal: Principal
    ) throws -> VersionForInference {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.require(.runModel, on: model.reference, as: principal, in: reader)
            let record = try resolve(version, of: model, in: reader)
            let decoder = JSONDecoder()
            do {
                return VersionForInference(
                    id: record.id, model: name, name: record.name, digest: record.digest,
                    methods: try methods(record.id, in: reader),
                    environment: try decoder.decode(
                        EnvironmentSpecification.self, from: Data(record.environment.utf8)),
                    attributes: try decoder.decode([String: String].self, from: Data(record.attributes.utf8)),
                    runnableIn: try decoder.decode([String].self, from: Data(record.runnableIn.utf8)))
            } catch let error as DecodingError {
                throw RegistryError(.corrupt, "The catalog's facts of a version are damaged.", cause: error)
            }
        }
    }

    /// The version's files as a read-only directory for a worker, made if it is not there.
    ///
    /// Asks nobody: the version was resolved for a principal before.
    package func materializedTree(_ versionID: Int64) throws -> URL {
        let files = try catalog.read { try $0.artifacts(versionID) }
        return try trees.materialize(versionID, files: files.map { ($0.path, $0.blob.digest) })
    }
}
