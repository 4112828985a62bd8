"""An ordinary registration: a model with signature and input example, a version, an alias, and both ways to load it."""

import mlflow
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

mlflow.set_experiment("tumours")
features, labels = load_breast_cancer(return_X_y=True, as_frame=True)

with mlflow.start_run(run_name="straight line"):
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(features, labels)
    mlflow.log_metric("accuracy", model.score(features, labels))
    logged = mlflow.sklearn.log_model(
        model,
        name="tumours",
        signature=infer_signature(features, model.predict(features)),
        input_example=features.head(3),
    )

version = mlflow.register_model(logged.model_uri, "tumours")
client = MlflowClient()
client.set_registered_model_alias("tumours", "champion", version.version)
client.update_model_version("tumours", version.version, description="A straight line.")

by_alias = mlflow.pyfunc.load_model("models:/tumours@champion")
by_number = mlflow.pyfunc.load_model(f"models:/tumours/{version.version}")
assert (by_alias.predict(features) == by_number.predict(features)).all()
print(
    f"tumours {version.version}: {int((by_alias.predict(features) == labels).sum())} of {len(labels)} told right"
)
