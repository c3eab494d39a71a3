import Testing
import Types

@testable import Packaging

/// Packages of snowflake-ml-python, given to MLflow.
struct MLflowExportTests {
    private func export(_ name: String) throws -> (files: [String: String], model: MLmodel) {
        let identity = MLflowExport.Identity(
            modelUUID: "0123456789abcdef0123456789abcdef", created: "2026-11-21 18:51:44.742214", sizeBytes: 42)
        let files = try MLflowExport(try SamplePackage(name).read(), identity).files
        return (files, try MLmodel(text: try #require(files["MLmodel"])))
    }

    @Test func aScikitLearnModelKeepsItsFlavor() throws {
        let (files, model) = try export("iris")
        #expect(model.flavors.map(\.name) == ["python_function", "sklearn"])
        #expect(model.pythonFunction?.loaderModule == "mlflow.sklearn")
        #expect(model.pythonFunction?.data == "model/models/IRIS/model.pkl")
        #expect(model.signature?.inputs?.map(\.name) == ["sepal_length", "sepal_width", "petal_length", "petal_width"])
        #expect(model.signature?.inputs?.first?.type == .scalar(.double))
        #expect(model.signature?.outputs?.first?.type == .scalar(.long))
        #expect(model.modelUUID == "0123456789abcdef0123456789abcdef")
        #expect(Set(files.keys) == ["MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"])
        #expect(files["requirements.txt"]?.split(separator: "\n").first == "mlflow")
        #expect(files["requirements.txt"]?.contains("scikit-learn") == true)
        #expect(files["requirements.txt"]?.contains("snowflake") == false)
        #expect(
            try CondaEnvironment(text: files["conda.yaml"] ?? "", file: "conda.yaml").pythonSpecifiers == ["==3.11.*"])
    }

    @Test func aCustomModelComesWithALoader() throws {
        let (files, model) = try export("params")
        #expect(model.pythonFunction?.loaderModule == "roost_loader")
        #expect(files["mlflow_code/roost_loader.py"]?.contains("ModelPackager(os.path.join(path, \"model\"))") == true)
        #expect(files["requirements.txt"]?.contains("snowflake-ml-python") == true)
        #expect(model.signature?.parameters.map(\.name) == ["factor", "label", "n", "on", "none", "arr"])
        #expect(model.signature?.parameters.map(\.defaultJSON) == ["2", #""it's""#, "3", "true", "null", "[1,2]"])
        #expect(model.signature?.parameters.last?.isList == true)
    }

    @Test func typesSurviveTheWayToMLflow() throws {
        let (_, model) = try export("types")
        let types = Dictionary(
            uniqueKeysWithValues: (model.signature?.inputs ?? []).map { ($0.name?.lowercased() ?? "", $0.type) })
        #expect(types["int8"] == .scalar(.integer) && types["uint64"] == .scalar(.long))
        #expect(types["float"] == .scalar(.float) && types["bytes"] == .scalar(.binary))
        #expect(types["tensor"] == .array(.array(.scalar(.double))))
        guard case .array(.object(let members))? = types["grps"] else {
            Issue.record("no array of objects")
            return
        }
        #expect(members.map(\.name) == ["a", "b"])
        #expect(types["obj"] == .map(.any))
    }
}
