import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What the server process takes of the machine.
struct ProcessUsage: Sendable {
    let cpuSeconds: Double
    let residentBytes: Int

    /// Source: `clock_gettime(2)` and `/proc/self/statm`.
    static func now() -> ProcessUsage {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        let pages = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
        return ProcessUsage(
            cpuSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
            residentBytes: pages * Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}
