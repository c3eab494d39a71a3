import Access
import DuckDB
import Foundation
import SnowflakeSQL
import Store
import Types

/// AT and BEFORE: the moment that an expression means.
extension StatementContext {
    /// The last millisecond since 1970 that counts.
    ///
    /// - Throws: `invalidArgument` where the expression gives no time or number, or the statement is not known.
    func moment(_ travel: TimeTravel) throws -> Int64 {
        let point: Int64
        switch travel.point {
        case .timestamp:
            guard let value = try number("SELECT CAST(epoch_ms(CAST(V AS TIMESTAMPTZ)) AS BIGINT)", of: travel) else {
                throw wrong(travel, "a time", "'2026-05-03 12:00:00'::TIMESTAMP_LTZ")
            }
            point = value
        case .offset:
            let value = try number("SELECT CAST(CAST(V AS DOUBLE) * 1000 AS BIGINT)", of: travel)
            guard let value, value <= 0 else { throw wrong(travel, "a number of seconds, 0 or less", "-60*60") }
            point = Int64(engine.now().timeIntervalSince1970 * 1000) + value
        case .statement:
            let id = try text(of: travel)
            guard let record = try engine.history.statement(id.lowercased()),
                record.principal.user == session.user, record.startedOn >= session.account.createdOn
            else { throw RegistryError.missing("Statement", String(id.prefix(64))) }
            point = travel.isBefore ? record.startedOn : record.endedOn
        }
        return travel.isBefore ? point - 1 : point
    }

    private func number(_ sql: String, of travel: TimeTravel) throws -> Int64? {
        do {
            return try connection.number("\(sql) FROM (\(try planned(travel))) q").map { Int64($0) }
        } catch let error as RegistryError where [.invalidValue, .invalidArgument].contains(error.code) {
            return nil
        }
    }

    private func text(of travel: TimeTravel) throws -> String {
        try connection.text("SELECT CAST(V AS VARCHAR) FROM (\(try planned(travel))) q")
    }

    private func planned(_ travel: TimeTravel) throws -> String {
        try plan(try SQLText(parts: [.sql("SELECT ("), .text(travel.value), .sql(") AS V")])).sql
    }

    private func wrong(_ travel: TimeTravel, _ wanted: String, _ example: String) -> RegistryError {
        let verb = travel.isBefore ? "BEFORE" : "AT"
        return RegistryError(
            .invalidArgument, "\(verb)(\(travel.point.rawValue) => …) needs \(wanted).",
            hint: "Write \(verb)(\(travel.point.rawValue) => \(example)).", position: travel.position)
    }
}
