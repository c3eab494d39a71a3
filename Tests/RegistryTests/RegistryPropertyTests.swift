import Packaging
import Store
import TestSupport
import Testing
import Types

@testable import Registry

/// Random sequences of operations, checked after each step against a plain model of what should be there.
struct RegistryPropertyTests {
    /// What one model should look like.
    private struct Expected: Equatable {
        var versions: [String: Int64] = [:]
        var defaultVersion = ""
        var aliases: [String: String] = [:]
        var nextNumber: Int64 = 1
        var digests: [String: String] = [:]
    }

    @Test(arguments: 0..<24) func randomOperationsKeepTheRules(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &* 7919 &+ 1)
        let house = try RegistryHouse()
        let registry = house.registry
        let seedModels = ["SEED_A", "SEED_B"]
        try house.log(seedModels[0], "V1", sample: "params")
        try house.log(seedModels[1], "V1", sample: "native")
        var models: [String: Expected] = [:]

        for step in 0..<60 {
            func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
            let model = pick(["A", "B", "a"])
            let target = object(model)
            let version = pick(["V1", "V2", "V3", "v1", "DEFAULT", "PROD"])
            let alias = pick(["PROD", "BETA", "V1", "LAST", "prod"])
            let source = VersionSource.version(object(pick(seedModels)), version: nil)
            let what = Int.random(in: 0..<9, using: &random)
            let before = models
            let aliases = models[model]?.aliases ?? [:]
            let number = models[model]?.nextNumber ?? 1
            let error = house.failure {
                switch what {
                case 0, 1:
                    if models[model] == nil {
                        if let logged = try registry.createModel(
                            target, version: name(version), from: source, as: house.admin)
                        {
                            models[model] = Expected(
                                versions: [version: 1], defaultVersion: version, nextNumber: 2,
                                digests: [version: logged.version.digest])
                        }
                    } else {
                        let logged = try registry.addVersion(
                            name(version), to: target, from: source, as: house.admin)
                        models[model]?.versions[version] = number
                        models[model]?.nextNumber = number + 1
                        models[model]?.digests[version] = logged.version.digest
                    }
                case 2:
                    let found = try registry.resolveVersion(name(version), of: target, as: house.admin).name.name
                    try registry.dropVersion(name(version), of: target, as: house.admin)
                    models[model]?.versions[found] = nil
                    models[model]?.digests[found] = nil
                    models[model]?.aliases = aliases.filter { $0.value != found }
                case 3, 4:
                    let found = try registry.resolveVersion(name(version), of: target, as: house.admin).name.name
                    try registry.setAlias(name(alias), to: name(version), of: target, as: house.admin)
                    models[model]?.aliases[alias] = found
                case 5:
                    let isAlias = aliases[alias] != nil
                    let found = try? registry.resolveVersion(name(alias), of: target, as: house.admin).name.name
                    try registry.unsetAlias(name(alias), of: target, as: house.admin)
                    models[model]?.aliases = aliases.filter { isAlias ? $0.key != alias : $0.value != found }
                case 6:
                    let found = try registry.resolveVersion(name(version), of: target, as: house.admin).name.name
                    try registry.setDefault(name(version), of: target, as: house.admin)
                    models[model]?.defaultVersion = found
                case 7:
                    let other = pick(["A", "B", "a"])
                    try registry.renameModel(target, to: object(other), as: house.admin)
                    let moved = models.removeValue(forKey: model)
                    models[other] = moved
                default:
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        _ = try registry.dropModel(target, as: house.admin)
                        models[model] = nil
                    } else {
                        try registry.setMetadata("{\"step\":\(step)}", of: name(version), of: target, as: house.admin)
                    }
                }
            }
            // A call that failed has changed nothing.
            if error != nil { models = before }
            try check(models, house, "seed \(seed) step \(step) operation \(what)")
        }
        _ = try house.catalog.read { try $0.verifyAudit() }
    }

    private func check(_ models: [String: Expected], _ house: RegistryHouse, _ place: String) throws {
        let listed = try house.registry.models(in: .account, as: house.admin).filter {
            !$0.object.name.name.hasPrefix("SEED")
        }
        try #require(Set(listed.map(\.object.name.name)) == Set(models.keys), "\(place)")
        for model in listed {
            let expected = try #require(models[model.object.name.name])
            let rows = try house.registry.versions(of: model.qualifiedName, as: house.admin)
            let ordered = expected.versions.sorted { $0.value < $1.value }
            try #require(model.versionNames == ordered.map(\.key), "\(place)")
            try #require(rows.map(\.record.number) == ordered.map(\.value), "\(place)")
            try #require(rows.filter(\.isDefault).map(\.record.name.name) == [expected.defaultVersion], "\(place)")
            for row in rows {
                let version = row.record.name.name
                try #require(row.record.digest == expected.digests[version], "\(place)")
                var aliases = expected.aliases.filter { $0.value == version }.map(\.key)
                if version == expected.defaultVersion { aliases.append("DEFAULT") }
                if version == ordered.first?.key { aliases.append("FIRST") }
                if version == ordered.last?.key { aliases.append("LAST") }
                try #require(row.aliases == aliases.sorted(), "\(place)")
                try #require(expected.aliases[version] == nil, "\(place)")
            }
        }
    }
}
