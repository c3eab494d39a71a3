import Testing
import Types

struct CivilDateTests {
    @Test(arguments: [
        (0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_484, "2026-01-31"),
        (-719_162, "0001-01-01"), (-719_163, "0000-12-31"), (-719_529, "-0001-12-31"), (2_932_896, "9999-12-31"),
        (2_932_897, "10000-01-01"),
    ])
    func countsDaysFrom1970(_ days: Int64, _ text: String) {
        #expect(CivilDate(daysSince1970: days).text == text)
    }
}
