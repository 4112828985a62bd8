"""Models and their versions: promoted, registered, assigned to stages, judged by gates, and what waits for a signature."""
