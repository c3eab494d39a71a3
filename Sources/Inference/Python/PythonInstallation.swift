import Foundation
import Types

/// One Python interpreter with its packages, as a sandbox needs to know it.
struct PythonInstallation: Hashable, Sendable, Codable {
    /// The interpreter as it is called, e.g. `…/venv/bin/python`: its path decides which packages it sees.
    var executable: String
    /// Directories that hold the interpreter, its library and its packages.
    var directories: [String]
    /// `3.11.7`.
    var version: String
    /// Version by normalised name (`scikit-learn`).
    var packages: [String: String]

    /// `3.11`.
    var minorVersion: String { version.split(separator: ".").prefix(2).joined(separator: ".") }

    /// Asks the interpreter about itself.
    ///
    /// - Throws: `unavailable` when it is missing or does not answer.
    static func inspect(_ executable: String) throws -> PythonInstallation {
        let script = """
            import importlib.metadata, json, os, re, sys, sysconfig
            found = {}
            for d in importlib.metadata.distributions():
                n = d.metadata["Name"]
                if n: found.setdefault(re.sub(r"[-_.]+", "-", n).lower(), d.version)
            places = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
            places |= {os.path.dirname(os.path.dirname(os.path.realpath(sys.executable)))}
            places |= {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
            places |= {p for p in sys.path if os.path.isdir(p)}
            places |= {os.path.realpath(p) for p in list(places)}
            print(json.dumps({"executable": sys.argv[1], "directories": sorted(places),
                              "version": ".".join(map(str, sys.version_info[:3])), "packages": found}))
            """
        let result: Command.Result
        do {
            result = try Command(executable, ["-I", "-c", script, executable]).run(timeoutSeconds: 60)
        } catch let error as RegistryError {
            throw RegistryError(
                .unavailable, "The Python '\(executable)' can't be used: \(error.message)",
                hint: "Set '\(RuntimeConfiguration.Setting.basePython)' to the interpreter of the workers' environment."
            )
        }
        guard result.status == 0,
            let line = result.output.split(separator: UInt8(ascii: "\n")).last,
            let installation = try? JSONDecoder().decode(PythonInstallation.self, from: Data(line))
        else {
            throw RegistryError(
                .unavailable, "The Python '\(executable)' does not answer: \(result.errorText.suffix(500))")
        }
        return installation
    }
}
