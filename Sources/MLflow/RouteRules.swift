import HTTPTypes

/// What a call needs of who makes it. Nobody without a login calls anything.
///
/// The rules are those of the rooms behind the door, which ask the authorisation point themselves; the table says which
/// one a call falls under. A call without a row is refused to everybody.
enum RouteRule: Sendable, CaseIterable {
    /// A login: it tells nothing but of the server and the caller.
    case login
    /// USAGE on the home schema: experiments, runs and logged models are read.
    case readsTracking
    /// CREATE MODEL on the home schema: experiments, runs and logged models are written.
    case writesTracking
    /// To see the model; lists and searches give what the role may see, which may be nothing.
    case readsModels
    /// Ownership of the model, or CREATE MODEL on the schema for a new one.
    case writesModels
    /// Files: as what they belong to.
    case readsFiles
    case writesFiles
    /// MANAGE GRANTS on the account.
    case managesWebhooks
    /// Users and roles: as the statements of SQL about them.
    case readsAccounts
    case writesAccounts
}

extension MLflowDoor.Route {
    /// As ``MLflowDoor/rules`` names it, e.g. `GET /2.0/mlflow/runs/get`.
    var key: String { "\(method.rawValue) \(path)" }
}

extension MLflowDoor {
    /// The table: every call of the door, those of artifacts among them.
    static let rules: [String: RouteRule] = {
        var rules: [String: RouteRule] = [:]
        func add(_ rule: RouteRule, _ base: String, _ calls: String...) {
            for call in calls {
                let parts = call.split(separator: " ", maxSplits: 1).map(String.init)
                rules["\(parts[0]) \(base)\(parts.count > 1 ? parts[1] : "")"] = rule
            }
        }
        let two = "/2.0/mlflow"
        add(
            .readsModels, "\(two)/registered-models/", "GET get", "GET search", "POST search", "GET get-latest-versions",
            "POST get-latest-versions", "GET alias")
        add(
            .writesModels, "\(two)/registered-models/", "POST create", "POST rename", "PATCH update", "DELETE delete",
            "POST set-tag", "DELETE delete-tag", "POST alias", "DELETE alias")
        add(.readsModels, "\(two)/model-versions/", "GET get", "GET search", "GET get-download-uri")
        add(
            .writesModels, "\(two)/model-versions/", "POST create", "PATCH update", "DELETE delete",
            "POST transition-stage", "POST set-tag", "DELETE delete-tag")
        add(
            .readsTracking, "\(two)/experiments/", "GET get", "GET get-by-name", "POST search", "GET search")
        add(
            .writesTracking, "\(two)/experiments/", "POST create", "POST delete", "POST restore", "POST update",
            "POST set-experiment-tag", "POST delete-experiment-tag")
        add(.readsTracking, "\(two)/runs/", "GET get", "POST search")
        add(
            .writesTracking, "\(two)/runs/", "POST create", "POST update", "POST delete", "POST restore",
            "POST log-metric", "POST log-parameter", "POST set-tag", "POST delete-tag", "POST log-batch",
            "POST log-inputs", "POST outputs", "POST log-model")
        add(
            .readsTracking, "\(two)/metrics/", "GET get-history", "GET get-history-bulk-interval",
            "GET get-history-bulk")
        add(.readsTracking, "\(two)/logged-models", "GET /:id", "POST /search", "GET /:id/artifacts/directories")
        add(
            .writesTracking, "\(two)/logged-models", "POST", "PATCH /:id", "DELETE /:id", "PATCH /:id/tags",
            "DELETE /:id/tags/:tag_key", "POST /:id/params")
        add(.managesWebhooks, "\(two)/webhooks", "POST", "GET", "GET /:id", "PATCH /:id", "DELETE /:id", "POST /:id/test")
        add(.login, "\(two)/users/", "GET current")
        add(.readsAccounts, "\(two)/users/", "GET get", "GET list")
        add(
            .writesAccounts, "\(two)/users/", "POST create", "PATCH update-password", "PATCH update-admin",
            "DELETE delete")
        let three = "/3.0/mlflow"
        add(.login, "\(three)/", "GET server-info")
        add(.readsAccounts, "\(three)/users/", "GET permissions/get", "GET roles/list")
        add(.writesAccounts, "\(three)/users/", "POST permissions/grant", "POST permissions/revoke")
        add(.readsAccounts, "\(three)/roles/", "GET get", "GET list", "GET permissions/list", "GET users/list")
        add(
            .writesAccounts, "\(three)/roles/", "POST create", "PATCH update", "DELETE delete", "POST permissions/add",
            "DELETE permissions/remove", "PATCH permissions/update", "POST assign", "DELETE unassign")
        add(.readsFiles, artifactsPath, "GET", "GET /**", "HEAD /**")
        add(.writesFiles, artifactsPath, "PUT /**", "DELETE /**")
        add(.readsFiles, "\(two)/artifacts/", "GET list")
        add(.readsFiles, signedPath, "GET /presigned/**")
        add(.writesFiles, "\(signedPath)/mpu/", "POST create/**", "POST complete/**", "POST abort/**")
        return rules
    }()
}
