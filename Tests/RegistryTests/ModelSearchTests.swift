import Store
import TestSupport
import Testing
import Types

@testable import Registry

/// Searches for registered models: which schemas a name is looked for in, who sees what, and page by page.
struct ModelSearchTests {
    private func add(_ house: RegistryHouse, _ name: String, in schema: String = "REGISTRY") throws -> ObjectName {
        let model = ObjectName(Namespace(Identifier(resolved: "ML"), Identifier(resolved: schema)), Identifier(resolved: name))
        try house.registry.registerModel(model, displayName: name, comment: "", labels: [], as: house.admin)
        return model
    }

    private func names(
        _ house: RegistryHouse, _ filter: String, order: [String] = [], limit: Int = 1000, as principal: Principal? = nil
    ) throws -> [[String]] {
        var request = SearchRequest()
        request.filter = filter
        request.order = try order.map { try OrderKey(parsing: $0) }
        request.limit = limit
        var pages: [[String]] = []
        repeat {
            let page = try house.registry.searchModels(
                request, home: RegistryHouse.schema, as: principal ?? house.admin)
            pages.append(
                page.items.map { model in
                    let isHome = model.row.name.namespace == RegistryHouse.schema
                    return (isHome ? "" : "\(model.row.name.namespace).") + model.row.displayName
                })
            request.after = page.end
        } while request.after != nil && pages.count < 1000
        return pages
    }

    /// LIKE and ILIKE in words of their own.
    private func isLike(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == "%" { return isLike(text, rest) || (!text.isEmpty && isLike(text.dropFirst(), pattern)) }
        guard let character = text.first, first == "_" || first == character else { return false }
        return isLike(text.dropFirst(), rest)
    }

    @Test func patternsGoByTheNameThatIsShown() throws {
        let house = try RegistryHouse()
        _ = try house.registry.createSchema(Namespace(name("ML"), name("L")), as: house.admin)
        var shown: [String] = []
        for schema in ["REGISTRY", "OTHER", "L"] {
            for model in ["L", "ML", "ML.L", "M", "lo", "OTHER", "R.m", "HER.L"] {
                _ = try add(house, model, in: schema)
                shown.append(schema == "REGISTRY" ? model : "ML.\(schema).\(model)")
            }
        }
        var chance = SeededRandom.fromEnvironment()
        let pieces = ["%", "_", "M", "L", ".", "ML.", "OTHER", "HER", "l", "R", "m", "L.L"]
        for _ in 0..<400 {
            let pattern = (0..<Int.random(in: 1...5, using: &chance)).compactMap { _ in
                pieces.randomElement(using: &chance)
            }.joined()
            let like = try names(house, "name LIKE '\(pattern)'").flatMap(\.self)
            #expect(
                like.sorted() == shown.filter { isLike($0[...], pattern[...]) }.sorted(), "\(pattern), seed \(chance.seed)")
            let ilike = try names(house, "name ILIKE '\(pattern)'").flatMap(\.self)
            #expect(
                ilike.sorted()
                    == shown.filter { isLike($0.lowercased()[...], pattern.lowercased()[...]) }.sorted(),
                "\(pattern), seed \(chance.seed)")
        }
    }

    @Test func pagesAreFullWhereMostModelsAreHidden() throws {
        let house = try RegistryHouse()
        let dev = try house.member("DEV")
        let models = try (0..<240).map { try add(house, "M\(100 + $0)") }
        let seen = stride(from: 3, to: 240, by: 20).map { models[$0] }
        for model in seen { try house.grant("USAGE", on: model, to: "DEV") }
        let names = seen.map(\.name.name)
        #expect(try self.names(house, "", limit: 5, as: dev) == [Array(names[..<5]), Array(names[5..<10]), Array(names[10...])])
        #expect(
            try self.names(house, "name LIKE 'M%'", order: ["name DESC"], limit: 100, as: dev) == [names.reversed()])
    }

    @Test func modelsComeAndGoBetweenPages() throws {
        let house = try RegistryHouse()
        for number in 0..<20 {
            _ = try add(house, "M\(number + 10)", in: number % 3 == 0 ? "OTHER" : "REGISTRY")
        }
        var made = 100
        for order in [[], ["name DESC"], ["creation_timestamp DESC"], ["last_updated_timestamp ASC", "name DESC"]] {
            let all = try names(house, "", order: order).flatMap(\.self)
            var request = SearchRequest()
            request.order = try order.map { try OrderKey(parsing: $0) }
            request.limit = 3
            var served: [String] = []
            repeat {
                let page = try house.registry.searchModels(request, home: RegistryHouse.schema, as: house.admin)
                served += page.items.map(\.row.displayName)
                // The last one that was served goes, and new ones come before and behind.
                if let last = page.items.last { _ = try house.registry.dropModel(last.row.name, as: house.admin) }
                if served.count < 40 {
                    made += 2
                    for name in ["A\(made)", "Z\(made)"] { _ = try add(house, name) }
                }
                request.after = page.end
            } while request.after != nil && served.count < 100
            let before = all.map { $0.split(separator: ".").last.map(String.init) ?? "" }
            #expect(Set(served).count == served.count)
            #expect(served.filter(before.contains) == before)
        }
    }
}
