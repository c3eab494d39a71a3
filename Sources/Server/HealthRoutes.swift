import Engine
import Foundation
import Hummingbird
import Inference
import MLflow
import NIOCore
import Synchronization

/// `/health`: the process lives. `/ready`: it takes statements. `/metrics`: Prometheus text.
struct HealthRoutes: Sendable {
    let engine: QueryEngine
    let counters: RequestCounters
    let webhooks: @Sendable () -> WebhookDeliverer.Counts
    let startedAt: Date

    func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        router.get("/health") { _, _ in HealthRoutes.text("ok\n") }
        router.get("/ready") { _, _ in HealthRoutes.text("ready\n") }
        router.get("/metrics") { _, _ in HealthRoutes.text(metrics()) }
    }

    private static func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/
    private func metrics() -> String {
        var out = ""
        func add(_ name: String, _ kind: String, _ help: String, _ values: [(labels: String, value: Double)]) {
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
            for (labels, value) in values {
                let shown = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
                out += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(shown)\n"
            }
        }
        let usage = ProcessUsage.now()
        add(
            "process_cpu_seconds_total", "counter", "Processor time of the server, workers apart.",
            [("", usage.cpuSeconds)])
        add(
            "process_resident_memory_bytes", "gauge", "Resident memory of the server.",
            [("", Double(usage.residentBytes))])
        add("process_start_time_seconds", "gauge", "Start of the server.", [("", startedAt.timeIntervalSince1970)])
        add("roost_sessions", "gauge", "Open sessions.", [("", Double(engine.sessionCount))])
        let statements = engine.statementCounts
        add(
            "roost_statements_total", "counter", "Statements finished, by outcome.",
            [("outcome=\"success\"", Double(statements.succeeded)), ("outcome=\"error\"", Double(statements.failed))])
        add(
            "roost_statements_unfinished", "gauge", "Statements that run or wait for their turn.",
            [("", Double(statements.unfinished))])
        add(
            "roost_query_history_lost_rows_total", "counter", "Statements that the query history could not keep.",
            [("", Double(engine.history.lostRows))])
        add(
            "roost_http_requests_total", "counter", "Requests answered, by class of status.",
            counters.snapshot().map { ("status=\"\($0.key)xx\"", Double($0.value)) }.sorted { $0.0 < $1.0 })
        let told = webhooks()
        add(
            "roost_webhook_tries_total", "counter", "Tries to tell webhooks, by outcome.",
            [
                ("outcome=\"delivered\"", Double(told.delivered)), ("outcome=\"retried\"", Double(told.retried)),
                ("outcome=\"failed\"", Double(told.failed)),
            ])
        let workers = engine.runtime.metrics
        add("roost_workers", "gauge", "Worker processes alive.", [("", Double(workers.workersAlive))])
        add("roost_worker_starts_total", "counter", "Workers started.", [("", Double(workers.workerStarts))])
        add("roost_worker_deaths_total", "counter", "Workers that died unasked.", [("", Double(workers.workerDeaths))])
        add("roost_model_calls_total", "counter", "Batches that workers predicted.", [("", Double(workers.calls))])
        add("roost_model_rows_total", "counter", "Rows that workers predicted.", [("", Double(workers.rows))])
        add("roost_model_seconds_total", "counter", "Time that workers took.", [("", workers.seconds)])
        return out
    }
}

/// Requests by class of status: 2 for 200 to 299.
final class RequestCounters: Sendable {
    private let counts = Mutex<[Int: Int]>([:])

    func count(_ status: Int) { counts.withLock { $0[status / 100, default: 0] += 1 } }

    func snapshot() -> [Int: Int] { counts.withLock { $0 } }
}

/// Counts every answer, errors among them.
struct CountingMiddleware<Context: RequestContext>: RouterMiddleware {
    let counters: RequestCounters

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        do {
            let response = try await next(request, context)
            counters.count(response.status.code)
            return response
        } catch {
            // What is thrown becomes an answer outside, e.g. 404 for a path that leads nowhere.
            counters.count((error as? any HTTPResponseError)?.status.code ?? 500)
            throw error
        }
    }
}
