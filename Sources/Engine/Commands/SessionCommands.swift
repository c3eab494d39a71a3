import Access
import DuckDB
import Registry
import SnowflakeSQL
import Store
import Types

/// USE, ALTER SESSION, SET, BEGIN, COMMIT, ROLLBACK.
extension StatementContext {
    func runSessionCommand(_ statement: Statement) throws -> StatementResult {
        switch statement {
        case .use(let use): try self.use(use)
        case .alterSession(.set(let options)):
            for entry in options.entries {
                guard let text = entry.value.text else {
                    throw RegistryError(
                        .invalidArgument, "The value of session parameter \(entry.name) must be a literal.")
                }
                try session.updateParameters { try $0.set(entry.name.uppercased(), text) }
            }
        case .alterSession(.unset(let names)):
            session.updateParameters { parameters in for name in names { parameters.unset(name.uppercased()) } }
        case .setVariables(let set): try setVariables(set)
        case .unsetVariables(let names): for name in names { session.setVariable(name, literal: nil) }
        case .begin:
            if !session.inTransaction {
                try connection.execute("BEGIN TRANSACTION")
                session.inTransaction = true
            }
        case .commit:
            try commitOpenTransaction()
        case .rollback:
            if session.inTransaction {
                session.inTransaction = false
                rollBack()
            }
        default: throw RegistryError(.internal, "This is no command of the session.")
        }
        return status("Statement executed successfully.")
    }

    private func use(_ use: UseStatement) throws {
        switch use {
        case .database(let reference):
            try useDatabase(try simpleName(reference, kind: "database"))
        case .schema(let reference): try useSchema(try namespace(reference))
        case .unspecified(let reference):
            let name = try partialName(reference)
            guard name.parts.count == 2 else { return try useDatabase(name.last) }
            try useSchema(Namespace(name.parts[0], name.parts[1]))
        case .role(let reference):
            let role = try simpleName(reference, kind: "role")
            try requireRole(role)
            session.update { $0.role = role }
        case .warehouse(let reference):
            let name = try simpleName(reference, kind: "warehouse")
            _ = try engine.registry.warehouse(name, for: .useWarehouse, as: principal)
            session.update { $0.warehouse = name }
        case .secondaryRoles(let roles):
            guard roles == SecondaryRoles.none || session.confinedTo == nil else {
                throw RegistryError(
                    .permissionDenied, "This session has no secondary roles: what it logged in with allows one role.",
                    hint: "Log in without a token that is restricted to a role.")
            }
            if case .some(let names) = roles { for name in names { try requireRole(name) } }
            session.update { $0.secondaryRoles = roles }
        }
    }

    /// - Throws: `notFound` for a role that the session may not act in.
    private func requireRole(_ role: Identifier) throws {
        if let allowed = session.confinedTo, !allowed.contains(role) {
            throw RegistryError.missing(Types.ObjectKind.role.word, role.description)
        }
        _ = try engine.accounts.principal(session.user, role: role)
    }

    private func useDatabase(_ name: Identifier) throws {
        _ = try engine.registry.findDatabase(name, as: principal)
        let schemas = try engine.registry.schemas(in: name, as: principal).map(\.object.name)
        session.update {
            $0.database = name
            $0.schema = schemas.first { $0.name == "PUBLIC" }
        }
    }

    private func useSchema(_ namespace: Namespace) throws {
        _ = try engine.registry.findSchema(namespace, as: principal)
        session.update {
            $0.database = namespace.database
            $0.schema = namespace.schema
        }
    }

    /// `SET v = expression`: the value is computed once and kept as a literal.
    private func setVariables(_ set: SetVariables) throws {
        for assignment in set.assignments {
            let planned = try plan(try SQLText(parts: [.sql("SELECT ("), .text(assignment.value), .sql(") AS V")]))
            let result = try connection.query(
                "SELECT typeof(V), CAST(V AS VARCHAR) FROM (\(planned.sql)) q")
            guard let chunk = try result.nextChunk(), chunk.rowCount == 1 else {
                throw RegistryError(.invalidArgument, "SET \(assignment.name) needs exactly one value.")
            }
            guard chunk.vector(1).validity[0] else {
                session.setVariable(assignment.name, literal: "NULL")
                continue
            }
            let text = chunk.vector(1).strings.text(0)
            let isText = chunk.vector(0).strings.text(0) == "VARCHAR"
            session.setVariable(
                assignment.name,
                literal: isText
                    ? BindingLiteral.quote(text)
                    : "CAST(\(BindingLiteral.quote(text)) AS \(chunk.vector(0).strings.text(0)))")
        }
    }
}
