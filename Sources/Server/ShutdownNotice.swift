import ServiceLifecycle

/// Tells that the process was told to stop, before the server begins to wait for the requests that it answers: the last
/// service of a group, since a group stops its services from the last to the first, each after the one before.
struct ShutdownNotice: Service {
    let onShutdown: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        onShutdown()
    }
}
