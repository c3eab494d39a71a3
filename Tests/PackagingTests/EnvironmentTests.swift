import Testing
import Types

@testable import Packaging

struct EnvironmentTests {
    @Test func readsACondaFileOfTheClient() throws {
        let text = try #require(try SamplePackage("explain").files["runtimes/python_runtime/env/conda.yml"])
        let environment = try CondaEnvironment(text: text, file: "conda.yml")
        #expect(environment.pythonSpecifiers == ["==3.11.*"])
        #expect(
            environment.requirements.map(\.description) == [
                "scikit-learn<1.10,>=1.9", "cloudpickle==3.1.2", "snowflake-ml-python<3,>=2.6", "shap>=0.46.0",
            ])
        #expect(environment.channels.contains("conda-forge"))
    }

    @Test func seesALibraryThatThePackageBrings() throws {
        var package = try SamplePackage("iris")
        #expect(try package.read().environment.embedsLibrary == nil)
        package.files["model/snowflake-ml-python.zip"] = ""
        #expect(try package.read().environment.embedsLibrary == nil)
        package.files["runtimes/python_runtime/snowflake-ml-python.zip"] = ""
        #expect(try package.read().environment.embedsLibrary == true)
    }

    @Test func readsTheNotationsOfConda() throws {
        let environment = try CondaEnvironment(
            text: """
                dependencies:
                - numpy=1.26
                - pandas 2.*
                - scipy=1.11.2=py311h64a7726_0
                - nvidia::cuda==12.4.*
                - pytorch>=2
                - pip
                - pip:
                  - foo[bar,baz]~=1.0 ; python_version < "3.12"
                """, file: "conda.yml")
        #expect(
            environment.requirements.map(\.description) == [
                "numpy==1.26.*", "pandas==2.*", "scipy==1.11.2.*", "torch>=2",
                "foo[bar,baz]~=1.0; python_version < \"3.12\"",
            ])
    }

    @Test func readsRequirements() throws {
        let text = "# comment\n\nnumpy>=1.0,<3  # why\nA_b.c[x]==1.0+local\r\nplain"
        let found = try PipRequirements(text: text, file: "requirements.txt").requirements
        #expect(found.map(\.description) == ["numpy>=1.0,<3", "A_b.c[x]==1.0+local", "plain"])
        #expect(found[1].normalizedName == "a-b-c")
    }

    @Test(arguments: [
        "https://evil.example/x.whl", "foo @ https://evil.example/x.whl", "git+https://evil.example/x", "./local",
        "../up", "/etc/passwd", "-r other.txt", "--index-url http://x", "-e .", "foo; __import__('os').system('x') & y",
        "foo==1.0 --hash=sha256:00", "foo$(touch x)", "foo`x`", "foo|bar", "föö", "==1.0", "foo==", "foo=1.0", "foo>",
        "[x]", "foo[x", "foo[x y]", "file:x", "foo bar", "foo\u{0}",
    ]) func refusesWhatIsNoNameWithLimits(line: String) {
        let error = #expect(throws: RegistryError.self) {
            _ = try PipRequirements(text: "numpy\n\(line)\n", file: "requirements.txt")
        }
        #expect(error?.code == .invalidPackage)
        #expect(error?.message.hasPrefix("requirements.txt line 2: ") == true, "\(error?.message ?? "")")
    }

    @Test func refusesAURLInACondaFile() {
        let error = #expect(throws: RegistryError.self) {
            _ = try CondaEnvironment(
                text: "dependencies:\n- numpy\n- pip:\n  - https://evil.example/x.whl\n", file: "conda.yml")
        }
        #expect(error?.message.contains("conda.yml dependencies[1].pip[0]") == true, "\(error?.message ?? "")")
    }
}
