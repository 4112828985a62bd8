"""MLflow's model registry store: registered models, versions, aliases, stages."""
