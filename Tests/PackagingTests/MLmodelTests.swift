import Foundation
import Testing
import Types

@testable import Packaging

/// Directories that MLflow 3.17 wrote, the binary files left out: `Tests/Fixtures/Packages/make_mlflow.py`.
struct MLmodelTests {
    @Test func readsAScikitLearnModel() throws {
        let package = try SamplePackage("mlflow_sklearn").read()
        let model = try #require(package.mlmodel)
        #expect(package.manifest == nil && package.model == nil)
        #expect(model.flavors.map(\.name) == ["python_function", "sklearn"])
        #expect(model.framework == "sklearn" && model.mlflowVersion == "3.17.2" && model.missingRuntime == nil)
        #expect(model.pythonFunction?.loaderModule == "mlflow.sklearn")
        #expect(model.pythonFunction?.data == "model.pkl")
        #expect(model.inputExample?.servingFile == "serving_input_example.json")
        #expect(model.metadata == #"{"number":1,"team":"plants"}"#)
        #expect(package.userData == model.metadata)
        #expect(package.attributes["framework"] == "sklearn" && package.attributes["task"] == "UNKNOWN")
        #expect(package.attributes["client"] == "mlflow 3.17.2")
        #expect(package.environment.pythonVersion == "3.11" && package.environment.runner == .mlflow)
        #expect(
            package.environment.requirements.map(\.description) == ["mlflow==3.17.2", "scikit-learn", "cloudpickle"])
        let method = try #require(package.methods.first)
        #expect(package.methods.count == 1 && method.name.name == "PREDICT" && method.handler == "roost.mlflow.predict")
        #expect(method.inputs.map(\.name) == ["sepal length (cm)", "PETAL_LENGTH"])
        #expect(method.inputs.allSatisfy { $0.type == .real })
        #expect(method.outputs == [MethodField(name: "output_feature_0", type: .integer, typeName: "BIGINT")])
    }

    @Test func mapsEveryTypeOfMLflow() throws {
        let method = try #require(try SamplePackage("mlflow_types").read().methods.first)
        #expect(
            method.inputs.map(\.typeName) == [
                "DOUBLE", "STRING", "BIGINT", "ARRAY", "OBJECT", "VARIANT", "TIMESTAMP_NTZ", "BOOLEAN", "BINARY",
                "INTEGER", "FLOAT",
            ])
        #expect(method.optionalInputs == ["A", "E"])
        #expect(method.outputs == [MethodField(name: "output_feature_0", type: .array, typeName: "ARRAY")])
        // The parameter `s` is called as no input may be a second time.
        #expect(method.parameters.map(\.field.name) == ["N", "S", "D_PARAM", "IS_ON", "ARR", "WHEN", "OBJ"])
        #expect(
            method.parameters.map(\.defaultSQL) == [
                "1", "'it''s \\\\'", "0.5", "true", "[1.5, 2]", "'2024-01-02T03:04:05'::TIMESTAMP_NTZ",
                "OBJECT_CONSTRUCT_KEEP_NULL('k', [1], 'temperature', 0.1)",
            ])
        #expect(method.parameters.map(\.field.typeName).suffix(3) == ["ARRAY", "TIMESTAMP_NTZ", "OBJECT"])
    }

    @Test func readsAModelThatStreams() throws {
        let package = try SamplePackage("mlflow_stream").read()
        #expect(package.methods.map(\.name.name) == ["PREDICT", "PREDICT_STREAM"])
        #expect(package.methods[1].handler == "roost.mlflow.predict_stream")
        #expect(package.methods[0].inputs.map(\.name) == ["INPUT_FEATURE_0"])
        #expect(package.mlmodel?.isSignatureFromTypeHint == true)
        #expect(package.mlmodel?.pythonFunction?.codeScript?.hasSuffix("stream.py") == true)
        #expect(package.mlmodel?.pythonFunction?.configuration == #"{"unit":"!"}"#)
    }

    @Test func describesItselfToTheSnowflakeClient() throws {
        for name in ["mlflow_sklearn", "mlflow_types", "mlflow_stream"] {
            let model = try #require(try SamplePackage(name).read().mlmodel)
            let described = try ModelYAML(text: model.modelYAML(name: "My model"))
            #expect(described.name == "My model" && described.modelType == "mlflow" && described.task == "UNKNOWN")
            let signature = try #require(described.signatures["predict"])
            #expect(signature.inputs.count == model.signature?.inputs?.count)
        }
        let types = try #require(try SamplePackage("mlflow_types").read().mlmodel)
        let signature = try #require(try ModelYAML(text: types.modelYAML(name: "M")).signatures["predict"])
        #expect(signature.inputs.map(\.name) == ["a", "b", "c", "d", "o", "e", "t", "z", "y", "i", "f"])
        #expect(signature.inputs[3].shape == [-1] && signature.inputs[3].dataType == .double)
        #expect(signature.inputs[4].members.map(\.name) == ["k", "m"])
        #expect(signature.outputs.map(\.shape) == [[2]])
        #expect(signature.parameters.map(\.defaultJSON)[1] == #""it's \\""#)
        #expect(signature.parameters[4].shape == [-1] && signature.parameters[6].members.count == 2)
    }

    @Test func aModelWithoutSignatureTakesOneValue() throws {
        var sample = try SamplePackage("mlflow_sklearn")
        sample.files["MLmodel"] = "flavors: {python_function: {loader_module: mlflow.sklearn, model_path: model.pkl}}"
        let method = try #require(try sample.read().methods.first)
        #expect(method.inputs == [MethodField(name: "INPUT", type: .variant, typeName: "VARIANT")])
        #expect(method.outputs.isEmpty && !method.returnsBareValue && !method.isWide)
    }

    @Test func manyColumnsTravelInOneObject() throws {
        var sample = try SamplePackage("mlflow_sklearn")
        let columns = (0..<501).map { #"{"type": "double", "name": "c\#($0)", "required": true}"# }
        sample.files["MLmodel"] = """
            flavors: {python_function: {loader_module: mlflow.sklearn, model_path: model.pkl}}
            signature:
              inputs: '[\(columns.joined(separator: ", "))]'
            """
        let method = try #require(try sample.read().methods.first)
        #expect(method.isWide && method.inputs.count == 501 && method.inputs[500].name == "C500")
    }

    @Test func namesThatDifferInCaseAloneStay() throws {
        let model = try MLmodel(
            text: """
                flavors: {python_function: {loader_module: a}}
                signature: {inputs: '[{"type": "long", "name": "a"}, {"type": "long", "name": "A"}]'}
                """)
        #expect(try model.methods(limits: PackageLimits())[0].inputs.map(\.name) == ["a", "A"])
    }

    @Test func keepsWhatNoWorkerCanRun() throws {
        let package = try ModelPackage(paths: ["MLmodel", "crate.bin"]) { _, _ in
            "flavors:\n  crate:\n    version: 0.3.0\n    model: crate.bin\n"
        }
        #expect(package.targetPlatforms == [])
        #expect(
            package.attributes["missing_runtime"] == "it has no python_function flavor, only crate; 'crate' needs R")
        let spark = try MLmodel(text: "flavors: {python_function: {loader_module: mlflow.spark}, spark: {}}")
        #expect(spark.missingRuntime == "its loader mlflow.spark needs a Java runtime, which workers do not have")
    }

    @Test func remembersRequirementsThatCanNotBeInstalled() throws {
        var sample = try SamplePackage("mlflow_sklearn")
        sample.files["requirements.txt"] =
            "--extra-index-url https://x\n-c constraints.txt\nnumpy<3\ngit+https://x/y.git\n"
        let environment = try sample.read().environment
        #expect(environment.refused == ["git+https://x/y.git"])
        #expect(environment.requirements.first?.description == "numpy<3")
    }

    @Test func readsTheOldFormOfEnvironments() throws {
        let text = """
            flavors:
              python_function: {loader_module: mlflow.sklearn, env: env.yaml, data: model.pkl, python_version: 3.8.1}
            time_created: 2018-05-25T17:28:53.35
            run_id: abc
            """
        let package = try ModelPackage(paths: ["MLmodel", "env.yaml", "model.pkl"]) { path, _ in
            path == "MLmodel" ? text : "dependencies: [python=3.7, numpy=1.16, {pip: [mlflow==1.0]}]"
        }
        #expect(package.environment.pythonVersion == "3.8")
        #expect(package.environment.requirements.map(\.description) == ["numpy==1.16.*", "mlflow==1.0"])
        #expect(package.mlmodel?.created == "2018-05-25T17:28:53.35" && package.mlmodel?.runID == "abc")
    }

    @Test(arguments: [
        ("{}", "MLmodel has no 'flavors'."),
        ("flavors: {}", "MLmodel: 'flavors' is empty; a model has at least one flavor."),
        ("flavors: [a]", "MLmodel: 'flavors' is not a mapping."),
        ("flavors: {python_function: }", "MLmodel: 'flavors.python_function' is not a mapping of settings."),
        ("flavors: {python_function: {}}", "MLmodel: 'flavors.python_function' has no 'loader_module'."),
        (
            "flavors: {python_function: {loader_module: 'os; x'}}",
            "MLmodel: 'flavors.python_function.loader_module' is 'os; x', which is not the name of a Python module."
        ),
        (
            "flavors: {python_function: {loader_module: a, data: ../../etc}}",
            "MLmodel: 'flavors.python_function.data' is '../../etc', which is not a path inside of the model's directory."
        ),
        (
            "flavors: {a: {}}\nsignature: {inputs: '[{\"type\": \"quux\"}]'}",
            "MLmodel: 'signature.inputs[0].type' is 'quux', an unknown type; MLflow has boolean, integer, long, float, "
                + "double, string, binary, datetime, array, object, map, any, tensor."
        ),
        (
            "flavors: {a: {}}\nsignature: {inputs: '[{\"type\": \"long\"}, {\"type\": \"long\", \"name\": \"b\"}]'}",
            "MLmodel: 'signature.inputs[1]' mixes named and unnamed entries; either all have names or none."
        ),
        ("flavors: {a: {}}\nsignature: {inputs: '{{'}", "MLmodel: 'signature.inputs' is not JSON."),
        (
            "flavors: {a: {}}\nsignature: {inputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"int8\"}}]'}",
            "MLmodel: 'signature.inputs[0].tensor-spec' has no 'shape'."
        ),
    ]) func refusesABrokenFileByKey(text: String, message: String) {
        let error = #expect(throws: RegistryError.self) { _ = try MLmodel(text: text) }
        #expect(error?.code == .invalidPackage)
        #expect(error?.message == message)
    }

    @Test func refusesADirectoryWithoutItsPayload() throws {
        var sample = try SamplePackage("mlflow_sklearn")
        sample.files["model.pkl"] = nil
        let error = #expect(throws: RegistryError.self) { _ = try sample.read() }
        #expect(error?.message.contains("names the payload 'model.pkl', which the directory does not hold") == true)
    }

    @Test func namesTheDirectoryThatWasMeant() {
        let error = #expect(throws: RegistryError.self) {
            _ = try ModelPackage(paths: ["model/MLmodel", "x"]) { _, _ in "" }
        }
        #expect(error?.hint == "Name the directory that holds 'model/MLmodel'.")
    }
}
