import Access
import Foundation
package import Store
package import Types

/// A version with what MODEL_VERSIONS tells of its model.
package struct ListedVersion: Hashable, Sendable {
    package let row: VersionRow
    /// The role that owns the model.
    package let owner: String
}

/// A method, as MODEL_FUNCTIONS lists it.
package struct ListedFunction: Hashable, Sendable {
    package let model: ObjectName
    package let version: Identifier
    package let signature: MethodSignature
}

/// Lists of whole databases, for INFORMATION_SCHEMA: what the principal may see, with few queries for many rows.
extension ModelRegistry {
    /// The committed versions of all models in a database, by schema, model and number.
    package func versions(inDatabase name: Identifier, as principal: Principal) throws -> [ListedVersion] {
        try catalog.read { reader in
            let models = try reader.models(
                try list([.model], in: .database(name), ShowFilter(), as: principal, in: reader))
            let databaseID = try locateDatabase(name, in: reader).id
            let records = Dictionary(grouping: try reader.versions(inDatabase: databaseID), by: \.modelID)
            let methods = try reader.methodNames(inDatabase: databaseID)
            return models.flatMap { model in
                (records[model.object.id] ?? []).map { record in
                    let row = VersionRow(
                        model: model.qualifiedName, record: record, isDefault: record.id == model.defaultVersionID,
                        aliases: model.aliases.filter { $0.version == record.name.name }.map(\.name),
                        functions: methods[record.id] ?? [], modelSpec: nil)
                    return ListedVersion(row: row, owner: model.object.owner)
                }
            }
        }
    }

    /// The methods of all committed versions in a database.
    package func functions(inDatabase name: Identifier, as principal: Principal) throws -> [ListedFunction] {
        let versions = try versions(inDatabase: name, as: principal)
        return try catalog.read { reader in
            try versions.flatMap { version in
                try methods(version.row.record.id, in: reader).map {
                    ListedFunction(model: version.row.model, version: version.row.record.name, signature: $0)
                }
            }
        }
    }

    /// The tags on objects in a database. A tag that the principal may not see is left out.
    package func tagReferences(
        inDatabase name: Identifier, as principal: Principal
    ) throws -> [(object: ListedObject, tag: ObjectName, value: String)] {
        try catalog.read { reader in
            let database = try locateDatabase(name, in: reader)
            try access.requireVisible(database.reference, as: principal, in: reader)
            var viewer = try access.viewer(principal, in: reader)
            return try reader.tagReferences(inDatabase: database.id).filter { reference in
                guard let tag = try reader.object(reference.tagID) else { return false }
                return try viewer.sees(reference.object.object, in: reader) && viewer.sees(tag, in: reader)
            }.map { (object: $0.object, tag: $0.tag, value: $0.value) }
        }
    }

    /// Who owns and may do what with a database and everything in it.
    package func privileges(inDatabase name: Identifier, as principal: Principal) throws -> [ListedPrivilege] {
        try catalog.read { reader in
            let database = try locateDatabase(name, in: reader)
            try access.requireVisible(database.reference, as: principal, in: reader)
            var viewer = try access.viewer(principal, in: reader)
            return try reader.privileges(inDatabase: database.id).filter {
                try viewer.sees($0.kind, $0.objectID, owner: $0.ownerRoleID, parent: $0.parentID, in: reader)
            }
        }
    }

    /// Roles by name.
    ///
    /// - Parameter ofUser: those that the user may take; else those that the active role acts as.
    package func roles(ofUser: Bool, as principal: Principal) throws -> [ObjectRow] {
        try catalog.read { reader in
            let viewer = try access.viewer(principal, in: reader)
            return try reader.roles().filter { ofUser ? viewer.mayTake($0.id) : viewer.acts(as: $0.id) }
        }
    }
}
