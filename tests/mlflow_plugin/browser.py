"""A real browser without a window, asked by its DevTools protocol through a pipe: what pages show, and what they ask for."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Browser:
    """One browser with one page, which can reach this machine only.

    Args:
        process: the browser.
        tell: where it listens.
        hear: where it answers.
        session: the page.
        answers: status and URL of all that pages asked for.
        failures: what they asked for in vain.
    """

    process: subprocess.Popen[bytes]
    tell: int
    hear: int
    session: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _asked: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _rest: bytes = b""

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Starts it.

        Args:
            folder: where it keeps its profile.
        """
        assert CHROMIUM
        theirs_in, tell = os.pipe()
        hear, theirs_out = os.pipe()
        words = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--no-proxy-server", "--remote-debugging-pipe",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--window-size=1500,1100", f"--user-data-dir={folder}",
        ]  # fmt: skip
        # the protocol's descriptors are 3 and 4 (--remote-debugging-pipe)
        shell = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *words]
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(
                shell, pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        os.close(theirs_in)
        os.close(theirs_out)
        made = cls(process, tell, hear)
        target = made.call("Target.createTarget", url="about:blank")["targetId"]
        made.session = made.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for name in ("Network.enable", "Page.enable", "Runtime.enable"):
            made.call(name)
        return made

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Asks one thing of the protocol."""
        self._count += 1
        number = self._count
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.tell, json.dumps(message).encode() + b"\0")
        limit = time.monotonic() + 30
        while True:
            heard = self._next(limit)
            if heard.get("id") == number:
                assert "error" not in heard, heard
                result: dict[str, Any] = heard["result"]
                return result
            self._note(heard)

    def text(self) -> str:
        """What the page shows, as words."""
        return str(self.value("document.body ? document.body.innerText : ''"))

    def value(self, expression: str) -> object:
        """What a line of the page's language gives."""
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return said["result"].get("value")

    def show(self, url: str, *words: str, seconds: float = 30, also: Callable[[], bool] | None = None) -> str:
        """Opens a page and waits until it shows all the words; returns its text.

        Args:
            url: which page.
            words: what it must show.
            seconds: how long it may take.
            also: what must hold beside.
        """
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        limit = time.monotonic() + seconds
        while True:
            text = self.text()
            missing = [word for word in words if word not in text]
            if not missing and (also is None or also()):
                return text
            assert time.monotonic() < limit, f"{url} does not show {missing or 'all'}, but: {text}"
            time.sleep(0.1)

    def picture(self, file: Path) -> None:
        """Keeps a screenshot."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def end(self) -> None:
        """Ends the browser."""
        self.process.terminate()
        self.process.wait(20)
        os.close(self.tell)
        os.close(self.hear)

    def _next(self, limit: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.hear], [], [], max(0.0, limit - time.monotonic()))
            assert ready, "the browser does not answer"
            heard = os.read(self.hear, 1 << 20)
            assert heard, "the browser has ended"
            self._rest += heard
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def _note(self, heard: dict[str, Any]) -> None:
        params = heard.get("params", {})
        match heard.get("method"):
            case "Network.requestWillBeSent":
                self._asked[params["requestId"]] = params["request"]["url"]
            case "Network.responseReceived":
                self.answers.append((params["response"]["status"], params["response"]["url"]))
            case "Network.loadingFailed" if not params.get("canceled"):
                self.failures.append(f"{self._asked.get(params['requestId'])}: {params['errorText']}")

    @property
    def asked(self) -> set[str]:
        """Every URL that was asked for."""
        return {*self._asked.values()}
