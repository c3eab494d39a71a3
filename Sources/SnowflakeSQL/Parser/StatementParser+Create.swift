import Types

/// The words between CREATE and the kind.
struct CreateModifiers {
    var orReplace = false
    var orAlter = false
    var lifetime = Lifetime.permanent
    var secure = false
}

extension StatementParser {
    static func create(_ cursor: inout TokenCursor) throws -> Statement {
        let start = cursor.position
        cursor.index += 1
        let modifiers = try modifiers(&cursor)
        if cursor.accept("FILE", "FORMAT") { return try createFileFormat(&cursor, modifiers) }
        if cursor.isNext("MODEL", "MONITOR") {
            cursor.index = cursor.limit
            return .unsupported(UnsupportedStatement(name: "CREATE MODEL MONITOR", position: start, hint: nil))
        }
        let kinds = ["MODEL", "TABLE", "VIEW", "DATABASE", "SCHEMA", "STAGE", "TAG", "WAREHOUSE", "ROLE", "USER"]
        let kind = kinds.first { cursor.isNext([$0]) }
        if kind != nil { cursor.index += 1 }
        switch kind {
        case "MODEL": return try createModel(&cursor, orReplace: modifiers.orReplace)
        case "TABLE": return try createTable(&cursor, modifiers)
        case "VIEW": return try createView(&cursor, modifiers)
        case "DATABASE": return .createDatabase(try createContainer(&cursor, modifiers))
        case "SCHEMA": return .createSchema(try createContainer(&cursor, modifiers))
        case "STAGE": return try createStage(&cursor, modifiers)
        case "TAG": return try createTag(&cursor, modifiers)
        case "WAREHOUSE": return .createWarehouse(try createWithOptions(&cursor, modifiers))
        case "ROLE": return .createRole(try createWithOptions(&cursor, modifiers))
        case "USER": return .createUser(try createWithOptions(&cursor, modifiers))
        default: return try unofferedObject(&cursor, "CREATE", start, kinds + ["FILE FORMAT"])
        }
    }

    private static func modifiers(_ cursor: inout TokenCursor) throws -> CreateModifiers {
        var modifiers = CreateModifiers()
        while true {
            if cursor.accept("OR", "REPLACE") {
                modifiers.orReplace = true
            } else if cursor.accept("OR", "ALTER") {
                throw RegistryError(
                    .unsupported, "CREATE OR ALTER is not supported.", hint: "Use CREATE OR REPLACE, or ALTER.",
                    position: cursor.position)
            } else if cursor.acceptAny("SCOPED", "LOCAL", "GLOBAL") != nil {
                guard cursor.isNext("TEMP") || cursor.isNext("TEMPORARY") else { throw cursor.unexpected() }
            } else if cursor.acceptAny("TEMP", "TEMPORARY", "VOLATILE") != nil {
                modifiers.lifetime = .temporary
            } else if cursor.accept("TRANSIENT") {
                modifiers.lifetime = .transient
            } else if cursor.acceptAny("SECURE", "RECURSIVE") != nil {
                modifiers.secure = true
            } else {
                return modifiers
            }
        }
    }

    /// Kinds of objects that Snowflake has and Roost does not offer.
    private static let unofferedKinds = [
        "SERVICE", "MODEL MONITOR", "FUNCTION", "PROCEDURE", "TASK", "STREAM", "PIPE", "SEQUENCE", "DYNAMIC TABLE",
        "EXTERNAL TABLE", "ICEBERG TABLE", "EVENT TABLE", "HYBRID TABLE", "MATERIALIZED VIEW", "SEMANTIC VIEW",
        "COMPUTE POOL", "IMAGE REPOSITORY", "ARTIFACT REPOSITORY", "SECRET", "INTEGRATION", "SECURITY INTEGRATION",
        "API INTEGRATION", "STORAGE INTEGRATION", "EXTERNAL ACCESS INTEGRATION", "NETWORK POLICY", "NETWORK RULE",
        "MASKING POLICY", "ROW ACCESS POLICY", "AGGREGATE FUNCTION", "AGGREGATION POLICY", "PASSWORD POLICY",
        "DATABASE ROLE", "APPLICATION", "SHARE", "ALERT", "NOTEBOOK", "STREAMLIT", "RESOURCE MONITOR", "ACCOUNT",
        "CORTEX SEARCH SERVICE", "DATASET", "EXPERIMENT", "GIT REPOSITORY", "SNAPSHOT", "EXTERNAL FUNCTION", "VERSION",
        "CONNECTION", "FAILOVER GROUP", "REPLICATION GROUP", "GATEWAY",
    ].map { $0.split(separator: " ").map(String.init) }

    /// An `unsupported` statement when the kind is one of Snowflake's, else a syntax error with the nearest kind.
    static func unofferedObject(
        _ cursor: inout TokenCursor, _ verb: String, _ start: RegistryError.Position, _ kinds: [String]
    ) throws -> Statement {
        if let kind = unofferedKinds.filter({ cursor.isNext($0) }).max(by: { $0.count < $1.count }) {
            cursor.index = cursor.limit
            let name = "\(verb) \(kind.joined(separator: " "))"
            return .unsupported(UnsupportedStatement(name: name, position: start, hint: nil))
        }
        throw cursor.unexpected(hint: cursor.current.flatMap { RegistryError.nearMiss($0.text, kinds) })
    }

    /// `[IF NOT EXISTS] name [IF NOT EXISTS]`
    static func newName(_ cursor: inout TokenCursor) throws -> (ObjectReference, ifNotExists: Bool) {
        let early = cursor.acceptIfNotExists()
        let name = try cursor.objectReference()
        return (name, early || cursor.acceptIfNotExists())
    }

    private static func createContainer(
        _ cursor: inout TokenCursor, _ modifiers: CreateModifiers
    ) throws -> CreateContainer {
        let (name, ifNotExists) = try newName(&cursor)
        var container = CreateContainer(name: name, orReplace: modifiers.orReplace, ifNotExists: ifNotExists)
        if cursor.accept("CLONE") { container.clone = try cursor.objectReference() }
        while !cursor.isAtEnd {
            let before = cursor.index
            if cursor.accept("WITH", "MANAGED", "ACCESS") { continue }
            if let comment = try cursor.acceptComment() { container.comment = comment }
            for option in try cursor.options().entries {
                if option.name == "COMMENT" {
                    container.comment = option.value.text
                } else {
                    container.options.add(option.name, option.value, at: option.position)
                }
            }
            guard cursor.index > before else { throw cursor.unexpected() }
        }
        return container
    }

    private static func createStage(_ cursor: inout TokenCursor, _ modifiers: CreateModifiers) throws -> Statement {
        let (name, ifNotExists) = try newName(&cursor)
        var stage = CreateStage(name: name, orReplace: modifiers.orReplace, ifNotExists: ifNotExists)
        stage.isTemporary = modifiers.lifetime == .temporary
        if cursor.accept("CLONE") {
            throw RegistryError(.unsupported, "CREATE STAGE … CLONE is not supported.", position: cursor.position)
        }
        while !cursor.isAtEnd {
            if cursor.isNext("WITH", "TAG") || cursor.isNext("TAG") {
                _ = cursor.accept("WITH")
                cursor.index += 1
                _ = try cursor.bracketed()
                continue
            }
            let before = cursor.index
            stage.options.addAll(try cursor.options())
            guard cursor.index > before else { throw cursor.unexpected() }
        }
        stage.fileFormat = fileFormat(stage.options.takeEntry("FILE_FORMAT"))
        stage.comment = stage.options.take("COMMENT")?.text
        return .createStage(stage)
    }

    /// The options of `FILE_FORMAT = (…)`; a bare name stands for FORMAT_NAME.
    static func fileFormat(_ entry: StatementOptions.Entry?) -> StatementOptions {
        var options = StatementOptions()
        switch entry?.value {
        case nil: break
        case .options(let given): options = given
        case .list(let values) where values.count == 1: options.add("FORMAT_NAME", values[0], at: entry?.position)
        case .some(let value): options.add("FORMAT_NAME", value, at: entry?.position)
        }
        return options
    }

    private static func createFileFormat(
        _ cursor: inout TokenCursor, _ modifiers: CreateModifiers
    ) throws -> Statement {
        let (name, ifNotExists) = try newName(&cursor)
        var format = CreateFileFormat(name: name, orReplace: modifiers.orReplace, ifNotExists: ifNotExists)
        format.isTemporary = modifiers.lifetime == .temporary
        format.options = try cursor.options()
        format.comment = format.options.take("COMMENT")?.text
        return .createFileFormat(format)
    }

    private static func createTag(_ cursor: inout TokenCursor, _ modifiers: CreateModifiers) throws -> Statement {
        var tag = CreateTag(name: .binding(0), orReplace: modifiers.orReplace || cursor.accept("OR", "REPLACE"))
        (tag.name, tag.ifNotExists) = try newName(&cursor)
        while !cursor.isAtEnd {
            if cursor.accept("ALLOWED_VALUES") {
                tag.allowedValues = try cursor.strings()
            } else if let comment = try cursor.acceptComment() {
                tag.comment = comment
            } else {
                throw cursor.unexpected(hint: "Expected ALLOWED_VALUES or COMMENT.")
            }
        }
        return .createTag(tag)
    }

    private static func createWithOptions(
        _ cursor: inout TokenCursor, _ modifiers: CreateModifiers
    ) throws -> CreateWithOptions {
        let (name, ifNotExists) = try newName(&cursor)
        var object = CreateWithOptions(name: name, orReplace: modifiers.orReplace, ifNotExists: ifNotExists)
        _ = cursor.accept("WITH")
        object.options = try cursor.options()
        object.comment = object.options.take("COMMENT")?.text
        return object
    }
}

extension StatementOptions {
    mutating func addAll(_ other: StatementOptions) {
        for entry in other.entries { add(entry.name, entry.value, at: entry.position) }
    }
}
