"""MLflow's interfaces on top of gitreg's workflows: code that logs to MLflow logs to gitreg, unchanged.

MLflow imports what `entry.py` names while it is itself imported; everything else here is imported when it is called, and
only here MLflow is. Knows MLflow's words and gitreg's; decides nothing that a workflow could decide.
"""
