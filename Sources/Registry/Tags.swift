import Access
import Packaging
package import Store
package import Types

extension ModelRegistry {
    /// Makes a tag.
    ///
    /// - Parameter allowedValues: the only values that it accepts; nil for any.
    package func createTag(
        _ name: ObjectName, allowedValues: [String]? = nil, mode: CreateMode = .plain, comment: String = "",
        as principal: Principal
    ) throws -> Created {
        try PackageLimits.check(
            allowedValues?.count ?? 0, "allowed values of a tag", atMost: limits.allowedValuesPerTag,
            setting: "limit-allowed-values-per-tag")
        for value in allowedValues ?? [] { try checkLength(value) }
        return try catalog.write { tx in
            let schema = try locateSchema(name.namespace, as: principal, in: tx)
            let new = NewObject(
                kind: .tag, name: name.name, qualifiedName: name.description, parent: schema.reference,
                comment: comment, mode: mode, create: .createTag, drop: .dropTag)
            return try create(new, as: principal, in: tx) { try tx.insertTag($0, allowedValues: allowedValues) }
        }
    }

    /// Drops a tag; it vanishes from every object that has it.
    package func dropTag(_ name: ObjectName, ifExists: Bool = false, as principal: Principal) throws -> Located? {
        try drop(.dropTag, ifExists: ifExists, as: principal) { try locate(.tag, name, as: principal, in: $0) }
    }

    /// The tags that the principal may see, with the values that each accepts (nil: any).
    package func tags(
        in scope: Scope, _ filter: ShowFilter = ShowFilter(), as principal: Principal
    ) throws -> [(listed: ListedObject, allowedValues: [String]?)] {
        try catalog.read { reader in
            try list([.tag], in: scope, filter, as: principal, in: reader).map {
                (listed: $0, allowedValues: try reader.allowedValues($0.object.id))
            }
        }
    }

    /// Sets a tag on an object, in place of the value that it had.
    ///
    /// - Parameter kind: the object's kind, one that lives in a schema.
    /// - Throws: `invalidArgument` for a value that the tag does not allow, `limitExceeded`.
    package func setTag(
        _ tag: ObjectName, to value: String, on kind: ObjectKind, _ name: ObjectName, as principal: Principal
    ) throws {
        try checkLength(value)
        try changeTag(tag, on: kind, name, "SET TAG", as: principal) { tag, object, tx in
            if let allowed = try tx.allowedValues(tag.id), !allowed.contains(value) {
                throw RegistryError(
                    .invalidArgument, "Tag '\(tag.reference.name)' does not allow this value.",
                    hint: "Allowed are: \(allowed.prefix(20).joined(separator: ", ")).")
            }
            if try tx.tagValue(tag.id, on: object.id) == nil {
                try PackageLimits.check(
                    try tx.tagReferences(on: object.id).count + 1, "tags on '\(object.reference.name)'",
                    atMost: limits.tagsPerObject, setting: "limit-tags-per-object")
            }
            try tx.setTag(tag.id, on: object.row, to: value, now: time.now())
            _ = try removeLabels(tag.row.name, of: object, as: principal, in: tx)
            return value
        }
    }

    /// Takes a tag off an object. Without effect where it is not set.
    package func unsetTag(
        _ tag: ObjectName, on kind: ObjectKind, _ name: ObjectName, as principal: Principal
    ) throws {
        if try removeLabel(tag, of: kind, name, as: principal) { return }
        try changeTag(tag, on: kind, name, "UNSET TAG", as: principal) { tag, object, tx in
            try tx.unsetTag(tag.id, on: object.id)
            return nil
        }
    }

    /// Takes off a label that SQL sees as the tag, where the model has one.
    private func removeLabel(
        _ tag: ObjectName, of kind: ObjectKind, _ name: ObjectName, as principal: Principal
    ) throws -> Bool {
        guard kind == .model, tag.namespace == name.namespace else { return false }
        return try catalog.write { tx in
            let object = try locate(kind, name, as: principal, in: tx)
            try access.requireVisible(object.reference, as: principal, in: tx)
            guard try removeLabels(tag.name, of: object, as: principal, in: tx) else { return false }
            try access.require(.alterModel, on: object.reference, as: principal, in: tx)
            return true
        }
    }

    /// The tag's value on the object, nil where it is not set.
    ///
    /// - Throws: `notFound` where tag or object is missing or may not be seen.
    package func tagValue(
        _ tag: ObjectName, on kind: ObjectKind, _ name: ObjectName, as principal: Principal
    ) throws -> String? {
        try catalog.read { reader in
            let object = try locate(kind, name, as: principal, in: reader)
            try access.requireVisible(object.reference, as: principal, in: reader)
            if let label = try labelsAsTags(of: object, named: name, in: reader).first(where: { $0.tag == tag }) {
                return label.value
            }
            let found = try locate(.tag, tag, as: principal, in: reader)
            try access.requireVisible(found.reference, as: principal, in: reader)
            return try reader.tagValue(found.id, on: object.id)
        }
    }

    /// The tags set on an object, by their names.
    package func tagReferences(
        on kind: ObjectKind, _ name: ObjectName, as principal: Principal
    ) throws -> [TagReference] {
        try catalog.read { reader in
            let object = try locate(kind, name, as: principal, in: reader)
            try access.requireVisible(object.reference, as: principal, in: reader)
            let tags = try reader.tagReferences(on: object.id)
            let labels = try labelsAsTags(of: object, named: name, in: reader)
            return tags + labels.filter { label in !tags.contains { $0.tag == label.tag } }
        }
    }

    private func checkLength(_ value: String) throws {
        try PackageLimits.check(
            value.count, "characters in a tag's value", atMost: limits.tagValueLength,
            setting: "limit-tag-value-length")
    }

    private func changeTag(
        _ tag: ObjectName, on kind: ObjectKind, _ name: ObjectName, _ action: String, as principal: Principal,
        _ change: (Located, Located, CatalogTransaction) throws -> String?
    ) throws {
        try catalog.write { tx in
            let object = try locate(kind, name, as: principal, in: tx)
            let found = try locate(.tag, tag, as: principal, in: tx)
            try access.require(.applyTag, on: found.reference, as: principal, in: tx)
            // APPLY TAG on the account is enough for any object that the role sees; else the object must be its own.
            if try access.may(privilege: .applyTag, on: .account, as: principal, in: tx) {
                try access.requireVisible(object.reference, as: principal, in: tx)
            } else {
                try access.require(privilege: .ownership, on: object.reference, as: principal, in: tx)
            }
            let before = try tx.tagValue(found.id, on: object.id)
            let after = try change(found, object, tx)
            guard before != nil || after != nil else { return }
            let entry = AuditEntry(
                principal, action, object.reference,
                from: before.map { ["tag": found.reference.name, "value": $0] } ?? [:],
                to: after.map { ["tag": found.reference.name, "value": $0] } ?? ["tag": found.reference.name])
            try tx.audit(entry, now: time.now())
        }
    }
}
