"""The Python API: the same acts as the command line, by calling the same workflows.

Beside the command line the only place that looks at the process: its environment, clock, arguments and folder.
"""
