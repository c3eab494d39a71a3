import Foundation
import TestSupport
import Testing
import Types

@testable import Packaging

struct ModelPackageTests {
    @Test func readsCaseSensitiveMethodsWithTheirOutputs() throws {
        let package = try SamplePackage("iris").read()
        #expect(package.methods.map(\.name.name) == ["predict", "predict_proba", "predict_log_proba"])
        let predict = package.methods[0]
        #expect(predict.kind == .function)
        #expect(predict.handler == "functions.predict.infer")
        #expect(predict.inputs.map(\.name) == ["sepal_length", "sepal_width", "petal_length", "petal_width"])
        #expect(predict.inputs.allSatisfy { $0.type == .real && $0.typeName == "DOUBLE" })
        #expect(predict.outputs == [MethodField(name: "output_feature_0", type: .integer, typeName: "BIGINT")])
        #expect(package.methods[1].outputs.map(\.name) == ["output_feature_0", "output_feature_1", "output_feature_2"])
        #expect(!predict.returnsBareValue && !predict.isWide && !predict.isImmutable && !predict.isPartitioned)
        #expect(package.model?.task == "TABULAR_MULTI_CLASSIFICATION")
        #expect(package.model?.modelType == "sklearn")
        #expect(package.model?.clientVersion == "2.6.0")
        #expect(package.environment.pythonVersion == "3.11")
        #expect(package.environment.requirements.map(\.name).contains("scikit-learn"))
    }

    @Test func readsConstantParametersWithTheirDefaults() throws {
        let method = try #require(try SamplePackage("params").read().methods.first)
        #expect(method.name.name == "PREDICT")
        #expect(method.parameters.map(\.field.name) == ["FACTOR", "LABEL", "N", "ON", "NONE", "ARR"])
        #expect(method.parameters.map(\.defaultSQL) == ["2.0", "'it\\'s'", "3", "true", "NULL", "[1.0, 2.0]"])
        #expect(method.parameters[5].field.type == .array)
    }

    @Test func mapsEveryDataTypeOfTheClient() throws {
        let method = try #require(try SamplePackage("types").read().methods.first)
        let types = Dictionary(uniqueKeysWithValues: method.outputs.map { ($0.name, $0) })
        let expected: [String: (SQLType, String)] = [
            "int8": (.integer, "BYTEINT"), "int16": (.integer, "SMALLINT"), "int32": (.integer, "INT"),
            "int64": (.integer, "BIGINT"), "uint8": (.integer, "BYTEINT"), "uint64": (.integer, "BIGINT"),
            "float": (.real, "FLOAT"), "double": (.real, "DOUBLE"), "bool": (.boolean, "BOOLEAN"),
            "string": (.string, "STRING"), "bytes": (.binary(length: SQLType.maximumBinaryLength), "BINARY"),
            "timestamp_ntz": (.timestampNTZ(scale: 9), "TIMESTAMP"), "tensor": (.array, "ARRAY"),
            "ragged": (.array, "ARRAY"), "grp": (.object, "OBJECT"), "grps": (.array, "ARRAY"),
            "obj": (.object, "OBJECT"),
        ]
        for (name, want) in expected {
            #expect(types[name]?.type == want.0 && types[name]?.typeName == want.1, "\(name)")
        }
        // What model.yaml types must be what the client wrote into the manifest for the same features.
        #expect(method.inputs.map(\.typeName) == method.outputs.map(\.typeName))
        #expect(method.inputs.map(\.name) == method.outputs.map { $0.name.uppercased() })
    }

    @Test func tellsPartitionedTableFunctionsFromRowWiseOnes() throws {
        let methods = try SamplePackage("partitioned").read().methods
        #expect(methods.map(\.kind) == [.tableFunction, .tableFunction])
        #expect(methods.map(\.isPartitioned) == [true, false])
        #expect(methods[0].outputs == [MethodField(name: "TOTAL", type: .real, typeName: "DOUBLE")])
        let explain = try #require(try SamplePackage("explain").read().methods.last)
        #expect(explain.name.name == "EXPLAIN" && explain.kind == .tableFunction && !explain.isPartitioned)
        #expect(explain.outputs.first?.name == "SEPAL_LENGTH_EXPLANATION")
    }

    @Test func unfoldsWideInputs() throws {
        let method = try #require(try SamplePackage("wide").read().methods.first)
        #expect(method.isWide)
        #expect(method.inputs.count == 510)
        #expect(method.inputs[7] == MethodField(name: "C7", type: .real, typeName: "DOUBLE"))
    }

    @Test func readsABareReturnValueAndItsVolatility() throws {
        let method = try #require(try SamplePackage("native").read().methods.first)
        #expect(method.returnsBareValue && method.isImmutable)
        #expect(method.outputs == [MethodField(name: "output_feature_0", type: .real, typeName: "DOUBLE")])
    }

    @Test func readsTargetPlatformsAndUserFiles() throws {
        #expect(try SamplePackage("explain").read().manifest?.targetPlatforms == ["WAREHOUSE"])
        #expect(try SamplePackage("files").read().manifest?.userFiles == ["extra/bias.txt"])
    }

    @Test func aPackageWithoutModelYAMLKeepsItsMethods() throws {
        var sample = try SamplePackage("iris")
        sample.files["model/model.yaml"] = nil
        let package = try sample.read()
        #expect(package.model == nil)
        #expect(package.methods.count == 3)
        #expect(package.methods[0].outputs.isEmpty)
    }

    struct Lie: CustomTestStringConvertible, Sendable {
        let sample: String
        let remove: String?
        let from: String
        let to: String
        let file: String
        let message: String
        var testDescription: String { message }

        init(
            _ message: String, sample: String = "iris", remove: String? = nil, _ from: String = "", _ to: String = "",
            in file: String = "MANIFEST.yml"
        ) {
            (self.sample, self.remove, self.from, self.to, self.file, self.message) =
                (sample, remove, from, to, file, message)
        }
    }

    static let lies = [
        Lie("The package has neither MANIFEST.yml nor MLmodel at its root.", remove: "MANIFEST.yml"),
        Lie(
            "MANIFEST.yml: the method \"predict_proba\" is in the file 'functions/predict_proba.py', which the "
                + "package does not hold.", remove: "functions/predict_proba.py"),
        Lie(
            "MANIFEST.yml: the runtime 'python_runtime' names the file 'runtimes/python_runtime/env/requirements.txt', "
                + "which the package does not hold.", remove: "runtimes/python_runtime/env/requirements.txt"),
        Lie("MANIFEST.yml has no 'manifest_version'.", "manifest_version", "version"),
        Lie("MANIFEST.yml: 'manifest_version' is '2.0'; only version 1 is known.", "'1.0'", "'2.0'"),
        Lie("MANIFEST.yml has no 'methods'.", "methods:", "methodz:"),
        Lie(
            "MANIFEST.yml: 'methods[0].type' is 'PROCEDURE', which is neither FUNCTION nor TABLE_FUNCTION.",
            sample: "params", "type: FUNCTION", "type: PROCEDURE"),
        Lie("MANIFEST.yml: 'methods[0].inputs[0].type' is 'DUBLE', an unknown type.", "type: DOUBLE", "type: DUBLE"),
        Lie(
            "MANIFEST.yml: 'methods[0].handler' is not a dotted path such as functions.predict.infer.",
            "functions.predict.infer", "predict"),
        Lie(
            "MANIFEST.yml: 'methods[0].handler' is not a dotted path such as functions.predict.infer.",
            "functions.predict.infer", "../etc.passwd.infer"),
        Lie(
            "MANIFEST.yml: 'methods[0].runtime' names the runtime 'other', which 'runtimes' does not hold.",
            "runtime: python_runtime", "runtime: other"),
        Lie("MANIFEST.yml: 'runtimes.python_runtime' has no 'version'.", "    version: '3.11'", "    release: '3.11'"),
        Lie(
            "MANIFEST.yml: 'runtimes.python_runtime.version' is not a Python version such as 3.11.", "'3.11'", "'three'"
        ),
        Lie(
            "MANIFEST.yml: 'runtimes.python_runtime.language' is 'JAVA'; only PYTHON is offered.", "PYTHON", "JAVA"),
        Lie(
            "MANIFEST.yml: 'methods[1]' declares the method \"predict\" a second time.", "name: predict_proba",
            "name: predict"),
        Lie(
            "MANIFEST.yml: 'methods[0]' declares the argument 'sepal_length' a second time.", "name: sepal_width",
            "name: sepal_length"),
        Lie(
            "MANIFEST.yml: 'methods[0].params[0]' has no 'name'.", sample: "params", "name: FACTOR", "title: FACTOR"),
        Lie("MANIFEST.yml: 'target_platforms[0]' is 'MOON'", sample: "explain", "- WAREHOUSE", "- MOON"),
        Lie(
            "model/model.yaml: 'signatures' has no 'predict', which the method \"predict\" runs.",
            "  predict:\n    inputs",
            "  forecast:\n    inputs", in: "model/model.yaml"),
        Lie(
            "MANIFEST.yml gives the method PREDICT 1 inputs, model/model.yaml gives it 0.", sample: "params",
            "    inputs:\n    - name: x\n      nullable: true\n      type: DOUBLE", "    inputs: []",
            in: "model/model.yaml"),
        Lie(
            "model/model.yaml: 'signatures.predict.outputs[0].type' is 'INT65', an unknown data type.", "type: INT64",
            "type: INT65", in: "model/model.yaml"),
        Lie("model/model.yaml has no 'model_type'.", "\nmodel_type:", "\nkind:", in: "model/model.yaml"),
        Lie("'user_files' names the file 'user_files/extra/other.txt'", sample: "files", "bias.txt", "other.txt"),
    ]

    @Test(arguments: lies) func refusesAPackageThatIsBrokenOrLies(lie: Lie) throws {
        var sample = try SamplePackage(lie.sample)
        if let remove = lie.remove { sample.files[remove] = nil }
        if !lie.from.isEmpty {
            #expect(sample.files[lie.file]?.contains(lie.from) == true, "the sample does not hold the text")
            sample.replace(lie.from, by: lie.to, in: lie.file)
        }
        let error = #expect(throws: RegistryError.self) { try sample.read() }
        #expect(error?.code == .invalidPackage)
        #expect(error?.message.contains(lie.message) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["", "null", "[]", "just text", "methods: [", "a: b: c", "\t- x", "%YAML 9.9\n---\na"])
    func refusesAManifestThatIsNotOne(text: String) throws {
        var sample = try SamplePackage("iris")
        sample.files["MANIFEST.yml"] = text
        let error = #expect(throws: RegistryError.self) { try sample.read() }
        #expect(error?.code == .invalidPackage)
        #expect(error?.message.hasPrefix("MANIFEST.yml") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "]) func refusesDeepNestingWithoutExhaustingTheStack(part: String) {
        let error = #expect(throws: RegistryError.self) {
            _ = try Manifest(text: String(repeating: part, count: 100_000))
        }
        #expect(error?.code == .invalidPackage)
    }

    @Test func refusesDeepIndentation() {
        let text = (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(throws: RegistryError.self) { _ = try Manifest(text: text) }
    }

    @Test func multipliedAliasesStayWithinBounds() {
        var text = "manifest_version: '1.0'\nmethods: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for i in 1...9 {
            text += "k\(i): &a\(i) [" + (0..<10).map { _ in "*a\(i - 1)" }.joined(separator: ", ") + "]\n"
        }
        text += "user_data: *a9\nruntimes: {}\n"
        #expect(throws: RegistryError.self) { _ = try Manifest(text: text) }
    }

    @Test func limitsMethodsArgumentsAndImports() throws {
        var limits = PackageLimits()
        limits.methods = 2
        let error = #expect(throws: RegistryError.self) { try SamplePackage("iris").read(limits: limits) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message == "3 methods in a version: at most 2 are allowed.")
        #expect(error?.hint?.contains("limit-methods-per-version") == true)
        limits = PackageLimits()
        limits.arguments = 3
        #expect(throws: RegistryError.self) { try SamplePackage("iris").read(limits: limits) }
        limits = PackageLimits()
        limits.imports = 0
        #expect(throws: RegistryError.self) { try SamplePackage("iris").read(limits: limits) }
    }

    @Test func manyRandomManglingsNeverCrash() throws {
        let sample = try SamplePackage("params")
        for seed in 0..<300 {
            var random = SeededRandom(seed: UInt64(seed))
            var mangled = sample
            for file in ["MANIFEST.yml", "model/model.yaml"] {
                var bytes = Array((sample.files[file] ?? "").utf8)
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[at] = UInt8.random(in: 32..<127, using: &random)
                    case 1: bytes.remove(at: at)
                    default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 9)], at: at)
                    }
                }
                mangled.files[file] = String(decoding: bytes, as: UTF8.self)
            }
            do { _ = try mangled.read() } catch {
                #expect(error is RegistryError, "seed \(seed): \(error)")
            }
        }
    }
}
