import Types

/// The words for everything that can go wrong between the server and a worker.
enum WorkerFailure {
    enum Kind {
        /// Its socket was closed: the process has ended.
        case ended
        case callTimedOut, loadTimedOut
        /// It sent what no worker of ours sends.
        case protocolBroken
    }

    /// Snowflake's code for an exception in Python code.
    static let pythonErrorCode = "100357"

    static func place(_ key: HandlerKey) -> String {
        "in function \(key.method.name.name) with handler \(key.method.handler)"
    }

    /// An exception of the model's own code, or an output that does not fit: the worker lives on.
    static func modelError(
        _ failed: FailedMessage, _ key: HandlerKey, _ configuration: RuntimeConfiguration
    ) -> RegistryError {
        var hint: String?
        if failed.memory {
            hint = """
                The model ran out of memory: a worker may take \(configuration.workerMemory >> 20) MB \
                (setting '\(RuntimeConfiguration.Setting.workerMemory)').
                """
        }
        return RegistryError(
            .modelFailed, "Python Interpreter Error:\n\(failed.traceback) \(place(key))", hint: hint,
            detail: ["code": pythonErrorCode, "exception": failed.type, "worker": "alive"])
    }

    static func resultTooLarge(_ size: Int, _ key: HandlerKey, _ configuration: RuntimeConfiguration) -> RegistryError {
        RegistryError(
            .limitExceeded,
            """
            The result of one batch takes \(size >> 20) MB, more than \(configuration.maximumResultBytes >> 20) MB, \
            \(place(key)).
            """,
            hint: "Raise '\(RuntimeConfiguration.Setting.maximumResult)', or predict fewer rows at a time.")
    }

    /// The end of the worker itself. Kills what is left of it.
    static func error(
        _ kind: Kind, _ worker: Worker, _ configuration: RuntimeConfiguration, isCancelled: Bool
    ) -> RegistryError {
        worker.kill()
        if isCancelled {
            return RegistryError(.cancelled, "The call was cancelled \(place(worker.key)).")
        }
        switch kind {
        case .callTimedOut:
            return RegistryError(
                .timeout,
                """
                The model took longer than \(seconds(configuration.callTimeoutSeconds)) for a batch and was stopped \
                \(place(worker.key)).
                """,
                hint: "Raise '\(RuntimeConfiguration.Setting.callTimeout)' if the model needs more.")
        case .loadTimedOut:
            return RegistryError(
                .timeout,
                """
                The model took longer than \(seconds(configuration.loadTimeoutSeconds)) to load and was stopped \
                \(place(worker.key)).
                """,
                hint: "Raise '\(RuntimeConfiguration.Setting.loadTimeout)' if the model needs more.")
        case .protocolBroken:
            return RegistryError(
                .modelFailed, "The worker process gave a malformed answer and was stopped \(place(worker.key)).",
                detail: ["code": pythonErrorCode])
        case .ended:
            return ended(worker, configuration)
        }
    }

    private static func ended(_ worker: Worker, _ configuration: RuntimeConfiguration) -> RegistryError {
        let report = worker.zygote.exit(of: worker.number)
        var detail = ["code": pythonErrorCode]
        let what: String
        var hint = "The call can be repeated."
        switch (report?.signal, report?.status) {
        case (let signal?, _):
            detail["signal"] = "\(signal)"
            what = "was killed by signal \(signal)"
            if signal == 9 || signal == 6 || signal == 11 {
                hint = """
                    The call can be repeated. If it happens again, the model may need more memory than the machine or \
                    '\(RuntimeConfiguration.Setting.workerMemory)' (\(configuration.workerMemory >> 20) MB) allows.
                    """
            } else if signal == 24 {
                return RegistryError(
                    .timeout,
                    "The model used more processor time than a call may and was stopped \(place(worker.key)).",
                    hint: "Raise '\(RuntimeConfiguration.Setting.callTimeout)' if the model needs more.")
            }
        case (nil, let status?):
            detail["status"] = "\(status)"
            what = "ended by itself with status \(status)"
        case (nil, nil):
            what = report?.reason.map { "could not be started (\($0))" } ?? "ended with its Python environment"
        }
        return RegistryError(
            .modelFailed, "The worker process \(what) \(place(worker.key)).", hint: hint, detail: detail)
    }

    private static func seconds(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
    }
}
