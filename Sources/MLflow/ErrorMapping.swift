import Engine
import HTTPTypes
import Types

/// How an error looks on MLflow's wire.
///
/// Never 500 for a caller's mistake: clients try those again for minutes.
/// Source: MLFLOW.md 1.0; mlflow.protos.databricks_pb2.ErrorCode.
struct MLflowError: Sendable {
    let status: HTTPResponse.Status
    let code: String
    let message: String

    init(_ error: RegistryError) {
        (status, code) = Self.place(error)
        message = error.text
    }

    var json: JSON { .make(["error_code": .string(code), "message": .string(message)]) }

    private static func place(_ error: RegistryError) -> (HTTPResponse.Status, String) {
        if error.detail["mlflow"] == "ENDPOINT_NOT_FOUND" { return (.notFound, "ENDPOINT_NOT_FOUND") }
        switch error.code.kind {
        case .syntax, .invalidArgument, .unknownColumn, .unknownFunction, .invalidValue, .invalidPackage,
            .constraintViolation, .failedPrecondition:
            return (.badRequest, "INVALID_PARAMETER_VALUE")
        case .limitExceeded: return (.badRequest, "INVALID_PARAMETER_VALUE")
        case .notFound: return (.notFound, "RESOURCE_DOES_NOT_EXIST")
        case .alreadyExists: return (.badRequest, "RESOURCE_ALREADY_EXISTS")
        case .permissionDenied: return (.forbidden, "PERMISSION_DENIED")
        case .unauthenticated, .sessionExpired: return (.unauthorized, "UNAUTHENTICATED")
        case .unsupported: return (.notImplemented, "NOT_IMPLEMENTED")
        case .conflict: return (.conflict, "ABORTED")
        case .modelFailed: return (.badRequest, "BAD_REQUEST")
        case .cancelled: return (.badRequest, "CANCELLED")
        case .timeout: return (.gatewayTimeout, "DEADLINE_EXCEEDED")
        case .unavailable: return (.serviceUnavailable, "TEMPORARILY_UNAVAILABLE")
        case .corrupt, .internal: return (.internalServerError, "INTERNAL_ERROR")
        }
    }
}
