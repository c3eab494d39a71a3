import Packaging
import Store
import Testing
import Types

@testable import Registry

/// Every documented limit: what is exactly at it passes, one more is refused with the limit, the value and the setting.
struct LimitTests {
    struct Limit: Sendable, CustomTestStringConvertible {
        let setting: String
        /// What the sample package `iris` has.
        let value: Int
        let set: @Sendable (inout RegistryLimits, Int) -> Void
        var testDescription: String { setting }
    }

    static let ofPackages = [
        Limit(setting: "limit-methods-per-version", value: 3) { $0.package.methods = $1 },
        Limit(setting: "limit-imports-per-version", value: 1) { $0.package.imports = $1 },
        Limit(setting: "limit-arguments-per-method", value: 4) { $0.package.arguments = $1 },
        // MANIFEST.yml and the requirements that it names.
        Limit(setting: "limit-configuration-bytes", value: 1104 + 70) { $0.package.configurationBytes = $1 },
        Limit(setting: "limit-files-per-version", value: 8) { $0.filesPerVersion = $1 },
        Limit(setting: "limit-version-bytes", value: 13961) { $0.versionBytes = $1 },
    ]

    @Test(arguments: ofPackages)
    func aPackageAtItsLimitPassesAndOneOverItDoesNot(limit: Limit) throws {
        var limits = RegistryLimits()
        limit.set(&limits, limit.value)
        try RegistryHouse(limits: limits).log("IRIS", "V1")
        limit.set(&limits, limit.value - 1)
        let house = try RegistryHouse(limits: limits)
        try refuses(limit.setting, value: limit.value, most: limit.value - 1) {
            _ = try house.log("IRIS", "V1")
        }
        #expect(house.failure { try house.registry.model(object("IRIS"), as: house.admin) }?.code == .notFound)
    }

    @Test func versionsOfAModel() throws {
        var limits = RegistryLimits()
        limits.versionsPerModel = 2
        let house = try RegistryHouse(limits: limits)
        for version in ["V1", "V2"] { try house.log("IRIS", version) }
        try refuses("limit-versions-per-model", value: 3, most: 2) { _ = try house.log("IRIS", "V3") }
        // A live version counts, too.
        try refuses("limit-versions-per-model", value: 3, most: 2) {
            _ = try house.registry.addLiveVersion(name("V3"), to: object("IRIS"), as: house.admin)
        }
    }

    @Test func metadata() throws {
        var limits = RegistryLimits()
        limits.metadataBytes = 20
        let house = try RegistryHouse(limits: limits)
        try house.log("IRIS", "V1")
        func set(_ bytes: Int) throws {
            let text = "{\"a\":\"" + String(repeating: "x", count: bytes - 8) + "\"}"
            try house.registry.setMetadata(text, of: name("V1"), of: object("IRIS"), as: house.admin)
        }
        try set(20)
        try refuses("limit-metadata-bytes", value: 21, most: 20) { try set(21) }
    }

    @Test func tags() throws {
        var limits = RegistryLimits()
        limits.tagValueLength = 3
        limits.tagsPerObject = 2
        limits.allowedValuesPerTag = 2
        let house = try RegistryHouse(limits: limits)
        let registry = house.registry
        try house.log("IRIS", "V1")
        for tag in ["A", "B", "C"] { _ = try registry.createTag(object(tag), as: house.admin) }
        func set(_ tag: String, _ value: String) throws {
            try registry.setTag(object(tag), to: value, on: .model, object("IRIS"), as: house.admin)
        }
        try set("A", "xxx")
        try refuses("limit-tag-value-length", value: 4, most: 3) { try set("A", "xxxx") }
        try set("B", "x")
        try refuses("limit-tags-per-object", value: 3, most: 2) { try set("C", "x") }
        _ = try registry.createTag(object("D"), allowedValues: ["a", "b"], as: house.admin)
        try refuses("limit-allowed-values-per-tag", value: 3, most: 2) {
            _ = try registry.createTag(object("E"), allowedValues: ["a", "b", "c"], as: house.admin)
        }
    }

    private func refuses(_ setting: String, value: Int, most: Int, _ body: () throws -> Void) throws {
        do {
            try body()
            Issue.record("nothing was refused: \(setting)")
        } catch let error as RegistryError {
            #expect(error.code == .limitExceeded)
            #expect(error.message.hasPrefix("\(value) ") && error.message.contains("at most \(most) are allowed"))
            #expect(error.hint?.contains("'\(setting)'") == true)
            #expect(error.detail["limit"] == "\(most)" && error.detail["value"] == "\(value)")
        }
    }
}
