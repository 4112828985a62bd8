"""Loads one version by every name it has, and predicts with each."""

import mlflow
from mlflow import MlflowClient
from sklearn.datasets import load_breast_cancer

features, labels = load_breast_cancer(return_X_y=True, as_frame=True)
version = MlflowClient().get_model_version_by_alias("tumours", "champion")
semantic = version.tags["gitreg.version"]
for uri in (
    f"models:/tumours/{version.version}",
    f"models:/tumours/{semantic}",
    f"models:/tumours@{semantic}",
    "models:/tumours@champion",
):
    right = int((mlflow.pyfunc.load_model(uri).predict(features) == labels).sum())
    print(f"{uri}: {right} of {len(labels)} told right")
