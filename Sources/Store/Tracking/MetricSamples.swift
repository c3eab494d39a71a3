extension CatalogReader {
    /// Values of a metric in the order of their steps: the first of each of `limit` parts of the same size, but of the
    /// last part its last.
    package func sampledHistory(
        of run: String, _ name: String, steps: ClosedRange<Int64>?, limit: Int
    ) throws -> [MetricPoint] {
        var condition = "run_id = $2 AND name = $3"
        var arguments: [CatalogValue] = [.int(Int64(limit)), .text(run), .text(name)]
        if let steps {
            condition += " AND step BETWEEN $4 AND $5"
            arguments += [.int(steps.lowerBound), .int(steps.upperBound)]
        }
        let columns = "name, value, at, step, model_id, dataset_name, dataset_digest, run_id"
        return try rows(
            """
            SELECT \(columns) FROM (
                SELECT \(columns), part, place, LAG(part) OVER (ORDER BY place) AS before, MAX(place) OVER () AS total
                FROM (
                    SELECT \(columns), NTILE($1) OVER w AS part, ROW_NUMBER() OVER w AS place
                    FROM metric_point WHERE \(condition) WINDOW w AS (ORDER BY step, at, id)
                ) parts
            ) places
            WHERE place = total OR (part < $1 AND (before IS NULL OR before <> part)) ORDER BY place
            """, arguments
        ).map(MetricPoint.init)
    }
}
