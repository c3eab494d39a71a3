import Engine
import HTTPTypes
import Types

extension MLflowDoor {
    static let serverRoutes: [Route] = [
        Route(.get, "/3.0/mlflow/server-info") { _, _ in
            .make([
                "store_type": "SqlStore", "workspaces_enabled": .bool(false), "multipart_uploads_enabled": .bool(false),
                "multipart_downloads_enabled": .bool(false), "artifact_serving_enabled": .bool(true),
            ])
        },
    ]
}
