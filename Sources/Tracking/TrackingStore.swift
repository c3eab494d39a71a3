package import Access
package import Store
package import Types

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What MLflow's clients keep around models: experiments, runs, metrics, logged models and their files.
///
/// All of it belongs to one schema, the default one: who may use the schema reads it, who may create models in it
/// writes. Every call asks the authorisation point and makes its change in one transaction. Thread-safe; calls block.
package final class TrackingStore: Sendable {
    let catalog: CatalogStore
    let access: AccessControl
    let time: TimeSource
    /// Where experiments live, and models whose names say nothing else.
    package let home: Namespace
    /// Most bytes of all files together; nil for any number.
    let bytesQuota: Int?

    package init(
        catalog: CatalogStore, access: AccessControl, home: Namespace, bytesQuota: Int? = nil, time: TimeSource = .wall
    ) {
        self.catalog = catalog
        self.access = access
        self.home = home
        self.bytesQuota = bytesQuota
        self.time = time
    }

    /// Longest texts, in characters. Source: mlflow.utils.validation.
    package enum Limits {
        package static let name = 250
        package static let experimentName = 500
        package static let paramValue = 6000
        package static let tagValue = 8000
        package static let experimentTagValue = 20_000
        package static let batchMetrics = 1000
        package static let batchParams = 100
        package static let batchTags = 100
        package static let batchTotal = 1000
    }

    func read<Value>(as principal: Principal, _ body: (CatalogReader) throws -> Value) throws -> Value {
        try catalog.read { reader in
            try access.require(.useSchema, on: try schema(in: reader), as: principal, in: reader)
            return try body(reader)
        }
    }

    func write<Value>(as principal: Principal, _ body: (CatalogTransaction) throws -> Value) throws -> Value {
        try catalog.write { tx in
            try access.require(.createModel, on: try schema(in: tx), as: principal, in: tx)
            return try body(tx)
        }
    }

    /// Writes a change down: it is of the schema that all of this belongs to.
    func note(
        _ action: String, from: [String: String] = [:], to: [String: String] = [:], as principal: Principal,
        in tx: CatalogTransaction
    ) throws {
        try tx.audit(AuditEntry(principal, action, try schema(in: tx), from: from, to: to), now: time.now())
    }

    /// Whether the principal may read experiments and runs.
    package func mayRead(as principal: Principal) throws -> Bool {
        try catalog.read { try access.may(.useSchema, on: try schema(in: $0), as: principal, in: $0) }
    }

    /// Whether the principal may write them.
    package func mayWrite(as principal: Principal) throws -> Bool {
        try catalog.read { try access.may(.createModel, on: try schema(in: $0), as: principal, in: $0) }
    }

    func schema(in reader: CatalogReader) throws -> ObjectRef {
        guard let database = try reader.accountObject(.database, home.database),
            let schema = try reader.object(.schema, home.schema, in: database.id)
        else {
            throw RegistryError(
                .failedPrecondition, "The schema \(home), which keeps experiments and runs, does not exist.",
                hint: "Make it: CREATE SCHEMA \(home).")
        }
        return ObjectRef(.schema, schema.id, name: home.description)
    }

    /// 32 random hexadecimal digits.
    static func newID() -> String {
        var text = ""
        for _ in 0..<2 {
            let part = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            text += String(repeating: "0", count: 16 - part.count) + part
        }
        return text
    }
}

extension RegistryError {
    /// A name or value that is too long or holds what it must not.
    static func checkKey(_ name: String, _ what: String, atMost limit: Int = TrackingStore.Limits.name) throws {
        guard !name.isEmpty else {
            throw RegistryError(.invalidArgument, "Missing value for required parameter '\(what)'.")
        }
        guard name.count <= limit else {
            throw RegistryError(
                .invalidArgument,
                "The \(what) '\(name.prefix(60))…' has \(name.count) characters: at most \(limit) are allowed.")
        }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "_-./ :".unicodeScalars.contains($0)
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard isPlain, !parts.contains(""), !parts.contains("."), !parts.contains("..") else {
            throw RegistryError(
                .invalidArgument,
                "Invalid \(what) '\(name.prefix(120))': it may hold letters, digits, '_', '-', '.', ' ', ':' and '/', and must not be a path with empty, '.' or '..' parts.")
        }
    }

    static func checkLength(_ value: String, _ what: String, atMost limit: Int) throws {
        guard value.count <= limit else {
            throw RegistryError(
                .invalidArgument,
                "The \(what) has \(value.count) characters: at most \(limit) are allowed.")
        }
    }
}
