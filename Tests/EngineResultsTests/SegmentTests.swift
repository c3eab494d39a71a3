import Engine
import Testing

struct SegmentTests {
    @Test(arguments: [ResultFormat.arrow, .json], [1, 64, 700, 5000])
    func segmentsKeepTheirLimitsAndLoseNoRow(_ format: ResultFormat, _ chunkRows: Int) throws {
        let limits = ResultLimits(inlineRows: 100, chunkRows: chunkRows)
        let encoded = try EncodedResult(
            "SELECT range AS n, if(range % 3 = 0, NULL, 'text ' || range) AS t FROM range(10000)", as: format,
            limits: limits)
        #expect(encoded.rowCount == 10_000)
        #expect(encoded.segments.map(\.rowCount).reduce(0, +) == 10_000)
        #expect(encoded.segments.allSatisfy { $0.rowCount > 0 })
        #expect(encoded.segments[0].rowCount <= 128)
        #expect(encoded.segments.dropFirst().allSatisfy { $0.rowCount <= (chunkRows + 63) / 64 * 64 })
        let cells = try format == .arrow ? encoded.cells() : encoded.rows()
        #expect(cells.count == 10_000)
        for (index, row) in cells.enumerated() where row != ["\(index)", index % 3 == 0 ? nil : "text \(index)"] {
            Issue.record("row \(index) is \(row)")
            break
        }
    }

    @Test(arguments: [ResultFormat.arrow, .json])
    func longRowsMakeMoreSegments(_ format: ResultFormat) throws {
        let limits = ResultLimits(inlineBytes: 100_000, chunkBytes: 1_000_000)
        let encoded = try EncodedResult("SELECT repeat('x', 10000) AS t FROM range(2000)", as: format, limits: limits)
        #expect(encoded.rowCount == 2000)
        // A step is 64 rows of 10 kB.
        #expect(encoded.segments[0].data.count < 800_000)
        #expect(encoded.segments.allSatisfy { $0.data.count < 1_800_000 })
        #expect(encoded.segments.count > 11)
    }

    @Test(arguments: 0..<16)
    func arrowAndJSONSayTheSame(seed: Int) throws {
        let setup = """
            CREATE MACRO maybe(x, i) AS if(hash(i, \(seed), 'null') % 4 = 0, NULL, x);
            CREATE TABLE t AS SELECT
                maybe((hash(i, \(seed)) >> 1)::BIGINT - 4611686018427387904, i) AS a,
                maybe((hash(i, \(seed)) % 1000)::HUGEINT * if(\(seed) % 2 = 0, 1, 100000000000000000000), i + 1) AS b,
                maybe(((hash(i, 5) % 100000)::BIGINT - 50000)::DECIMAL(18,3) / 7, i + 2)::DECIMAL(18,3) AS c,
                maybe(((hash(i, 6) % 100000)::BIGINT - 50000)::DECIMAL(38,12) / 7, i + 2)::DECIMAL(38,12) AS d,
                maybe((hash(i, 7) % 1000)::DOUBLE / 8, i + 3) AS e,
                maybe(hash(i, 8) % 2 = 0, i + 4) AS f,
                maybe(repeat('a"\\é' || chr((hash(i, 9) % 120)::INTEGER + 1), (hash(i, 10) % 7)::INTEGER), i + 5) AS g,
                maybe(DATE '1970-01-01' + ((hash(i, 11) % 60000)::INTEGER - 30000), i + 6) AS h,
                maybe(make_timestamp((hash(i, 12) % 4000000000000000)::BIGINT - 2000000000000000), i + 7) AS k,
                maybe(encode(repeat('b', (hash(i, 13) % 20)::INTEGER)), i + 8) AS l,
                maybe([i, NULL, (hash(i, 14) % 9)::BIGINT], i + 9) AS m,
                maybe({'x': i, 'y': maybe('z', i)}, i + 10) AS n,
                maybe(TIME '00:00:00' + to_microseconds((hash(i, 15) % 86399999999)::BIGINT), i + 11) AS o,
                maybe((hash(i, 16) % 200)::UTINYINT, i + 12) AS p
            FROM range(\(seed * 157 + 1)) r(i)
            """
        let limits = ResultLimits(inlineRows: seed * 64, chunkRows: 500 + seed * 100)
        let arrow = try EncodedResult("FROM t", as: .arrow, limits: limits, setup: setup)
        let json = try EncodedResult("FROM t", as: .json, setup: setup)
        let rows = try json.rows()
        let cells = try arrow.cells()
        #expect(cells.count == rows.count && rows.count == seed * 157 + 1)
        for (index, pair) in zip(cells, rows).enumerated() where pair.0 != pair.1 {
            Issue.record("seed \(seed), row \(index): \(pair.0) is not \(pair.1)")
            break
        }
        let streamed = try EncodedResult("FROM t", as: .json, streaming: true, setup: setup)
        #expect(try streamed.rows() == rows, "seed \(seed)")
    }
}
