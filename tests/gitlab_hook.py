"""Hook of the stand-in's repository: asks the stand-in by HTTP, and says to the pusher what it answers.

Runs alone (`python -IS gitlab_hook.py pre-receive PORT SECRET`), with nothing but the standard library, and starts fast.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main() -> int:
    """Send what git said, print what comes back; the first line of the answer is the exit status."""
    kind, port, secret = sys.argv[1:]
    count = int(os.environ.get("GIT_PUSH_OPTION_COUNT", "0"))
    said = {
        "kind": kind,
        "user": os.environ.get("GL_USERNAME", "root"),
        "job": os.environ.get("GL_JOB", "") == "1",
        "level": int(os.environ.get("GL_LEVEL", "40")),
        "options": [os.environ[f"GIT_PUSH_OPTION_{index}"] for index in range(count)],
        "changes": [line.split() for line in sys.stdin.read().splitlines()],
    }
    body = json.dumps(said).encode()
    with socket.create_connection(("127.0.0.1", int(port)), 30) as server:
        head = f"POST /-/hook HTTP/1.0\r\nX-Secret: {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
        server.sendall(head.encode() + body)
        answer = b""
        while chunk := server.recv(65536):
            answer += chunk
    status, _, words = answer.partition(b"\r\n\r\n")[2].decode().partition("\n")
    sys.stderr.write(words)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
