import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The machine's processes, from /proc: for tests that count or kill real ones.
enum ProcessTable {
    /// All descendants of a process.
    static func descendants(of root: pid_t = getpid()) -> [pid_t] {
        var children: [pid_t: [pid_t]] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { continue }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 1, fields[0] != "Z", let parent = pid_t(fields[1]) else { continue }
            children[parent, default: []].append(pid)
        }
        var found: [pid_t] = []
        var next = [root]
        while let pid = next.popLast() {
            found += children[pid] ?? []
            next += children[pid] ?? []
        }
        return found
    }

    /// The processes that a runtime for the fixtures' packages started: their sandboxes name the packages' directory.
    /// Other suites of this test run start processes of their own.
    static func modelProcesses() throws -> [pid_t] {
        let packages = try ModelFixture.packages.get().resolvingSymlinksInPath().path
        let sandboxes = descendants().filter { commandLine($0).contains(packages) }
        return Array(Set(sandboxes + sandboxes.flatMap { descendants(of: $0) }))
    }

    private static func commandLine(_ pid: pid_t) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
    }

    /// Kills the leaves of ``modelProcesses()`` that run Python: workers, not the processes that forked them.
    ///
    /// - Returns: whether there was one.
    static func killWorkers() throws -> Bool {
        let leaves = try modelProcesses().filter { pid in
            descendants(of: pid).isEmpty
                && ((try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? "").hasPrefix("python")
                && !isZygote(pid)
        }
        for pid in leaves { kill(pid, SIGKILL) }
        return !leaves.isEmpty
    }

    /// Zygotes are started by something else than a Python.
    private static func isZygote(_ pid: pid_t) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")"),
            let parent = text[text.index(after: end)...].split(separator: " ").dropFirst().first,
            let name = try? String(contentsOfFile: "/proc/\(parent)/comm", encoding: .utf8)
        else { return true }
        return !name.hasPrefix("python")
    }
}
