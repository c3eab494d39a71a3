import Foundation
import Types

/// Which layers between a model's code and this machine work here.
package struct SandboxProbe: Sendable {
    /// One layer: bubblewrap, user namespaces, Landlock, ….
    package struct Layer: Sendable, Equatable {
        package let name: String
        package let works: Bool
        /// A version, or why it does not work.
        package let note: String
    }

    package let layers: [Layer]

    /// Tries each layer with short-lived processes; takes well under a second.
    ///
    /// - Parameters:
    ///   - configuration: says which Python and which bubblewrap.
    package init(_ configuration: RuntimeConfiguration) {
        var layers: [Layer] = []
        let bubblewrap = SandboxCommand.find(configuration.bubblewrap ?? "bwrap")
        if let bubblewrap {
            layers.append(SandboxProbe.layer("bubblewrap", bubblewrap, ["--version"]))
            layers.append(
                SandboxProbe.layer(
                    "namespaces", bubblewrap,
                    ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL", "--ro-bind", "/", "/", "true"],
                    worked: "user, mount, process, network"))
        } else {
            layers.append(Layer(name: "bubblewrap", works: false, note: "not installed (package 'bubblewrap')"))
            layers.append(Layer(name: "namespaces", works: false, note: "not tried without bubblewrap"))
        }
        // The same code that confines workers, in a process of its own.
        let script =
            String(decoding: PackageResources.sandbox_py, as: UTF8.self) + """

                def attempt(name, body):
                    try: print(name + "=1=" + str(body()))
                    except OSError as error: print(name + "=0=" + str(error.strerror or error))
                def landlock():
                    no_new_privileges(); confine_files(["/usr"], []); return "version " + str(landlock_abi())
                def seccomp():
                    filter_system_calls()
                    import ctypes
                    try: os.kill(os.getppid(), 0)
                    except PermissionError: return "system calls are refused"
                    raise OSError(0, "the filter has no effect")
                attempt("rlimits", lambda: limit_resources(8 << 30, 1 << 30, 512) or "memory, files, processor time")
                attempt("landlock", landlock)
                attempt("seccomp", seccomp)
                """
        let result = try? Command(configuration.basePython, ["-I", "-c", script]).run(timeoutSeconds: 20)
        for name in ["landlock", "seccomp", "rlimits"] {
            let line = result?.errorText.split(separator: "\n").first { $0.hasPrefix(name + "=") }
            let parts = line?.split(separator: "=", maxSplits: 2).map(String.init)
            layers.append(
                Layer(
                    name: name, works: parts?[1] == "1",
                    note: parts.map { $0.count > 2 ? $0[2] : "" }
                        ?? "Python '\(configuration.basePython)' can't be used"))
        }
        let hasGroups = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers")
        layers.append(
            Layer(
                name: "cgroup", works: hasGroups,
                note: hasGroups ? "version 2" : "no cgroup version 2; limits are per process"))
        self.layers = layers
    }

    private static func layer(_ name: String, _ program: String, _ arguments: [String], worked: String? = nil) -> Layer
    {
        do {
            let result = try Command(program, arguments).run(timeoutSeconds: 10)
            let text = result.errorText.trimmingCharacters(in: .whitespacesAndNewlines)
            return Layer(
                name: name, works: result.status == 0,
                note: result.status == 0 ? worked ?? text : String(text.suffix(200)))
        } catch {
            return Layer(name: name, works: false, note: "\(error)")
        }
    }

    /// One line per layer: `landlock    yes  version 7`.
    package var lines: [String] {
        layers.map {
            $0.name.padding(toLength: 12, withPad: " ", startingAt: 0) + ($0.works ? "yes  " : "no   ") + $0.note
        }
    }

    /// Whether models can run under the wanted sandbox, and if not, why and what to do.
    package func check(_ wanted: RuntimeConfiguration.Sandbox) throws {
        let needed: [String] =
            switch wanted {
            case .full: ["bubblewrap", "namespaces", "seccomp", "rlimits"]
            case .partial: ["landlock", "seccomp", "rlimits"]
            case .off: []
            }
        for layer in layers where needed.contains(layer.name) && !layer.works {
            throw RegistryError(
                .unavailable,
                "Models can't run: the sandbox's layer '\(layer.name)' does not work here: \(layer.note).",
                hint: """
                    Mend it, or set '\(RuntimeConfiguration.Setting.sandbox)' to 'partial' or 'off' if you trust \
                    everyone who may log a model.
                    """)
        }
    }
}
