"""Asks `mlflow models serve` for a prediction: ask.py PORT, waiting until it answers."""

import json
import sys
import time
import urllib.error
import urllib.request

from sklearn.datasets import load_breast_cancer

features, labels = load_breast_cancer(return_X_y=True, as_frame=True)
question = json.dumps({"dataframe_split": features.head(5).to_dict(orient="split")}).encode()
request = urllib.request.Request(
    f"http://127.0.0.1:{sys.argv[1]}/invocations", question, {"Content-Type": "application/json"}
)
for _ in range(240):
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)["predictions"]
            break
    except urllib.error.URLError as error:
        if isinstance(error, urllib.error.HTTPError):
            raise
        time.sleep(0.5)
else:
    raise SystemExit("error: nobody answers")
print(f"{sum(one == label for one, label in zip(said, labels, strict=False))} of {len(said)} told right")
