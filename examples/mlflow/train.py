"""An ordinary MLflow training: scikit-learn, autologging, nothing of gitreg."""

import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

mlflow.set_experiment("tumours")
mlflow.autolog()

features, labels = load_breast_cancer(return_X_y=True, as_frame=True)
seen, unseen, seen_labels, unseen_labels = train_test_split(features, labels, random_state=7)

with mlflow.start_run(run_name="logistic regression") as run:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=300))
    model.fit(seen, seen_labels)
    mlflow.log_metric("unseen_logloss", log_loss(unseen_labels, model.predict_proba(unseen)))
    mlflow.set_tag("team", "growth")

print(run.info.run_id)
