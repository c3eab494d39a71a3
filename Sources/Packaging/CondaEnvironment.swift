import Foundation
package import Types
import Yams

/// What a `conda.yml` asks for, as far as the Python package index can give it.
package struct CondaEnvironment: Sendable {
    /// The limits on Python itself, e.g. `==3.11.*`; empty where there are none.
    package let pythonSpecifiers: [String]
    /// Distributions in the file's order, conda's own list first, then its `pip:` list.
    package let requirements: [Requirement]
    package let channels: [String]

    /// - Parameters:
    ///   - text: the YAML text.
    ///   - file: its name for errors.
    ///   - refused: takes the lines that are no names with limits: URLs, paths, options. Throws unless told otherwise.
    /// - Throws: `invalidPackage` naming file and entry.
    package init(
        text: String, file: String, refused: (String, RegistryError) throws -> Void = { throw $1 }
    ) throws {
        let root = try YAMLReader(file: file, text: text)
        channels = try root.strings("channels")
        var python: [String] = []
        var requirements: [Requirement] = []
        for entry in try root.optional("dependencies")?.list() ?? [] {
            guard entry.node.scalar != nil else {
                for pip in try entry.required("pip").list() {
                    let line = try pip.string()
                    try CondaEnvironment.keeping(line, refused) {
                        requirements.append(try Requirement(parsing: line, style: .pip, place: pip.place))
                    }
                }
                continue
            }
            let text = try entry.string()
            let (channel, spec) = CondaEnvironment.split(text)
            var parsed: Requirement?
            try CondaEnvironment.keeping(text, refused) {
                parsed = try Requirement(parsing: spec, style: .conda, place: entry.place)
            }
            guard let requirement = parsed else { continue }
            switch requirement.normalizedName {
            case "python": python += requirement.specifiers
            case "pip": continue
            default:
                // Drivers of a GPU are the machine's business; the index has no such distribution.
                if channel == "nvidia" { continue }
                requirements.append(CondaEnvironment.onIndex(requirement))
            }
        }
        pythonSpecifiers = python
        self.requirements = requirements
    }

    /// Runs the body; hands a line that it does not take to `refused`.
    fileprivate static func keeping(
        _ line: String, _ refused: (String, RegistryError) throws -> Void, _ body: () throws -> Void
    ) throws {
        do {
            try body()
        } catch let error as RegistryError {
            try refused(line, error)
        }
    }

    /// Parts `conda-forge::name…` into its channel, `""` where none is named, and the rest.
    private static func split(_ text: String) -> (channel: String, spec: String) {
        guard let mark = text.range(of: "::") else { return ("", text) }
        return (String(text[..<mark.lowerBound]).trimmed, String(text[mark.upperBound...]))
    }

    /// Distributions that conda calls otherwise than the index.
    private static let otherNames = [
        "pytorch": "torch", "py-xgboost": "xgboost", "matplotlib-base": "matplotlib", "opencv": "opencv-python",
        "msgpack-python": "msgpack", "pytables": "tables",
    ]

    private static func onIndex(_ requirement: Requirement) -> Requirement {
        guard let name = otherNames[requirement.normalizedName] else { return requirement }
        return Requirement(
            name: name, extras: requirement.extras, specifiers: requirement.specifiers, marker: requirement.marker)
    }
}

/// What a `requirements.txt` asks for.
package struct PipRequirements: Sendable {
    package let requirements: [Requirement]

    /// - Parameter refused: as for ``CondaEnvironment``.
    /// - Throws: `invalidPackage` naming file and line for anything but names with limits: URLs, paths, options.
    package init(
        text: String, file: String, refused: (String, RegistryError) throws -> Void = { throw $1 }
    ) throws {
        var requirements: [Requirement] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var text = String(line).trimmed
            if text.hasPrefix("#") { continue }
            if let comment = text.range(of: " #") { text = String(text[..<comment.lowerBound]).trimmed }
            if text.isEmpty { continue }
            try CondaEnvironment.keeping(text, refused) {
                requirements.append(try Requirement(parsing: text, style: .pip, place: "\(file) line \(index + 1)"))
            }
        }
        self.requirements = requirements
    }
}

extension YAMLReader {
    /// File and key for errors about an entry's own text.
    var place: String { "\(file) \(path)" }
}
