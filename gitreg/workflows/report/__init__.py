"""Reports: what a reviewer needs to know of a proposed version, gathered. Drawn by gitreg.render.report_*."""

from __future__ import annotations

from gitreg.workflows.report.build import build_report
from gitreg.workflows.report.values import Report

__all__ = ["Report", "build_report"]
