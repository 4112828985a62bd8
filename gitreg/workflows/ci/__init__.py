"""What a CI job needs before gitreg's commands run in it: its clone, its settings, what GitLab tells it."""
