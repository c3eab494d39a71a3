import Registry
import SnowflakeSQL
import Types

/// ALTER VIEW … RENAME TO, SET COMMENT, UNSET COMMENT.
extension StatementContext {
    /// False for a change that is not offered.
    func alterView(_ name: ObjectName, _ action: AlterObject.Action) throws -> Bool {
        switch action {
        case .rename(let reference):
            let newName = try resolve(reference, kind: "view")
            // In another schema the names in its text would mean others.
            guard newName.namespace == name.namespace else {
                throw RegistryError(
                    .unsupported, "Moving a view to another schema is not supported.",
                    hint: "Make it there with CREATE VIEW.")
            }
            guard case .view? = session.temporary(name) else {
                try engine.registry.renameTable(.view, name, to: newName, as: principal)
                return true
            }
            guard session.temporary(newName) == nil else { throw RegistryError.exists("View", newName.description) }
            let view = session.temporary(name)
            session.setTemporary(name, nil)
            session.setTemporary(newName, view)
        case .set(let options):
            guard options.entries.count == 1, let comment = options["COMMENT"]?.text else { return false }
            try setComment(comment, ofView: name)
        case .unset(let words):
            guard words == ["COMMENT"] else { return false }
            try setComment("", ofView: name)
        default: return false
        }
        return true
    }

    private func setComment(_ comment: String, ofView name: ObjectName) throws {
        guard session.temporary(name) == nil else {
            throw RegistryError(.unsupported, "A temporary view has no comment.")
        }
        try engine.registry.setTableComment(.view, name, comment, as: principal)
    }
}
