import Access
import Foundation
import Packaging
package import Store
package import Types

/// A version, as SHOW VERSIONS lists it.
package struct VersionRow: Hashable, Sendable {
    package let model: ObjectName
    package let record: VersionRecord
    package let isDefault: Bool
    /// The users' aliases and those of `DEFAULT`, `FIRST`, `LAST` that point here, sorted.
    package let aliases: [String]
    /// The methods' names in the manifest's order.
    package let functions: [String]
    /// The text of model.yaml, or one made from MLmodel, where it was asked for and the version has either.
    package let modelSpec: String?
}

/// A method, as SHOW FUNCTIONS lists it.
package struct FunctionRow: Hashable, Sendable {
    package let model: ObjectName
    package let version: VersionRecord
    package let signature: MethodSignature
}

extension ModelRegistry {
    /// The models that the principal may see, by database, schema and name.
    ///
    /// A model that has only a live version is left out.
    package func models(
        in scope: Scope, _ filter: ShowFilter = ShowFilter(), as principal: Principal
    ) throws -> [ModelRecord] {
        try catalog.read { reader in
            try reader.models(try list([.model], in: scope, filter, as: principal, in: reader))
        }
    }

    /// One model, where the principal may see it.
    package func model(_ name: ObjectName, as principal: Principal) throws -> ModelRecord {
        try catalog.read { try model(name, as: principal, in: $0) }
    }

    func model(_ name: ObjectName, as principal: Principal, in reader: CatalogReader) throws -> ModelRecord {
        let found = try locate(.model, name, as: principal, in: reader)
        try access.requireVisible(found.reference, as: principal, in: reader)
        let listed = ListedObject(object: found.row, database: name.database, schema: name.schema)
        guard let record = try reader.models([listed]).first else {
            throw RegistryError.missing("Model", name.description)
        }
        return record
    }

    /// The committed versions of a model in order of creation.
    ///
    /// - Parameter withModelSpec: whether to read each version's model.yaml.
    package func versions(
        of name: ObjectName, _ filter: ShowFilter = ShowFilter(), withModelSpec: Bool = false,
        as principal: Principal
    ) throws -> [VersionRow] {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            let defaultID = try reader.defaultVersionID(model.id)
            let firstID = try reader.version(.first, of: model.id)?.id
            let lastID = try reader.version(.last, of: model.id)?.id
            let aliases = try reader.aliases(of: model.id)
            var records = try reader.versions(of: model.id, like: filter.names.foldedPattern)
            let methods = try reader.methodNames(ofModel: model.id)
            if let prefix = filter.names.startsWith { records = records.filter { $0.name.name.hasPrefix(prefix) } }
            return try filter.cut(records) { $0.name }.map { record in
                var names = aliases.filter { $0.versionID == record.id }.map(\.name)
                if record.id == defaultID { names.append("DEFAULT") }
                if record.id == firstID { names.append("FIRST") }
                if record.id == lastID { names.append("LAST") }
                return VersionRow(
                    model: name, record: record, isDefault: record.id == defaultID, aliases: names.sorted(),
                    functions: methods[record.id] ?? [],
                    modelSpec: withModelSpec ? try modelSpec(record.id, of: name, in: reader) : nil)
            }
        }
    }

    /// The methods of one version (nil: of all versions) of a model.
    ///
    /// - Parameter version: a version's name or an alias.
    package func functions(
        of name: ObjectName, version: Identifier? = nil, _ filter: ShowFilter = ShowFilter(), as principal: Principal
    ) throws -> [FunctionRow] {
        try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            let records = try version.map { [try resolve($0, of: model, in: reader)] } ?? reader.versions(of: model.id)
            let rows = try records.flatMap { record in
                try methods(record.id, in: reader).map { FunctionRow(model: name, version: record, signature: $0) }
            }
            return filter.cut(filter.matching(rows) { $0.signature.name }) { $0.signature.name }
        }
    }

    func methods(_ versionID: Int64, in reader: CatalogReader) throws -> [MethodSignature] {
        let decoder = JSONDecoder()
        do {
            return try reader.methodSignatures(versionID).map {
                try decoder.decode(MethodSignature.self, from: Data($0.utf8))
            }
        } catch let error as DecodingError {
            throw RegistryError(.corrupt, "The catalog's signatures of a version are damaged.", cause: error)
        }
    }

    /// The version's model.yaml; for a directory of MLflow one that is made from its MLmodel file.
    func modelSpec(_ versionID: Int64, of name: ObjectName, in reader: CatalogReader) throws -> String? {
        if let spec = try content(of: ModelYAML.fileName, versionID, in: reader) { return spec }
        guard let text = try content(of: MLmodel.fileName, versionID, in: reader) else { return nil }
        return try MLmodel(text: text).modelYAML(name: name.name.name)
    }

    private func content(of path: String, _ versionID: Int64, in reader: CatalogReader) throws -> String? {
        guard let file = try reader.artifacts(versionID, below: path).first(where: { $0.path == path }) else {
            return nil
        }
        return try text(path, digest: file.blob.digest, limit: limits.package.modelYAMLBytes)
    }
}

extension ShowFilter {
    /// The same names without FROM and LIMIT, which are applied to the finished rows.
    package init(namesOf other: ShowFilter) {
        self.init()
        names = other.names
    }
}
