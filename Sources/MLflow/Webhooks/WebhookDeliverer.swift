import Engine
import Foundation
package import Logging
package import NIOPosix
package import Registry
import Store
import Synchronization
import Types

/// Tells webhooks what happened: turns what the registry wrote down into deliveries, and sends these.
///
/// Changes never wait for it: it reads what they left in the catalog, so that what a crash cut off is sent after the next
/// start. Each webhook has at most one request at a time, in the order in which things happened; a slow receiver holds up
/// nobody else. A delivery keeps its id over all tries, by which a receiver knows one that it has had already.
package final class WebhookDeliverer: Sendable {
    /// Deliveries since the server started, by what came of them.
    package struct Counts: Sendable {
        package var delivered = 0
        package var failed = 0
        /// Tries that will be repeated.
        package var retried = 0
    }

    private let registry: ModelRegistry
    let sender: WebhookSender
    let secrets: WebhookSecrets
    private let home: Namespace
    private let logger: Logger
    private let blocking: NIOThreadPool
    private let counted = Mutex(Counts())
    private let busy = Mutex<Set<String>>([])

    private static let pause = Duration.milliseconds(400)
    /// Most receivers that are told something at once.
    private static let mostAtOnce = 16
    /// Deliveries that one webhook gets before others have their turn.
    private static let mostInTurn = 20
    /// Seconds from each try to the next; after the last one a delivery has failed.
    static let waits: [Double] = [1, 4, 16, 64, 256, 1024]
    /// Longest wait that a receiver may ask for, in seconds.
    private static let longestWait = 3600
    /// How long deliveries that are over are kept, in milliseconds.
    private static let keptMilliseconds: Int64 = 7 * 24 * 3600 * 1000
    private static let roundsBetweenForgetting = 9000

    init(
        registry: ModelRegistry, sender: WebhookSender, secrets: WebhookSecrets, home: Namespace, logger: Logger,
        blocking: NIOThreadPool
    ) {
        self.registry = registry
        self.sender = sender
        self.secrets = secrets
        self.home = home
        self.logger = logger
        self.blocking = blocking
    }

    package var counts: Counts { counted.withLock { $0 } }

    /// Works until the task is cancelled; requests under way are then cut off, and sent again after the next start.
    package func run() async {
        await withDiscardingTaskGroup { group in
            var round = 0
            while !Task.isCancelled {
                for id in await due(round) {
                    let isMine = busy.withLock { $0.count < Self.mostAtOnce && $0.insert(id).inserted }
                    guard isMine else { continue }
                    group.addTask {
                        await self.deliver(to: id)
                        _ = self.busy.withLock { $0.remove(id) }
                    }
                }
                round += 1
                do { try await Task.sleep(for: Self.pause) } catch { break }
            }
            group.cancelAll()
        }
    }

    /// Notes what there is to tell, and gives the webhooks that are to be told something now.
    private func due(_ round: Int) async -> [String] {
        do {
            return try await blocking.runIfActive { [self] in
                while try registry.noteDeliveries(render: { happened in
                    WebhookPayload.of(
                        happened, name: MLflowDoor.shown(happened.model, happened.displayName, home: home))
                }) {}
                if round % Self.roundsBetweenForgetting == 0 {
                    try registry.forgetDeliveries(after: Self.keptMilliseconds)
                }
                return try registry.webhooksDue()
            }
        } catch is CancellationError {
            return []
        } catch {
            logger.error("webhooks could not be looked after", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func deliver(to id: String) async {
        do {
            let found = try await blocking.runIfActive { [registry] in
                try registry.dueDeliveries(of: id, limit: Self.mostInTurn)
            }
            guard let (webhook, deliveries) = found else { return }
            for delivery in deliveries {
                let outcome = await attempt(delivery, to: webhook)
                guard !Task.isCancelled else { return }
                try await blocking.runIfActive { [registry] in try registry.record(outcome, of: delivery) }
                note(outcome, delivery, webhook)
                // What comes after one that is to be tried again waits for nobody: tries are bounded, and ids tell apart.
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("a webhook's deliveries could not be made", metadata: ["webhook": "\(id)", "error": "\(error)"])
        }
    }

    private func attempt(_ delivery: WebhookDelivery, to webhook: WebhookRow) async -> DeliveryOutcome {
        do {
            let answer = try await send(delivery.body, id: delivery.id, to: webhook)
            switch answer.status {
            case 200..<300: return .delivered(status: answer.status)
            case 408, 425, 429, 500...:
                return again(
                    delivery, status: answer.status, "The receiver answered \(answer.status).", after: answer.retryAfter)
            default: return .failed(status: answer.status, error: "The receiver answered \(answer.status).")
            }
        } catch let failure as WebhookSender.Failure {
            guard failure.mayPass else { return .failed(status: nil, error: failure.reason) }
            return again(delivery, status: nil, failure.reason)
        } catch {
            return .failed(status: nil, error: (error as? RegistryError)?.text ?? "\(error)")
        }
    }

    private func again(
        _ delivery: WebhookDelivery, status: Int?, _ reason: String, after asked: Int? = nil
    ) -> DeliveryOutcome {
        guard delivery.attempts < Self.waits.count else {
            return .failed(status: status, error: "\(reason) It was tried \(delivery.attempts + 1) times.")
        }
        // Not all at the same moment, where many wait for one receiver.
        let wait = max(
            Self.waits[delivery.attempts] * Double.random(in: 0.75...1),
            Double(min(max(asked ?? 0, 0), Self.longestWait)))
        return .retry(on: Int64((Date().timeIntervalSince1970 + wait) * 1000), status: status, error: reason)
    }

    /// Sends a body once, signed where the webhook has a secret.
    ///
    /// - Throws: `WebhookSender.Failure`; `RegistryError` for an address that is not allowed (any more) and a secret that
    ///   can't be opened.
    func send(_ body: String, id: String, to webhook: WebhookRow) async throws -> WebhookSender.Answer {
        let url = try WebhookURL(parsing: webhook.url, sender.rules)
        let timestamp = String(Int64(Date().timeIntervalSince1970))
        var headers = [("X-MLflow-Delivery-Id", id), ("X-MLflow-Timestamp", timestamp)]
        if let sealed = webhook.sealedSecret {
            let secret = try secrets.open(sealed, of: webhook.id)
            headers.append((
                "X-MLflow-Signature",
                WebhookSecrets.signature(secret: secret, delivery: id, timestamp: timestamp, body: body)
            ))
        }
        return try await sender.post(body, headers: headers, to: url)
    }

    /// Neither the address nor what was sent is logged: both may be secret.
    private func note(_ outcome: DeliveryOutcome, _ delivery: WebhookDelivery, _ webhook: WebhookRow) {
        var facts: Logger.Metadata = [
            "webhook": "\(webhook.name)", "id": "\(webhook.id)", "event": "\(delivery.event)",
            "delivery": "\(delivery.id)", "try": "\(delivery.attempts + 1)",
        ]
        switch outcome {
        case .delivered:
            counted.withLock { $0.delivered += 1 }
            logger.debug("a webhook was told", metadata: facts)
        case .retry(_, _, let error):
            counted.withLock { $0.retried += 1 }
            facts["error"] = "\(error)"
            logger.info("a webhook could not be told and is tried again", metadata: facts)
        case .failed(_, let error):
            counted.withLock { $0.failed += 1 }
            facts["error"] = "\(error)"
            logger.warning("a webhook could not be told", metadata: facts)
        }
    }
}
