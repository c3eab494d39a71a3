import GRDB
import Types

extension RegistryError {
    /// The error of SQLite as ours. Messages name the constraint, never a value.
    init(catalog error: DatabaseError) {
        let detail = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        let facts = ["sqlite": "\(error.extendedResultCode.rawValue)", "constraint": detail]
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
            self.init(.alreadyExists, "The catalog already holds such a row (\(detail)).", detail: facts, cause: error)
            return
        default: break
        }
        switch error.resultCode {
        case .SQLITE_CONSTRAINT:
            self.init(.constraintViolation, "The catalog refused the change (\(detail)).", detail: facts, cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .conflict, "The catalog is busy with another change.", hint: "Try again.", detail: facts, cause: error)
        case .SQLITE_FULL:
            self.init(
                .unavailable, "The catalog could not be written: disk is full.",
                hint: "Free space on the data directory's disk and try again.", detail: facts, cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .corrupt, "The catalog file is damaged (\(detail)).", hint: "Restore it from a backup.",
                detail: facts, cause: error)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            self.init(
                .unavailable, "The catalog file could not be read or written (\(detail)).", detail: facts,
                cause: error)
        case .SQLITE_INTERRUPT, .SQLITE_ABORT:
            self.init(.cancelled, "The catalog statement was interrupted.", detail: facts, cause: error)
        default:
            self.init(.internal, "The catalog failed: \(detail).", detail: facts, cause: error)
        }
    }
}
