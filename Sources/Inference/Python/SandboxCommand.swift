import Foundation
import Types

/// The command line that starts a Python with just the files it needs.
struct SandboxCommand {
    var executable: String
    var arguments: [String]
    var environment: [String: String]

    /// Where workers have their private directories, inside the sandbox.
    static let temporaryInside = "/run/roost"

    /// What of the system every Python needs to read, where it exists.
    static let systemPaths = [
        "/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/ld.so.conf",
        "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/timezone",
    ]

    /// The variables of a Python process: nothing of the server's own environment.
    static func variables(threads: Int) -> [String: String] {
        var variables = [
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "USER": "roost", "LOGNAME": "roost", "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8", "TZ": "UTC", "LOKY_MAX_CPU_COUNT": "\(max(1, threads))",
            // Columns of a batch are freed and taken again all the time: keep their pages.
            "MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "134217728",
        ]
        for name in [
            "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS",
        ] {
            variables[name] = "\(max(1, threads))"
        }
        return variables
    }

    /// Wraps a command into bubblewrap: no network unless asked for, no capability, a file system of the named paths.
    ///
    /// Source: https://github.com/containers/bubblewrap, bwrap(1)
    ///
    /// - Parameters:
    ///   - readable: paths that are seen read-only, at the same place.
    ///   - writable: paths that are seen and can be written, at the same place.
    static func bubblewrap(
        _ bubblewrap: String, running command: [String], environment: [String: String], readable: [String],
        writable: [String] = [], temporarySize: Int? = nil, hasNetwork: Bool = false
    ) -> SandboxCommand {
        var arguments = [
            "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--proc", "/proc", "--dev",
            "/dev",
        ]
        if hasNetwork { arguments.insert("--share-net", at: 1) }
        arguments += ["--tmpfs", "/tmp"]
        if let temporarySize { arguments += ["--size", "\(temporarySize)"] }
        arguments += ["--tmpfs", temporaryInside]
        for path in systemPaths {
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path), !path.hasPrefix("/etc") {
                arguments += ["--symlink", target, path]
            } else {
                arguments += ["--ro-bind-try", path, path]
            }
        }
        for path in SandboxCommand.outermost(readable) { arguments += ["--ro-bind", path, path] }
        for path in writable { arguments += ["--bind", path, path] }
        arguments += ["--chdir", "/", "--"]
        return SandboxCommand(executable: bubblewrap, arguments: arguments + command, environment: environment)
    }

    /// The paths without those that lie in another one, and without what the system's paths hold already.
    static func outermost(_ paths: [String]) -> [String] {
        var kept: [String] = []
        for path in Set(paths).sorted() {
            let isInside = (kept + ["/usr", "/lib", "/lib64", "/bin"]).contains {
                path == $0 || path.hasPrefix($0 + "/")
            }
            if !isInside { kept.append(path) }
        }
        return kept
    }

    /// Looks a program up on the path of this process.
    static func find(_ name: String) -> String? {
        if name.contains("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}
