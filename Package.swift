// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "roost", targets: ["roost"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Ground
        room("Types"),
        .target(name: "CNative", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("dl")]),
        room("Arrow", ["Types"]),
        room("Packaging", ["Types", yams]),
        room("Store", ["Types", grdb, .product(name: "GRDBSQLite", package: "GRDB.swift"), crypto]),
        room("Access", ["Types", "Store", crypto, cryptoExtras]),
        room("DuckDB", ["Types", "CNative"]),
        // Work
        room("SnowflakeSQL", ["Types"], resources: [.embedInCode("prelude.sql")]),
        room("Registry", ["Types", "Packaging", "Store", "Access"]),
        room(
            "Inference", ["Types", "CNative", "Packaging", crypto, log],
            resources: [
                .embedInCode("Python/loader.py"), .embedInCode("Python/sandbox.py"), .embedInCode("Python/columns.py"),
                .embedInCode("Python/results.py"), .embedInCode("Python/estimator.py"),
                .embedInCode("Python/partitions.py"), .embedInCode("Python/handler.py"),
                .embedInCode("Python/mlflow_handler.py"),
                .embedInCode("Python/worker.py"),
            ]),
        room("Tracking", ["Types", "Store", "Access"]),
        room("Transfer", ["Types", "Store", crypto, nio, nioPosix, hummingbird]),
        room(
            "Engine",
            [
                "Types", "Arrow", "DuckDB", "SnowflakeSQL", "Registry", "Store", "Access", "Inference", "Packaging",
                "Transfer", "CNative", crypto, log,
            ]),
        // Doors
        room(
            "Snowflake",
            ["Types", "Engine", "Access", "Transfer", "CNative", hummingbird, nio, nioPosix, log, crypto]),
        room(
            "MLflow",
            [
                "Types", "Packaging", "Store", "Access", "Registry", "Tracking", "Transfer", "Engine", hummingbird, nio,
                nioPosix, log, crypto, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        room(
            "Server",
            [
                "Types", "Packaging", "Store", "Access", "Registry", "Transfer", "DuckDB", "Inference", "Engine",
                "Snowflake", "MLflow", "Tracking", "CNative", hummingbird, nio, nioPosix, log, crypto,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        room(
            "Client",
            [
                "Types", "SnowflakeSQL", crypto, nio, nioPosix, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .executableTarget(
            name: "roost",
            dependencies: [
                "Server", "Client", "Types",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                log,
            ],
            swiftSettings: settings),
        // Tests
        .target(
            name: "TestSupport", dependencies: ["Types", "DuckDB"], path: "Tests/TestSupport",
            swiftSettings: settings),
        tests("TypesTests", ["Types"]),
        tests("StoreTests", ["TestSupport", "Types", "Store"]),
        tests("PackagingTests", ["TestSupport", "Types", "Packaging"]),
        tests("RegistryTests", ["TestSupport", "Types", "Packaging", "Store", "Access", "Registry"]),
        tests("CNativeTests", ["CNative"]),
        .testTarget(
            name: "InferenceTests", dependencies: ["Types", "Inference", log], exclude: ["Fixtures"],
            swiftSettings: settings),
        tests("ArrowTests", ["TestSupport", "Types", "Arrow"]),
        tests("DuckDBTests", ["TestSupport", "Types", "DuckDB"]),
        tests("EngineResultsTests", ["TestSupport", "Types", "Arrow", "DuckDB", "Engine"]),
        tests("AccessTests", ["TestSupport", "Types", "Store", "Access", crypto]),
        tests("TransferTests", ["Types", "Store", "Transfer", nio]),
        tests(
            "EngineTests",
            [
                "TestSupport", "Types", "Arrow", "DuckDB", "SnowflakeSQL", "Registry", "Store", "Access", "Inference",
                "Packaging", "Transfer", "Engine", nioPosix, log,
            ]),
        tests(
            "SnowflakeTests",
            [
                "TestSupport", "Types", "DuckDB", "Registry", "Store", "Access", "Inference", "Transfer", "Engine",
                "Snowflake", hummingbird, nio, nioPosix, log,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests(
            "MLflowTests",
            [
                "TestSupport", "Types", "Packaging", "Registry", "Store", "Access", "Tracking", "Transfer", "Engine",
                "MLflow", hummingbird, nio, nioPosix, log, .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        tests("ClientTests", ["Types", "SnowflakeSQL", "Client"]),
        tests("ServerTests", ["Types", "Server", "roost"]),
        .testTarget(
            name: "SnowflakeSQLTests", dependencies: ["TestSupport", "Types", "SnowflakeSQL"], exclude: ["Goldens"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
