"""Serves the model: reads the pulled folder and a CSV file. Needs neither gitreg nor scikit-learn."""

import csv
import json
import math
import sys


def main(folder, table):
    with open(f"{folder}/model.json") as file:
        model = json.load(file)
    right = rows = 0
    with open(table) as file:
        for row in csv.DictReader(file):
            terms = zip(model["features"], model["mean"], model["scale"], model["weights"], strict=True)
            score = model["intercept"] + sum(
                weight * (float(row[name]) - mean) / scale for name, mean, scale, weight in terms
            )
            benign = 1 / (1 + math.exp(-score)) > 0.5
            right += benign == bool(int(row["benign"]))
            rows += 1
    print(f"{right} of {rows} tumours told right")


if __name__ == "__main__":
    main(*sys.argv[1:])
