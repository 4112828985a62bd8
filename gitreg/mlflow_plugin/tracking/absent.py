"""What MLflow's tracking stores have and gitreg does not, name by name; a test compares this with the MLflow that is installed.

gitreg is a registry of models and of how they were trained: what serves agents and language models is left to others.
"""

from __future__ import annotations

from typing import Final

from gitreg.mlflow_plugin.absence import Absence, Feature, empty_page, lacking
from gitreg.mlflow_plugin.tracking.base import Base

TRACES = Feature(
    "traces",
    empty=(
        "batch_get_trace_infos",
        "batch_get_traces",
        "find_completed_sessions",
        "get_mcp_server_versions_for_trace",
        "query_trace_metrics",
    ),
    refused=(
        "_delete_traces",
        "archive_traces",
        "calculate_trace_filter_correlation",
        "delete_trace_tag",
        "delete_traces",
        "deprecated_end_trace_v2",
        "deprecated_start_trace_v2",
        "get_online_trace_details",
        "get_trace",
        "get_trace_info",
        "link_mcp_server_versions_to_trace",
        "link_prompts_to_trace",
        "link_traces_to_run",
        "log_spans",
        "set_trace_tag",
        "start_trace",
        "unlink_traces_from_run",
    ),
    answers=(
        ("search_traces", lambda: (empty_page(), None)),
        ("sum_gateway_trace_cost", lambda: 0.0),
    ),
)
ASSESSMENTS = Feature(
    "assessments",
    refused=("create_assessment", "delete_assessment", "get_assessment", "update_assessment"),
)
SCORERS = Feature(
    "scorers",
    empty=(
        "get_active_online_scorers",
        "get_online_scoring_configs",
        "list_scorer_versions",
        "list_scorers",
        "list_scorers_across_experiments",
    ),
    refused=("delete_scorer", "get_scorer", "register_scorer", "upsert_online_scoring_config"),
)
ISSUES = Feature("issues", empty=("search_issues",), refused=("create_issue", "get_issue", "update_issue"))
LABEL_SCHEMAS = Feature(
    "label schemas",
    empty=("list_label_schemas",),
    refused=(
        "create_label_schema",
        "delete_label_schema",
        "get_label_schema",
        "get_label_schema_by_name",
        "update_label_schema",
    ),
)
REVIEW_QUEUES = Feature(
    "review queues",
    empty=("list_review_queue_items", "list_review_queues"),
    refused=(
        "add_items_to_review_queue",
        "create_review_queue",
        "delete_review_queue",
        "get_or_create_user_queue",
        "get_review_queue",
        "get_review_queue_by_name",
        "remove_items_from_review_queue",
        "set_review_queue_item_status",
        "update_review_queue",
    ),
)
EVALUATION_DATASETS = Feature(
    "evaluation datasets",
    # the handlers of the last two let errors through, which become a 500
    empty=("search_datasets", "get_dataset_experiment_ids"),
    answers=(("_load_dataset_records", lambda: (empty_page(), None)),),
    refused=(
        "add_dataset_to_experiments",
        "create_dataset",
        "delete_dataset",
        "delete_dataset_records",
        "delete_dataset_tag",
        "get_dataset",
        "remove_dataset_from_experiments",
        "set_dataset_tags",
        "upsert_dataset_records",
    ),
)
GATEWAY = Feature(
    "gateway",
    empty=(
        "list_endpoint_bindings",
        "list_gateway_endpoints",
        "list_gateway_model_definitions",
        "list_secret_infos",
    ),
    refused=(
        "_get_decrypted_secret",
        "attach_model_to_endpoint",
        "create_endpoint_binding",
        "create_gateway_endpoint",
        "create_gateway_model_definition",
        "create_gateway_secret",
        "delete_endpoint_binding",
        "delete_gateway_endpoint",
        "delete_gateway_endpoint_tag",
        "delete_gateway_model_definition",
        "delete_gateway_secret",
        "detach_model_from_endpoint",
        "get_gateway_endpoint",
        "get_gateway_model_definition",
        "get_secret_info",
        "set_gateway_endpoint_tag",
        "update_gateway_endpoint",
        "update_gateway_model_definition",
        "update_gateway_secret",
    ),
)
GUARDRAILS = Feature(
    "guardrails of a gateway",
    empty=("list_endpoint_guardrail_configs", "list_gateway_guardrails"),
    refused=(
        "add_guardrail_to_endpoint",
        "create_gateway_guardrail",
        "delete_gateway_guardrail",
        "get_gateway_guardrail",
        "remove_guardrail_from_endpoint",
        "resolve_endpoint_in_scorer",
        "update_endpoint_guardrail_config",
    ),
)
BUDGETS = Feature(
    "budget policies",
    empty=("list_budget_policies",),
    refused=("create_budget_policy", "delete_budget_policy", "get_budget_policy", "update_budget_policy"),
)
MCP_SERVERS = Feature(
    "registry of MCP servers",
    empty=("search_mcp_access_endpoints", "search_mcp_server_versions", "search_mcp_servers"),
    refused=(
        "create_mcp_access_endpoint",
        "create_mcp_server",
        "create_mcp_server_version",
        "delete_mcp_access_endpoint",
        "delete_mcp_server",
        "delete_mcp_server_alias",
        "delete_mcp_server_tag",
        "delete_mcp_server_version",
        "delete_mcp_server_version_tag",
        "get_latest_mcp_server_version",
        "get_mcp_access_endpoint",
        "get_mcp_server",
        "get_mcp_server_version",
        "get_mcp_server_version_by_alias",
        "set_mcp_server_alias",
        "set_mcp_server_tag",
        "set_mcp_server_version_tag",
        "update_mcp_access_endpoint",
        "update_mcp_server",
        "update_mcp_server_version",
    ),
)
FEATURES: Final = (
    TRACES,
    ASSESSMENTS,
    SCORERS,
    ISSUES,
    LABEL_SCHEMAS,
    REVIEW_QUEUES,
    EVALUATION_DATASETS,
    GATEWAY,
    GUARDRAILS,
    BUDGETS,
    MCP_SERVERS,
)


@lacking(*FEATURES)
class Absent(Base, Absence):
    """Part of the tracking store: everything that is not there, and a store without workspaces and archives."""

    supports_workspaces = False
    supports_trace_archival = False
