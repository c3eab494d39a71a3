
import mlflow
from mlflow.models import set_model


class Stream(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str], params=None) -> list[str]:
        return model_input

    def predict_stream(self, context, model_input, params=None):
        yield from model_input


set_model(Stream())
