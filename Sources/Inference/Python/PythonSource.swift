import Foundation

/// The Python side, which is part of this program and never lies on disk.
enum PythonSource {
    /// Runs from the command line; takes the modules from the control socket.
    static let loader = String(decoding: PackageResources.loader_py, as: UTF8.self)

    /// The modules in the order in which they run, as the loader reads them: u64 length, JSON pairs of name and text.
    static let message: [UInt8] = {
        let modules: [(String, [UInt8])] = [
            ("roost_sandbox", PackageResources.sandbox_py), ("roost_columns", PackageResources.columns_py),
            ("roost_results", PackageResources.results_py), ("roost_estimator", PackageResources.estimator_py),
            ("roost_partitions", PackageResources.partitions_py),
            ("roost_handler", PackageResources.handler_py), ("roost_mlflow", PackageResources.mlflow_handler_py),
            ("roost_worker", PackageResources.worker_py),
        ]
        let json = modules.map { [$0.0, String(decoding: $0.1, as: UTF8.self)] }.jsonBytes
        var message: [UInt8] = []
        message.append(UInt64(json.count))
        return message + json
    }()
}
