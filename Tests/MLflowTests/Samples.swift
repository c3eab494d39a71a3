import Engine
import Foundation
import Testing

@testable import MLflow

/// One of everything, made by the administrator, and a call of every route about it.
struct Samples: Sendable {
    /// Is in the texts of what is made: who may not see it must not be told of it.
    static let secret = "hush"

    /// Calls that answer with what the caller may see, which is nothing, and how that answer begins.
    static let lists: [String: String] = [
        "GET /2.0/mlflow/registered-models/search": "{}", "POST /2.0/mlflow/registered-models/search": "{}",
        "GET /2.0/mlflow/model-versions/search": "{}", "GET /2.0/mlflow/users/list": #"{"users":[{"id":"#,
        "GET /3.0/mlflow/roles/list": #"{"roles":["#,
    ]

    /// Calls that say which statements of SQL do what was asked for.
    static let refused: Set<String> = [
        "POST /3.0/mlflow/users/permissions/grant", "POST /3.0/mlflow/users/permissions/revoke",
        "GET /3.0/mlflow/roles/permissions/list", "POST /3.0/mlflow/roles/permissions/add",
        "DELETE /3.0/mlflow/roles/permissions/remove", "PATCH /3.0/mlflow/roles/permissions/update",
    ]

    /// Calls that the owner makes too early: not all parts of the upload are there.
    static let early: Set<String> = ["POST \(MLflowDoor.signedPath)/mpu/complete/**"]

    struct Sample: Sendable {
        let method: String
        let path: String
        let body: String?
    }

    private let model: String
    private let run: String
    private let logged: String
    private let experiment: String
    private let deleted: String
    private let upload: String
    private let webhook: String
    private let user: String
    private let role: String

    init(_ caller: Caller) async throws {
        let mark = "\(Samples.secret)_\(UUID().uuidString.prefix(8).lowercased())"
        func make(_ path: String, _ body: String, _ keys: String...) async throws -> String {
            let answer = try await caller.send("POST", "/api\(path)", body)
            try #require(answer.status == 200, "\(path): \(answer.text)")
            return keys.reduce(answer.json) { $0[$1] ?? .null }.text ?? keys.reduce(answer.json) { $0[$1] ?? .null }.json
        }
        let two = "/2.0/mlflow"
        model = mark
        _ = try await make("\(two)/registered-models/create", #"{"name":"\#(mark)","tags":[{"key":"k","value":"v"}]}"#)
        _ = try await make("\(two)/model-versions/create", #"{"name":"\#(mark)","source":"s3://hush/x"}"#)
        _ = try await make("\(two)/registered-models/alias", #"{"name":"\#(mark)","alias":"a","version":"1"}"#)
        experiment = try await make("\(two)/experiments/create", #"{"name":"\#(mark)"}"#, "experiment_id")
        deleted = try await make("\(two)/experiments/create", #"{"name":"\#(mark)_d"}"#, "experiment_id")
        for (call, body) in [("set-experiment-tag", #"{"experiment_id":"\#(experiment)","key":"k","value":"v"}"#),
            ("delete", #"{"experiment_id":"\#(deleted)"}"#)]
        {
            _ = try await make("\(two)/experiments/\(call)", body)
        }
        run = try await make("\(two)/runs/create", #"{"experiment_id":"0","run_name":"\#(mark)"}"#, "run", "info", "run_id")
        _ = try await make("\(two)/runs/set-tag", #"{"run_id":"\#(run)","key":"k","value":"v"}"#)
        logged = try await make(
            "\(two)/logged-models", #"{"experiment_id":"0","name":"\#(mark)","tags":[{"key":"k","value":"v"}]}"#, "model",
            "info", "model_id")
        let file = "/api\(MLflowDoor.artifactsPath)/0/\(run)/artifacts/hush.txt"
        try #require(try await caller.send("PUT", file, "hush").status == 200)
        upload = try await make(
            "\(MLflowDoor.signedPath)/mpu/create/0/\(run)/artifacts", #"{"path":"hush.bin","num_parts":2}"#, "upload_id")
        webhook = try await make(
            "\(two)/webhooks",
            #"{"name":"h","url":"https://127.0.0.1:1/hush","status":"DISABLED","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}"#,
            "webhook", "webhook_id")
        user = "u_\(mark)"
        _ = try await make("\(two)/users/create", #"{"username":"\#(user)","password":"good-password-1"}"#)
        role = try await make("/3.0/mlflow/roles/create", #"{"workspace":"default","name":"r_\#(mark)"}"#, "role", "id")
        _ = try await make("/3.0/mlflow/roles/assign", #"{"username":"\#(user)","role_id":\#(role)}"#)
    }

    /// A call of the route that would succeed for who may make it; nil for a route that is not known here.
    func call(_ key: String) -> Sample? {
        let parts = key.split(separator: " ").map(String.init)
        let (method, route) = (parts[0], parts[1])
        if route.hasPrefix(MLflowDoor.artifactsPath) {
            let place = "0/\(run)/artifacts"
            return Sample(
                method: method, path: MLflowDoor.artifactsPath + (route.hasSuffix("**") ? "/\(place)/hush.txt" : "?path=\(place)"),
                body: method == "PUT" ? "new" : nil)
        }
        if route.hasPrefix(MLflowDoor.signedPath) {
            let about = #""path":"hush.bin","upload_id":"\#(upload)""#
            let bodies = [
                "create": #"{"path":"hush_new.bin","num_parts":2}"#, "complete": #"{\#(about),"parts":[]}"#,
                "abort": "{\(about)}",
            ]
            let place = "0/\(run)/artifacts" + (method == "GET" ? "/hush.txt" : "")
            return Sample(
                method: method, path: route.replacing("**", with: place),
                body: bodies.first { route.contains("/mpu/\($0.key)/") }?.value)
        }
        let path = route.replacing("/:id", with: route.contains("webhooks") ? "/\(webhook)" : "/\(logged)")
            .replacing("/:tag_key", with: "/k")
        guard let arguments = arguments(key) else { return nil }
        guard method != "GET" else {
            return Sample(method: method, path: path + (arguments.isEmpty ? "" : "?\(arguments)"), body: nil)
        }
        return Sample(method: method, path: path, body: arguments)
    }

    /// The query of a GET, the body of others.
    private func arguments(_ key: String) -> String? {
        let named = #""name":"\#(model)""#
        let numbered = #""name":"\#(model)","version":"1""#
        let about = #""run_id":"\#(run)""#
        let who = #""username":"\#(user)""#
        return switch key.replacing("/2.0/mlflow/", with: "").replacing("/3.0/mlflow/", with: "") {
        case "GET registered-models/get", "GET registered-models/get-latest-versions": "name=\(model)"
        case "GET registered-models/alias": "name=\(model)&alias=a"
        case "GET registered-models/search", "GET model-versions/search", "GET experiments/search", "GET users/list",
            "GET users/current", "GET server-info", "GET roles/list", "GET webhooks", "GET webhooks/:id",
            "GET logged-models/:id", "GET logged-models/:id/artifacts/directories":
            ""
        case "POST registered-models/search", "POST experiments/search", "DELETE webhooks/:id",
            "DELETE logged-models/:id", "DELETE logged-models/:id/tags/:tag_key":
            "{}"
        case "POST registered-models/create": #"{"name":"\#(model)_new"}"#
        case "POST registered-models/rename": #"{\#(named),"new_name":"\#(model)_new"}"#
        case "PATCH registered-models/update": #"{\#(named),"description":"x"}"#
        case "DELETE registered-models/delete", "POST registered-models/get-latest-versions": "{\(named)}"
        case "POST registered-models/set-tag": #"{\#(named),"key":"a","value":"b"}"#
        case "DELETE registered-models/delete-tag": #"{\#(named),"key":"k"}"#
        case "POST registered-models/alias": #"{\#(numbered),"alias":"b"}"#
        case "DELETE registered-models/alias": #"{\#(named),"alias":"a"}"#
        case "POST model-versions/create": #"{\#(named),"source":"s3://hush/y"}"#
        case "GET model-versions/get", "GET model-versions/get-download-uri": "name=\(model)&version=1"
        case "PATCH model-versions/update": #"{\#(numbered),"description":"x"}"#
        case "DELETE model-versions/delete": "{\(numbered)}"
        case "POST model-versions/transition-stage":
            #"{\#(numbered),"stage":"Production","archive_existing_versions":true}"#
        case "POST model-versions/set-tag": #"{\#(numbered),"key":"a","value":"b"}"#
        case "DELETE model-versions/delete-tag": #"{\#(numbered),"key":"a"}"#
        case "GET experiments/get": "experiment_id=\(experiment)"
        case "GET experiments/get-by-name": "experiment_name=\(model)"
        case "POST experiments/create": #"{"name":"\#(model)_new"}"#
        case "POST experiments/delete": #"{"experiment_id":"\#(experiment)"}"#
        case "POST experiments/restore": #"{"experiment_id":"\#(deleted)"}"#
        case "POST experiments/update": #"{"experiment_id":"\#(experiment)","new_name":"\#(model)_x"}"#
        case "POST experiments/set-experiment-tag": #"{"experiment_id":"\#(experiment)","key":"a","value":"b"}"#
        case "POST experiments/delete-experiment-tag": #"{"experiment_id":"\#(experiment)","key":"k"}"#
        case "POST runs/create": #"{"experiment_id":"0"}"#
        case "GET runs/get": "run_id=\(run)"
        case "POST runs/update": #"{\#(about),"status":"FINISHED"}"#
        case "POST runs/delete", "POST runs/restore", "POST runs/log-batch", "POST runs/log-inputs": "{\(about)}"
        case "POST runs/log-metric": #"{\#(about),"key":"m","value":1,"timestamp":1}"#
        case "POST runs/log-parameter": #"{\#(about),"key":"p","value":"1"}"#
        case "POST runs/set-tag": #"{\#(about),"key":"a","value":"b"}"#
        case "POST runs/delete-tag": #"{\#(about),"key":"k"}"#
        case "POST runs/outputs": #"{\#(about),"models":[{"model_id":"\#(logged)","step":0}]}"#
        case "POST runs/log-model": #"{\#(about),"model_json":"{\"artifact_path\":\"m\",\"flavors\":{}}"}"#
        case "POST runs/search": #"{"experiment_ids":["0"]}"#
        case "GET metrics/get-history": "run_id=\(run)&metric_key=m"
        case "GET metrics/get-history-bulk-interval": "run_ids=\(run)&metric_key=m"
        case "GET metrics/get-history-bulk": "run_id=\(run)&metric_key=m"
        case "POST logged-models": #"{"experiment_id":"0"}"#
        case "POST logged-models/search": #"{"experiment_ids":["0"]}"#
        case "PATCH logged-models/:id": #"{"status":"LOGGED_MODEL_READY"}"#
        case "PATCH logged-models/:id/tags": #"{"tags":[{"key":"a","value":"b"}]}"#
        case "POST logged-models/:id/params": #"{"params":[{"key":"a","value":"b"}]}"#
        case "GET artifacts/list": "run_id=\(run)"
        case "POST webhooks":
            #"{"name":"h","url":"https://127.0.0.1:1/","status":"DISABLED","events":[{"entity":"PROMPT","action":"CREATED"}]}"#
        case "PATCH webhooks/:id": #"{"name":"i"}"#
        // Nobody listens there: the answer says so.
        case "POST webhooks/:id/test": #"{"event":{"entity":"MODEL_VERSION","action":"CREATED"}}"#
        case "POST users/create": #"{"username":"\#(user)_new","password":"good-password-1"}"#
        case "GET users/get", "GET users/roles/list": "username=\(user)"
        case "PATCH users/update-password": #"{\#(who),"password":"good-password-2"}"#
        case "PATCH users/update-admin": #"{\#(who),"is_admin":true}"#
        case "DELETE users/delete": "{\(who)}"
        case "GET users/permissions/get": "username=\(user)&resource_type=registered_model&resource_id=\(model)"
        case "POST users/permissions/grant", "POST users/permissions/revoke":
            #"{\#(who),"resource_type":"registered_model","resource_id":"\#(model)","permission":"READ"}"#
        case "POST roles/create": #"{"workspace":"default","name":"r_\#(model)_new"}"#
        case "GET roles/get", "GET roles/permissions/list", "GET roles/users/list": "role_id=\(role)"
        case "PATCH roles/update": #"{"role_id":\#(role),"description":"x"}"#
        case "DELETE roles/delete": #"{"role_id":\#(role)}"#
        case "POST roles/assign", "DELETE roles/unassign": #"{\#(who),"role_id":\#(role)}"#
        case "POST roles/permissions/add":
            #"{"role_id":\#(role),"resource_type":"registered_model","resource_pattern":"*","permission":"READ"}"#
        case "DELETE roles/permissions/remove": #"{"role_permission_id":1,"role_id":\#(role)}"#
        case "PATCH roles/permissions/update": #"{"role_permission_id":1,"role_id":\#(role),"permission":"READ"}"#
        default: nil
        }
    }
}
