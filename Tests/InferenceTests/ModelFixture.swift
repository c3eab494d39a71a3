import Foundation
import Inference
import Logging
import Testing
import Types

/// The suites with real processes run one after the other: they count processes, and each start takes both cores.
@Suite(.serialized, .enabled(if: ModelFixture.python != nil, "ROOST_WORKER_PYTHON names no Python"))
enum RealWorkers {}

/// Real packages, made once per test run by the real client, and runtimes for them.
enum ModelFixture {
    /// The interpreter of the workers' environment, with the client in it.
    static let python = ProcessInfo.processInfo.environment["ROOST_WORKER_PYTHON"]

    /// Whether tests may reach a package index.
    static let mayBuild = ProcessInfo.processInfo.environment["ROOST_TEST_BUILDS"] != nil

    /// The directory with a package per model.
    static let packages: Result<URL, any Error> = Result {
        if let made = ProcessInfo.processInfo.environment["ROOST_TEST_PACKAGES"] { return URL(filePath: made) }
        let directory = FileManager.default.temporaryDirectory.appending(path: "roost-packages-\(UUID().uuidString)")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/make_packages.py")
        let process = Process()
        process.executableURL = URL(filePath: python ?? "/missing")
        process.arguments = ["-W", "ignore", script.path, directory.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw RegistryError(.internal, "The packages could not be made.") }
        return directory
    }

    static func configuration() throws -> RuntimeConfiguration {
        RuntimeConfiguration(
            versionsDirectory: try packages.get(),
            environmentsDirectory: FileManager.default.temporaryDirectory.appending(path: "roost-environments"),
            basePython: python ?? "/missing")
    }

    static func runtime(_ change: (inout RuntimeConfiguration) -> Void = { _ in }) throws -> ModelRuntime {
        var configuration = try configuration()
        change(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        return ModelRuntime(configuration, logger: logger)
    }

    /// Shared by the tests that harm nothing.
    static let shared = Result { try runtime { $0.workersPerMethod = 4 } }
    /// Shared by those that do: short timeouts, little memory.
    static let strict = Result {
        try runtime {
            $0.callTimeoutSeconds = 3
            $0.workerMemory = 300 << 20
            $0.workersPerMethod = 2
        }
    }

    static func load(
        _ package: String, _ method: String = "predict", in runtime: ModelRuntime? = nil, inputs: [(String, String)],
        parameters: [(String, String)] = [], outputs: [(String, String)], isWide: Bool = false,
        isPartitioned: Bool = false,
        environment: EnvironmentSpec = EnvironmentSpec(pythonVersion: nil, requirements: [])
    ) throws -> LoadedMethod {
        func field(_ pair: (String, String)) throws -> MethodField {
            guard let type = SQLType(parsing: pair.1) else { throw RegistryError(.internal, pair.1) }
            return MethodField(name: pair.0, type: type, typeName: pair.1)
        }
        let signature = MethodSignature(
            name: Identifier(resolved: method.uppercased()), kind: .function, handler: "functions.\(method).infer",
            inputs: try inputs.map(field),
            parameters: try parameters.map { MethodParameter(field: try field($0), defaultSQL: nil) },
            outputs: try outputs.map(field), isWide: isWide, isPartitioned: isPartitioned)
        let request = LoadRequest(
            versionID: Int64(package.hashValue), versionDirectory: try packages.get().appending(path: package),
            environment: environment, method: signature)
        return try (runtime ?? shared.get()).load(request)
    }
}

/// A column of test values, laid out as DuckDB does; keeps its memory alive.
final class TestColumn {
    let kind: ColumnKind
    private let data: UnsafeMutableRawPointer
    private let validity: UnsafeMutablePointer<UInt64>?
    private var texts: [UnsafeMutableRawPointer] = []

    init<Number>(_ kind: ColumnKind, _ values: [Number?]) {
        self.kind = kind
        data = .allocate(byteCount: max(1, values.count * kind.width), alignment: 16)
        for (row, value) in values.enumerated() where value != nil {
            data.storeBytes(of: value!, toByteOffset: row * kind.width, as: Number.self)
        }
        validity = TestColumn.bitmap(values.map { $0 != nil })
    }

    init(bytes values: [[UInt8]?], _ kind: ColumnKind = .text) {
        self.kind = kind
        data = .allocate(byteCount: max(1, values.count * 16), alignment: 16)
        validity = TestColumn.bitmap(values.map { $0 != nil })
        for (row, value) in values.enumerated() {
            guard let value else { continue }
            let string = data + row * 16
            string.storeBytes(of: UInt32(value.count), as: UInt32.self)
            if value.count <= 12 {
                (string + 4).copyMemory(from: value, byteCount: value.count)
            } else {
                let copy = UnsafeMutableRawPointer.allocate(byteCount: value.count, alignment: 1)
                copy.copyMemory(from: value, byteCount: value.count)
                texts.append(copy)
                string.storeBytes(of: copy, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
            }
        }
    }

    convenience init(_ texts: [String?], _ kind: ColumnKind = .text) {
        self.init(bytes: texts.map { $0.map { Array($0.utf8) } }, kind)
    }

    deinit {
        data.deallocate()
        validity?.deallocate()
        for text in texts { text.deallocate() }
    }

    var column: InputColumn { InputColumn(kind: kind, data: data, validity: validity.map { UnsafePointer($0) }) }

    private static func bitmap(_ valid: [Bool]) -> UnsafeMutablePointer<UInt64>? {
        guard valid.contains(false) else { return nil }
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: (valid.count + 63) / 64)
        words.initialize(repeating: 0, count: (valid.count + 63) / 64)
        for (row, isValid) in valid.enumerated() where isValid { words[row >> 6] |= 1 << UInt64(row & 63) }
        return words
    }
}

extension LoadedMethod {
    /// Runs one batch of whole columns.
    func run(
        _ columns: [TestColumn], rows: Int, absent: Int = 0, partitions: [Int] = [], cancellation: Cancellation? = nil
    ) throws -> OutputBatch {
        let batch = try makeBatch(capacity: max(1, rows))
        try batch.append(columns.map(\.column) + Array(repeating: .absent, count: absent), rows: rows)
        return try withExtendedLifetime(columns) { try batch.run(partitions: partitions, cancellation: cancellation) }
    }
}

extension OutputColumn {
    func optionals<Number>(_ type: Number.Type) -> [Number?] {
        (0..<rows).map { isNull($0) ? nil : numbers(as: type)[$0] }
    }

    var strings: [String?] { (0..<rows).map { string($0) } }
}
