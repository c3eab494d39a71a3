package import Foundation

/// How much memory SQL may take, from the setting `sql-memory` and what the machine has.
///
/// ```
/// SQLMemory(setting: 2 << 30, machine: 64 << 30)   // DuckDB 2 GiB, the process 3.5 GiB
/// SQLMemory(setting: 2 << 30, machine: 2 << 30)    // DuckDB 0.66 GiB, the process 1.5 GiB
/// ```
package struct SQLMemory: Sendable, Equatable {
    /// DuckDB's own limit: tables, sorts, joins. What is over goes to disk, or fails.
    package let engineBytes: Int
    /// What the whole process may have resident before statements are refused more: half as much again for the texts and
    /// lists of functions, which DuckDB does not count, and half a GiB for all else.
    package let serverBytes: Int
    /// Memory of the machine or of the control group, nil where that is not known.
    package let machineBytes: Int?

    private static let besides = 512 << 20

    /// - Parameters:
    ///   - setting: bytes, at least 64 MiB.
    ///   - machine: a quarter of it stays free: checkpoints may go that far over the limit of statements.
    package init(setting: Int, machine: Int? = SQLMemory.machine()) {
        machineBytes = machine
        // Not so much that the sums run over.
        let setting = min(setting, 1 << 50)
        let wanted = setting + setting / 2 + SQLMemory.besides
        serverBytes = machine.map { min(wanted, max($0 - $0 / 4, 256 << 20)) } ?? wanted
        engineBytes = min(setting, max((serverBytes - SQLMemory.besides) / 3 * 2, 64 << 20))
    }

    /// Bytes of memory that the machine has, or the control groups that the process runs in, whichever is less.
    package static func machine() -> Int? {
        let physical = ProcessInfo.processInfo.physicalMemory
        let known = [physical > 0 ? Int(clamping: physical) : nil] + groups()
        return known.compactMap(\.self).min()
    }

    /// The limits of the process's control groups and of those around them.
    ///
    /// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html
    private static func groups() -> [Int?] {
        let lines = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.flatMap { line -> [Int?] in
            // `0::/a/b` for version 2, `9:memory:/a/b` for version 1.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let isFirstVersion = fields[1].split(separator: ",").contains("memory")
            guard isFirstVersion || fields[0] == "0" else { return [] }
            let root = isFirstVersion ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
            let file = isFirstVersion ? "memory.limit_in_bytes" : "memory.max"
            var path = fields[2].split(separator: "/")
            var limits = [limit(in: "\(root)/\(file)")]
            while !path.isEmpty {
                limits.append(limit(in: "\(root)/\(path.joined(separator: "/"))/\(file)"))
                path.removeLast()
            }
            return limits
        }
    }

    /// The number in a file; nil for `max` and for files that are not there.
    private static func limit(in file: String) -> Int? {
        (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
            Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}
