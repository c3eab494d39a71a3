import Crypto
import Foundation
import Types

/// The requirements of a version, checked and brought into one form.
struct EnvironmentRequirements {
    /// Names that conda and PyPI give differently.
    private static let pypiNames = ["pytorch": "torch", "py-xgboost": "xgboost", "msgpack-python": "msgpack"]

    /// `3.11`, nil for any.
    let pythonVersion: String?
    /// Lines of a requirements file, in order of the names: `scikit-learn==1.4.*`.
    let lines: [String]
    private let entries: [(name: String, specifier: String)]

    /// What an environment of the version must have, what runs its methods included.
    ///
    /// - Throws: `invalidPackage` for anything but names, extras and version specifiers.
    init(_ spec: EnvironmentSpec) throws {
        try self.init(spec, always: EnvironmentStore.always(spec))
    }

    /// - Parameter always: names that are added where they are missing.
    /// - Throws: `invalidPackage` for anything but names, extras and version specifiers.
    init(_ spec: EnvironmentSpec, always: [String]) throws {
        var entries: [(name: String, specifier: String)] = []
        for requirement in spec.requirements {
            let name = try EnvironmentRequirements.name(requirement.name)
            if name == "python" || name == "pip" { continue }
            entries.append((name, try EnvironmentRequirements.specifier(requirement.specifier, of: name)))
        }
        for name in always where !entries.contains(where: { $0.name == name }) { entries.append((name, "")) }
        self.entries = entries.sorted { ($0.name, $0.specifier) < ($1.name, $1.specifier) }
        lines = self.entries.map { $0.name + $0.specifier }
        let fromList = spec.requirements.first { $0.name.lowercased() == "python" }?.specifier
        pythonVersion = EnvironmentRequirements.minor(spec.pythonVersion ?? fromList ?? "")
    }

    /// Characters of ``hash``.
    static let hashLength = 64

    /// Same requirements, same hash.
    var hash: String {
        let text = (["python \(pythonVersion ?? "any")"] + lines).joined(separator: "\n")
        return SHA256.hash(data: Data(text.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
    }

    private static func name(_ text: String) throws -> String {
        // Source: https://packaging.python.org/en/latest/specifications/name-normalization/
        let pattern = /([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(\[[A-Za-z0-9._, -]+\])?/
        guard let match = text.wholeMatch(of: pattern) else {
            throw RegistryError(
                .invalidPackage, "'\(text.prefix(100))' is not the name of a Python package.",
                hint: "Requirements are names and version specifiers only: no URLs, paths or options.")
        }
        let normal = match.1.lowercased().replacing(/[._-]+/, with: "-")
        return (pypiNames[normal] ?? normal) + (match.2.map { $0.replacing(" ", with: "") } ?? "")
    }

    private static func specifier(_ text: String, of name: String) throws -> String {
        let parts = try text.split(separator: ",").map { part in
            let bare = part.replacing(/\s/, with: "")
            // Source: https://packaging.python.org/en/latest/specifications/version-specifiers/
            if bare.wholeMatch(of: /(===|==|!=|~=|<=|>=|<|>)[A-Za-z0-9][A-Za-z0-9.!+_*-]*/) != nil { return bare }
            // conda: one equals sign means any version that starts so.
            if let match = bare.wholeMatch(of: /=([0-9][A-Za-z0-9.]*?)(\.?\*)?/) { return "==\(match.1).*" }
            throw RegistryError(
                .invalidPackage, "'\(text.prefix(100))' is not a version specifier of the package '\(name)'.",
                hint: "For example '>=1.4,<2'.")
        }
        return parts.joined(separator: ",")
    }

    /// `3.11` of `3.11.7`, `3.11.*` or `==3.11.*`.
    private static func minor(_ text: String) -> String? {
        text.firstMatch(of: /(\d+)\.(\d+)/).map { "\($0.1).\($0.2)" }
    }

    /// The requirements that an installation does not satisfy, for people: `scikit-learn==1.2.0 (has 1.9.1)`.
    ///
    /// The installation's own `packaging` compares the versions.
    func unmet(by installation: PythonInstallation) throws -> [String] {
        var unmet: [String] = []
        if let pythonVersion, pythonVersion != installation.minorVersion {
            unmet.append("python \(pythonVersion) (has \(installation.minorVersion))")
        }
        var questions: [[String]] = []
        for entry in entries {
            let bare = entry.name.prefix { $0 != "[" }
            guard let version = installation.packages[String(bare)] else {
                unmet.append("\(entry.name)\(entry.specifier) (has none)")
                continue
            }
            if !entry.specifier.isEmpty { questions.append([entry.name, entry.specifier, version]) }
        }
        guard !questions.isEmpty else { return unmet }
        let script = """
            import json, sys
            try:
                from packaging.specifiers import SpecifierSet
            except ImportError:
                from pip._vendor.packaging.specifiers import SpecifierSet
            print(json.dumps([SpecifierSet(s).contains(v, prereleases=True) for _, s, v in json.load(sys.stdin)]))
            """
        let result = try Command(installation.executable, ["-I", "-c", script]).run(
            input: questions.jsonBytes, timeoutSeconds: 60)
        guard result.status == 0, let line = result.output.split(separator: UInt8(ascii: "\n")).last,
            let answers = try? JSONDecoder().decode([Bool].self, from: Data(line)), answers.count == questions.count
        else {
            throw RegistryError(
                .unavailable, "The Python '\(installation.executable)' can't compare versions.",
                hint: "Install the package 'packaging' into it.",
                detail: ["output": String(result.errorText.suffix(500))])
        }
        for (question, isMet) in zip(questions, answers) where !isMet {
            unmet.append("\(question[0])\(question[1]) (has \(question[2]))")
        }
        return unmet
    }
}
