"""`gitreg ui`: MLflow's pages on this registry."""

from __future__ import annotations

import click

from gitreg.cli.call import Call
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.mlflow_plugin.serving import server_command
from gitreg.workflows.running.run_child import run_child

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
"""What MLflow's server would do beside answering: tell its makers of it, and run jobs."""
ELSEWHERE = (
    "MLFLOW_APP_NAME",
    "MLFLOW_ARTIFACTS_ONLY",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT",
    "MLFLOW_DEPLOYMENTS_TARGET",
    "MLFLOW_ENABLE_WORKSPACES",
    "MLFLOW_GUNICORN_OPTS",
    "MLFLOW_READ_REPLICA_BACKEND_STORE_URI",
    "MLFLOW_WORKSPACE_STORE_URI",
)
"""What of the environment would let MLflow's server show something else, ask another machine, or run without what refuses."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command(short_help="Show the registry in MLflow's pages.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens; only this machine unless given."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Where it listens."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes answer."
)
@click.option("--write", "writes", is_flag=True, help="Let requests change the registry, too.")
@click.pass_obj
def ui(call: Call, *, host: str, port: int, workers: int, writes: bool) -> int:
    """Show the registry in MLflow's pages: experiments, runs, curves, artifacts, models.

    Needs MLflow (pip install 'gitreg-ml[mlflow]' mlflow). Without --write it only shows. Whoever reaches the address sees
    everything: it asks nobody who they are.
    """
    with reading(call) as act:
        repository = act.registry.repository
        folder = repository.work_tree or repository.git_dir
    command = server_command(folder, host, port, workers=workers, writes=writes)
    if host not in LOOPBACK:
        say(
            f"whoever reaches {host} may {'change' if writes else 'read'} this registry; nobody is asked for a name"
        )
    say(f"http://{host}:{port} shows the registry{'' if writes else ', and changes nothing'}; Ctrl-C ends it")
    environ = {name: value for name, value in call.environ.items() if name not in ELSEWHERE}
    return run_child(command, folder, {**environ, **QUIET}).code
