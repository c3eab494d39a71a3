import Types

/// How MLflow loads what snowflake-ml-python saved: with a flavor of its own, or with a loader that comes along.
struct MLflowPayload {
    /// How a payload is read.
    enum Loader: String {
        /// By `mlflow.sklearn`, `mlflow.xgboost`, `mlflow.lightgbm` itself.
        case sklearn, xgboost, lightgbm
        /// A pickled LightGBM booster, which MLflow's flavor wants as text.
        case pickle
        /// `load_model` of a class of CatBoost.
        case catboost
        /// A model that MLflow saved and snowflake-ml-python wrapped.
        case mlflow
        /// By snowflake-ml-python itself.
        case packager
    }

    let kind: Loader
    /// The payload's path in the package.
    let path: String
    /// The class of the model, e.g. `XGBClassifier`; empty where the payload tells it.
    private let type: String
    private let method: String

    /// - Parameter method: the model's own name of the method that is called.
    init(_ model: ModelYAML, method: String) {
        self.method = method
        let part = model.parts.first { $0.name == model.name } ?? model.parts.first
        guard let part, model.parts.count == 1 else {
            (kind, path, type) = (.packager, "", "")
            return
        }
        let place = "model/models/\(part.name)/\(part.path)"
        switch part.modelType {
        case "sklearn" where ["predict", "predict_proba", "predict_log_proba"].contains(method):
            (kind, path, type) = (.sklearn, place, "")
        case "xgboost" where method == "predict":
            (kind, path, type) = (.xgboost, place, part.options["xgb_estimator_type"] ?? "Booster")
        case "lightgbm" where method == "predict":
            let type = part.options["lightgbm_estimator_type"] ?? "Booster"
            (kind, path, self.type) = (type == "Booster" ? .pickle : .lightgbm, place, type)
        case "catboost" where method == "predict":
            (kind, path, type) = (.catboost, place, part.options["catboost_estimator_type"] ?? "CatBoost")
        case "mlflow" where method == "predict":
            (kind, path, type) = (.mlflow, "\(place)/\(part.options["artifact_path"] ?? "")", "")
        default: (kind, path, type) = (.packager, "", "")
        }
    }

    var needsPackager: Bool { kind == .packager }

    /// The flavors of the MLmodel file.
    func flavors(python: String) -> [(key: String, value: YAMLText)] {
        let environment = YAMLText.map([("conda", .text("conda.yaml")), ("virtualenv", .text("python_env.yaml"))])
        var general: [(key: String, value: YAMLText)] = [("env", environment)]
        var own: (key: String, value: YAMLText)?
        switch kind {
        case .sklearn:
            general += [
                ("loader_module", .text("mlflow.sklearn")), ("model_path", .text(path)), ("predict_fn", .text(method)),
            ]
            own = (
                "sklearn",
                .map([("code", .null), ("pickled_model", .text(path)), ("serialization_format", .text("cloudpickle"))])
            )
        case .xgboost:
            general += [("loader_module", .text("mlflow.xgboost"))]
            own = (
                "xgboost",
                .map([
                    ("code", .null), ("data", .text(path)), ("model_class", .text("xgboost.\(type)")),
                    ("model_format", .text("ubj")),
                ])
            )
        case .lightgbm:
            general += [("loader_module", .text("mlflow.lightgbm"))]
            own = (
                "lightgbm",
                .map([
                    ("code", .null), ("data", .text(path)), ("model_class", .text("lightgbm.\(type)")),
                    ("serialization_format", .text("cloudpickle")),
                ])
            )
        case .pickle, .catboost, .mlflow, .packager:
            general += [
                ("code", .text(MLflowExport.codeDirectory)), ("loader_module", .text(MLflowExport.loaderModule)),
            ]
        }
        if !python.isEmpty { general.append(("python_version", .text(python))) }
        return [("python_function", .map(general))] + (own.map { [$0] } ?? [])
    }

    /// The text of the loader, nil where a flavor of MLflow loads the payload.
    var loader: String? {
        let body: String
        switch kind {
        case .sklearn, .xgboost, .lightgbm: return nil
        case .pickle:
            body = """
                import cloudpickle
                with open(os.path.join(path, PAYLOAD), "rb") as file:
                    return Model(getattr(cloudpickle.load(file), METHOD))
                """
        case .catboost:
            body = """
                import catboost
                model = getattr(catboost, CLASS)()
                model.load_model(os.path.join(path, PAYLOAD))
                return Model(getattr(model, METHOD))
                """
        case .mlflow:
            body = """
                import mlflow.pyfunc
                model = mlflow.pyfunc.load_model(os.path.join(path, PAYLOAD))
                return Model(lambda data, **params: model.predict(data, params=params or None))
                """
        case .packager:
            body = """
                from snowflake.ml.model._packager import model_packager
                packager = model_packager.ModelPackager(os.path.join(path, "model"))
                packager.load(as_custom_model=True)
                return Model(getattr(packager.model, METHOD))
                """
        }
        return """
            \"""Loads a model that snowflake-ml-python packaged, for mlflow.pyfunc.\"""
            import os

            PAYLOAD = \(JSONText.quoted(path))
            CLASS = \(JSONText.quoted(type))
            METHOD = \(JSONText.quoted(method))


            class Model:
                def __init__(self, call):
                    self.call = call

                def predict(self, data, params=None):
                    return self.call(data, **(params or {}))


            def _load_pyfunc(path, model_config=None):
                \(body.split(separator: "\n").joined(separator: "\n    "))

            """
    }
}
