"""Prints the commands of one fenced block of a Markdown file: readme_commands.py FILE NAME.

A block is named by the word after its language, as in "```sh quick-start".
"""

import re
import sys
from pathlib import Path


def block(text, name):
    found = re.findall(rf"^```sh {re.escape(name)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if len(found) != 1:
        raise SystemExit(f"error: {len(found)} blocks are called {name}")
    return found[0]


if __name__ == "__main__":
    print(block(Path(sys.argv[1]).read_text(), sys.argv[2]), end="")
