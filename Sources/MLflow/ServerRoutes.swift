import Engine
import HTTPTypes
import Transfer
import Types

extension MLflowDoor {
    static let serverRoutes: [Route] = [
        Route(.get, "/3.0/mlflow/server-info") { door, call in
            // Signed URLs are of no use to a client that calls this server by a name unknown to it.
            let signed = JSON.bool(door.urls.leadBack(to: call.host))
            return .make([
                "store_type": "SqlStore", "workspaces_enabled": .bool(false), "multipart_uploads_enabled": signed,
                "multipart_downloads_enabled": signed, "artifact_serving_enabled": .bool(true),
            ])
        },
    ]
}
