import Engine
import Testing

struct SQLMemoryTests {
    private static let gib = 1 << 30

    @Test func theSettingCountsWhereTheMachineHasEnough() {
        let memory = SQLMemory(setting: 2 * Self.gib, machine: 64 * Self.gib)
        #expect(memory.engineBytes == 2 * Self.gib)
        #expect(memory.serverBytes == 3 * Self.gib + Self.gib / 2)
        #expect(SQLMemory(setting: 2 * Self.gib, machine: nil).serverBytes == memory.serverBytes)
    }

    @Test(arguments: [512 << 20, 1 << 30, 2 << 30, 4 << 30, 3 << 30])
    func aSmallMachineIsNeverFilled(_ machine: Int) {
        let memory = SQLMemory(setting: 2 * Self.gib, machine: machine)
        // Checkpoints may go a quarter over it.
        #expect(memory.serverBytes + memory.serverBytes / 4 <= machine)
        #expect(memory.engineBytes < memory.serverBytes)
        #expect(memory.engineBytes >= 64 << 20)
    }

    @Test func whatTheMachineHasIsKnown() throws {
        #expect(try #require(SQLMemory.machine()) > 256 << 20)
        #expect(SQLMemory(setting: Int.max, machine: nil).serverBytes > 0)
    }
}
