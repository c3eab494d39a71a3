package import Types

extension RegistryError {
    /// The HTTP status with which a signed URL's route answers this error.
    ///
    /// 400 makes the stock client ask for a new URL and send once more; 403, 408, 429 and 5xx it would repeat for
    /// minutes, so they are kept for what may pass. Source: the connector's `gcs_storage_client.py`.
    package var transferStatus: Int {
        if let refusal = detail["refusal"] { return refusal == "range" ? 416 : refusal == "operation" ? 405 : 400 }
        switch code.kind {
        case .notFound: return 404
        case .limitExceeded: return 413
        case .invalidArgument, .invalidValue: return 422
        case .failedPrecondition, .alreadyExists, .permissionDenied, .unauthenticated, .sessionExpired: return 409
        case .unavailable: return 507
        case .conflict: return 503
        default: return 500
        }
    }
}
