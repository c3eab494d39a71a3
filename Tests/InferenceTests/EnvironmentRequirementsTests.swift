import Testing
import Types

@testable import Inference

struct EnvironmentRequirementsTests {
    private static func spec(_ pairs: [(String, String)], python: String? = nil) -> EnvironmentSpec {
        EnvironmentSpec(pythonVersion: python, requirements: pairs.map { .init(name: $0.0, specifier: $0.1) })
    }

    @Test func bringsNamesAndSpecifiersIntoOneForm() throws {
        let made = try EnvironmentRequirements(
            Self.spec([("Scikit_Learn", ">=1.4, <2"), ("numpy", "=1.26"), ("pytorch", ""), ("python", "==3.11.*")]),
            always: ["numpy", "pandas"])
        #expect(made.lines == ["numpy==1.26.*", "pandas", "scikit-learn>=1.4,<2", "torch"])
        #expect(made.pythonVersion == "3.11")
    }

    @Test func equalRequirementsHaveEqualHashes() throws {
        let one = try EnvironmentRequirements(Self.spec([("a", ""), ("b-c", "==1")]), always: [])
        let two = try EnvironmentRequirements(Self.spec([("B_C", " ==1"), ("A", "")]), always: [])
        #expect(one.hash == two.hash)
        let three = try EnvironmentRequirements(Self.spec([("b-c", "==2"), ("a", "")]), always: [])
        #expect(one.hash != three.hash)
    }

    @Test(arguments: [
        ("--index-url http://x", ""), ("a @ http://x/y.whl", ""), ("../a", ""), ("a", "; python_version>'3'"),
        ("a", "@ file:///x"), ("a;b", ""), ("", ""), ("a", "==1 --hash=x"), ("-e", ""),
    ])
    func refusesAllButNamesAndSpecifiers(_ name: String, _ specifier: String) {
        #expect(throws: RegistryError.self) {
            try EnvironmentRequirements(Self.spec([(name, specifier)]), always: [])
        }
    }

    @Test func pairsThatOnlyFailAtImportAreSeenInALock() {
        #expect(SilentConflict.all.contains { $0.occurs(in: "numpy==1.26.4 \\\n    --hash=x\npyarrow==26.0.1 \\\n") })
        #expect(SilentConflict.all.contains { $0.occurs(in: "mlflow==2.4.0\nnumpy==1.26.4\n") })
        #expect(!SilentConflict.all.contains { $0.occurs(in: "mlflow==2.4.0\nsetuptools==81.0.0\n") })
        #expect(!SilentConflict.all.contains { $0.occurs(in: "numpy==1.26.4\npyarrow==19.0.1\n") })
        #expect(!SilentConflict.all.contains { $0.occurs(in: "numpy==2.4.6\npyarrow==26.0.1\n") })
    }
}
