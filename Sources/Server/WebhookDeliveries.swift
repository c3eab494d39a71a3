import MLflow
import ServiceLifecycle

/// Tells webhooks what happens, as long as the server runs.
struct WebhookDeliveries: Service {
    let deliverer: WebhookDeliverer

    func run() async throws {
        await cancelWhenGracefulShutdown { await deliverer.run() }
    }
}
