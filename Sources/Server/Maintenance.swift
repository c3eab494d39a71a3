import Access
import CNative
import Engine
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import Store
import Types

/// What a running server does by itself: writes the query history, ends sessions whose time is over or whose user is
/// gone, collects files that nothing refers to. After the first round, when starting is over, it gives back the memory
/// that starting took.
struct Maintenance: Service {
    let engine: QueryEngine
    let tokens: SessionTokens
    let logger: Logger
    let blocking: NIOThreadPool
    let collector: GarbageCollector

    /// Seconds between two rounds.
    private static let roundSeconds = 1
    private static let sessionRounds = 10
    private static let collectionRounds = 3600

    func run() async throws {
        var round = 0
        while !Task.isShuttingDownGracefully {
            let number = round
            try await blocking.runIfActive {
                work(number)
                if number == 0 { cn_give_back_memory() }
            }
            round += 1
            do {
                try await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: .seconds(Maintenance.roundSeconds))
                }
            } catch is CancellationError {
                return
            }
        }
    }

    private func work(_ round: Int) {
        for (database, error) in engine.databases.reopenClosed() {
            logger.debug(
                "a database can't be opened again yet", metadata: ["database": "\(database)", "error": "\(error)"])
        }
        attempt("the query history could not be written") { try engine.history.flush() }
        if round % Maintenance.sessionRounds == 0 {
            let ended = tokens.removeExpired() + tokens.revokeSessions { !engine.accounts.isCurrent($0) }
            for id in ended { engine.closeSession(id) }
            attempt("idle warehouses could not be suspended") { try engine.suspendIdleWarehouses() }
        }
        if round % Maintenance.collectionRounds == 0 {
            attempt("old rows of the query history could not be dropped") { try engine.history.expire(now: Date()) }
            attempt("files could not be collected") {
                let collected = try collector.collectFiles(isDryRun: false)
                let files = collected.filter { $0.bytes > 0 }.reduce(0) { $0 + $1.count }
                if files > 0 {
                    logger.info(
                        "collected files that nothing refers to",
                        metadata: ["files": "\(files)", "bytes": "\(collected.reduce(0) { $0 + $1.bytes })"])
                }
            }
        }
    }

    private func attempt(_ failure: String, _ body: () throws -> Void) {
        do { try body() } catch { logger.error("\(failure)", metadata: ["error": "\(error)"]) }
    }
}
