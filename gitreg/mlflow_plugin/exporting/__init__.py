"""`gitreg export mlflow`: what the registry holds, written to a database or server of MLflow's by its client.

MLflow gives ids, so what is exported carries its own in tags, and by these a later export knows what is there.
"""
