import Access
import Foundation
package import Store
package import Types

/// SHOW … AT: models and versions as they were. What may be seen is decided by what the role may see now.
extension ModelRegistry {
    /// The models that there were at a moment, called and placed as they were then. Dropped ones are among them.
    ///
    /// - Parameter moment: milliseconds since 1970; what happened in that millisecond counts.
    /// - Throws: `invalidArgument` for a moment that has not come.
    package func models(
        in scope: Scope, _ filter: ShowFilter = ShowFilter(), asOf moment: Int64, as principal: Principal
    ) throws -> [ModelRecord] {
        try requirePast(moment)
        return try catalog.read { reader in
            let place = try locate(scope, as: principal, in: reader)
            var viewer = try access.viewer(principal, in: reader)
            // LIKE and FROM need the whole list: see `cut`.
            let limit = filter.names.like == nil && filter.from == nil ? filter.limit ?? .max : .max
            let found = try reader.models(asOf: moment, names: filter.names, limit: limit) { now, schemaThen in
                if let schemaID = place.schemaID, schemaID != schemaThen { return false }
                if let databaseID = place.databaseID, try reader.object(schemaThen)?.parentID != databaseID {
                    return false
                }
                return try viewer.sees(now, in: reader)
            }
            return filter.cut(found) { $0.object.name }
        }
    }

    /// The committed versions that a model had at a moment, with the aliases, default, comments and metadata of then.
    ///
    /// - Parameter name: what the model is called now.
    /// - Throws: `invalidArgument` for a moment that has not come, or at which there was no such model.
    package func versions(
        of name: ObjectName, _ filter: ShowFilter = ShowFilter(), asOf moment: Int64, withModelSpec: Bool = false,
        as principal: Principal
    ) throws -> [VersionRow] {
        try requirePast(moment)
        return try catalog.read { reader in
            let model = try locate(.model, name, as: principal, in: reader)
            try access.requireVisible(model.reference, as: principal, in: reader)
            guard let past = try reader.model(model.id, in: name.namespace, asOf: moment) else {
                let made = Self.timeText(model.row.createdOn)
                throw RegistryError(
                    .invalidArgument,
                    model.row.createdOn > moment
                        ? "There is no past of model '\(name)' at \(Self.timeText(moment)): it was made at \(made)."
                        : "Model '\(name)' was dropped, or without a version, at \(Self.timeText(moment)).",
                    hint: "SHOW MODELS LIKE '\(name.name.name)' AT(…) lists what had the name then.")
            }
            let rows = try reader.versions(of: model.id, asOf: moment).filter { filter.names.matches($0.name) }
            return try filter.cut(rows) { $0.name }.map { record in
                VersionRow(
                    model: name, record: record, isDefault: record.id == past.defaultVersionID,
                    aliases: past.aliases.filter { $0.version == record.name.name }.map(\.name),
                    functions: try reader.methodNames(record.id),
                    modelSpec: withModelSpec ? try modelSpec(record.id, of: name, in: reader) : nil)
            }
        }
    }

    private func requirePast(_ moment: Int64) throws {
        let now = time.now()
        guard moment <= now else {
            throw RegistryError(
                .invalidArgument,
                "The time \(Self.timeText(moment)) has not come: it is \(Self.timeText(now)) now.",
                hint: "AT and BEFORE take a time in the past.")
        }
    }

    /// A moment in a message: `2026-05-03T12:00:00.000Z`.
    static func timeText(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
