"""MLflow's tracking store: experiments, runs, what is logged into them, logged models, searching."""
