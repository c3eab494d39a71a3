import Registry
import SnowflakeSQL
import Store
import Types

/// CREATE, ALTER and DROP MODEL: the statement's names are completed, the registry does the rest.
extension StatementContext {
    func createModel(_ create: CreateModel) throws -> StatementResult {
        let name = try resolve(create.name, kind: "model")
        let mode = try createMode(orReplace: create.orReplace, ifNotExists: create.ifNotExists)
        let logged: LoggedVersion?
        if create.isLive {
            guard let version = create.version else {
                throw RegistryError(.syntax, "WITH LIVE VERSION needs the name of the version.")
            }
            guard create.source == nil else {
                throw RegistryError(.unsupported, "A live version begins empty: FROM is not supported with it.")
            }
            logged = try engine.registry.createModel(
                name, liveVersion: version, mode: mode, comment: create.comment ?? "", as: principal)
        } else {
            guard let source = create.source else {
                throw RegistryError(
                    .syntax, "CREATE MODEL needs FROM.",
                    hint: "Write FROM @stage/path, FROM MODEL m VERSION v, or FROM 'snow://…'.")
            }
            logged = try engine.registry.createModel(
                name, version: create.version, from: try versionSource(source), mode: mode,
                comment: create.comment ?? "", session: session.id, as: principal)
        }
        return status(
            logged == nil
                ? "\(name.name) already exists, statement succeeded." : "Model \(name.name) successfully created.")
    }

    func undropObject(_ undrop: UndropStatement) throws -> StatementResult {
        guard undrop.kind == .model else {
            throw RegistryError(
                .unsupported, "UNDROP \(undrop.kind.rawValue) is not supported.", hint: "UNDROP MODEL is.",
                position: undrop.position)
        }
        let name = try resolve(undrop.name, kind: "model")
        try engine.registry.undropModel(name, as: principal)
        return status("Model \(name.name) successfully restored.")
    }

    func alterModel(_ alter: AlterModel) throws -> StatementResult {
        let name = try resolve(alter.name, kind: "model")
        if alter.ifExists {
            do {
                _ = try engine.registry.find(.model, name, as: principal)
            } catch let error as RegistryError where error.code == .notFound {
                return status("Statement executed successfully.")
            }
        }
        let registry = engine.registry
        switch alter.action {
        case .addVersion(let version, let isLive, let source, let comment):
            return try addVersion(version, isLive: isLive, source: source, comment: comment, to: name)
        case .commitVersion(let version, let renameModel, let renameVersion):
            let logged = try registry.commitVersion(
                version, of: name, renameModelTo: try renameModel.map { try resolve($0, kind: "model") },
                renameVersionTo: renameVersion, as: principal)
            return status("Version \(logged.version.name) successfully committed.")
        case .dropVersion(let version):
            try registry.dropVersion(version, of: name, as: principal)
            return status("Version \(version) successfully dropped.")
        case .rename(let reference):
            try registry.renameModel(name, to: try resolve(reference, kind: "model"), as: principal)
        case .set(let comment, let defaultVersion):
            if let comment { try registry.setModelComment(name, comment, as: principal) }
            if let defaultVersion { try registry.setDefault(defaultVersion, of: name, as: principal) }
        case .unsetComment: try registry.setModelComment(name, "", as: principal)
        case .setTags(let assignments):
            for assignment in assignments {
                try registry.setTag(
                    try resolve(assignment.tag, kind: "tag"), to: assignment.value, on: .model, name, as: principal)
            }
        case .unsetTags(let tags):
            for tag in tags { try registry.unsetTag(try resolve(tag, kind: "tag"), on: .model, name, as: principal) }
        case .setAlias(let version, let alias): try registry.setAlias(alias, to: version, of: name, as: principal)
        case .unsetAlias(let version): try registry.unsetAlias(version, of: name, as: principal)
        case .modifyVersion(let version, let comment, let metadata):
            if let comment { try registry.setVersionComment(comment, of: version, of: name, as: principal) }
            if let metadata { try registry.setMetadata(metadata, of: version, of: name, as: principal) }
        case .unsetVersionComment(let version):
            try registry.setVersionComment("", of: version, of: name, as: principal)
        }
        return status("Statement executed successfully.")
    }

    private func addVersion(
        _ version: Identifier?, isLive: Bool, source: SnowflakeSQL.VersionSource?, comment: String?, to name: ObjectName
    ) throws -> StatementResult {
        let logged: LoggedVersion
        if isLive {
            guard let version, source == nil else {
                throw RegistryError(.syntax, "ADD LIVE VERSION takes a name and no FROM.")
            }
            logged = try engine.registry.addLiveVersion(version, to: name, as: principal)
        } else {
            guard let source else { throw RegistryError(.syntax, "ADD VERSION needs FROM.") }
            logged = try engine.registry.addVersion(
                version, to: name, from: try versionSource(source), session: session.id, as: principal)
        }
        if let comment {
            try engine.registry.setVersionComment(comment, of: logged.version.name, of: name, as: principal)
        }
        return status("Version \(logged.version.name) successfully created.")
    }

    /// What a new version is made from, with full names.
    private func versionSource(_ source: SnowflakeSQL.VersionSource) throws -> Registry.VersionSource {
        switch source {
        case .model(let reference, let version):
            return .version(try resolve(reference, kind: "model"), version: version)
        case .files(let reference):
            switch try location(reference) {
            case .stage(let name, let path): return .stage(try fullName(name, kind: "stage"), path: path)
            case .snow(let location):
                guard location.domain == "model" else {
                    throw RegistryError(.unsupported, "A model can't be made from snow://\(location.domain)/….")
                }
                return .version(
                    try fullName(location.name, kind: "model"), version: location.version, path: location.path)
            case .user, .table:
                throw RegistryError(
                    .unsupported, "User and table stages (@~, @%table) are not supported.", hint: "Use a named stage.")
            }
        }
    }

    /// The place that a statement names, also as a bound value.
    func location(_ reference: StageReference) throws -> StageLocation {
        switch reference {
        case .location(let location): return location
        case .binding(let index): return try StageLocation(parsing: try boundText(index))
        }
    }
}
