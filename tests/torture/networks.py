"""Bad networks and bad servers: a push ends in bounded time with its exit code, keeps everything, and succeeds later.

    python tests/torture/networks.py cut --by http --count 300 --latency 0.2   # cut at random bytes of a push
    python tests/torture/networks.py cut --by ssh --count 300
    python tests/torture/networks.py stall gone lock lost-answer full-disk      # each on its own
    python tests/torture/networks.py --long                                     # all of it

`cut` resets every connection after a random number of bytes, and, every other time, every new one too. `stall` keeps them
open and passes nothing on. `gone` is a remote that is not there. `lock` is a lock that a dead process left on the
server. `lost-answer` cuts when the server has the push and the client does not know. `full-disk` is a server that has no
room, by an LD_PRELOAD library that fails what it writes; it needs a C compiler.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from acknowledged import Acknowledged
from checker import Subject, check
from forks import Done, command, must
from full_disk import full_disk
from ground import CANDIDATES, Ground, prepare
from proxy import Proxy
from servers import smart_http, ssh_daemon, tcp_proxy
from telling import say

CONFLICT, UNREACHABLE = 5, 7
SHOWN = 40
SILENCE = 4
"""Seconds without a sign of life after which a remote is given up here (git config gitreg.timeout)."""
BOUND = 45.0
"""Seconds in which any push ends here, whatever becomes of the network."""
HOOK = "#!/bin/sh\ncat >> {log}\nwhile [ -e {hold} ]; do sleep 0.02; done\n"


@dataclass
class Line:
    """A clone, and the proxy between it and its remote.

    Args:
        ground: the registry.
        clone: where candidates are logged.
        proxy: what breaks.
        url: of the remote, behind the proxy.
        direct: the same, without it.
        random: decides where.
        known: what was acknowledged.
        faults: what went wrong.
    """

    ground: Ground
    clone: Path
    proxy: Proxy
    url: str
    direct: str
    random: Random
    known: list[Acknowledged] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def log(self) -> None:
        """One more candidate, with an artifact; the network does not matter."""
        model = self.ground.folder / "model.bin"
        model.write_bytes(self.random.randbytes(20_000))
        done = self.command("log", "churn", "-a", str(model))
        self.expect(done, {0}, "log")
        self.known.append(Acknowledged(done.out))

    def push(self) -> Done:
        """One push."""
        return self.command("push")

    def command(self, *words: str) -> Done:
        """One command in the clone."""
        return command(words, self.clone, self.ground.environ, BOUND)

    def expect(self, done: Done, codes: set[int], what: str) -> None:
        """Notes a fault when a command ended otherwise."""
        if done.code not in codes:
            words = f"{done.code} after {done.seconds:.1f} s, not with {sorted(codes)}: {done.err[-600:]}"
            self.faults.append(f"{what} ended with {words}")

    def check(self) -> list[str]:
        """Pushes what is left, and looks at everything."""
        self.proxy.heal()
        self.expect(self.push(), {0}, "the last push")
        report = check(
            Subject(
                remote=self.direct,
                environ=self.ground.environ,
                acknowledged=self.known,
                server=self.ground.remote,
                clones=[self.clone],
                storage=self.ground.storage,
                exact=True,
                killed=True,
            ),
            must,
        )
        say(report.text())
        return [*self.faults, *report.faults]


@contextmanager
def line(folder: Path, by: str, seed: int) -> Iterator[Line]:
    """A registry whose remote is reached through a proxy, by HTTP or ssh."""
    ground = prepare(folder)
    with ExitStack() as stack:
        if by == "ssh":
            start, ssh = stack.enter_context(ssh_daemon(folder / "ssh"))
            # the proxy's port is not the one that the host key is known for; of an option, ssh takes the first
            ground.environ["GIT_SSH_COMMAND"] = ssh.replace("ssh ", "ssh -o StrictHostKeyChecking=no ", 1)
            proxy = stack.enter_context(tcp_proxy(start.replace("ssh://", "http://")))
            person = start.removeprefix("ssh://").partition("@")[0]
            url, direct = f"ssh://{person}@127.0.0.1:{proxy.port}{ground.remote}", f"{start}{ground.remote}"
        else:
            server = stack.enter_context(smart_http(folder))
            proxy = stack.enter_context(tcp_proxy(server))
            url, direct = f"{proxy.url}/{ground.remote.name}", f"{server}/{ground.remote.name}"
        clone = ground.clone("clone", url)
        ground.git("config", "gitreg.timeout", str(SILENCE), at=clone)
        yield Line(ground, clone, proxy, url, direct, Random(seed))


def cut(place: Line, said: argparse.Namespace) -> None:
    """Connections end at random bytes, for a moment or for good."""
    place.proxy.latency = said.latency / 2  # there and back
    place.log()
    place.proxy.heal()
    place.expect(place.push(), {0}, "a push that nothing disturbs")
    whole, ended = place.proxy.passed, 0
    for number in range(said.count):
        place.log()
        count, once = place.random.randint(0, int(whole * 1.1)), number % 2 == 1
        place.proxy.cut_after(count, once=once)
        done = place.push()
        ended += done.code != 0
        place.expect(done, {0, UNREACHABLE}, f"a push cut after {count} bytes{' once' if once else ''}")
        place.proxy.heal()
        if number % 3 == 0:  # otherwise what was not sent goes with the next
            place.expect(place.push(), {0}, f"the push after the one cut after {count} bytes")
        if number % 50 == 49:
            say(f"{number + 1} cut, {len(place.faults)} faults")
    say(f"{ended} of {said.count} pushes were ended by the cut; a whole one has {whole} bytes")


def stall(place: Line, said: argparse.Namespace) -> None:
    """The connection stays, and nothing comes."""
    place.log()
    place.proxy.heal()
    place.push()
    whole = place.proxy.passed
    for part in (0.0, *(place.random.random() for _ in range(said.stalls))):
        place.log()
        place.proxy.stall_after(int(whole * part))
        done = place.push()
        say(f"stalled after {int(whole * part)} bytes: exit {done.code} after {done.seconds:.1f} s")
        place.expect(done, {UNREACHABLE}, f"a push stalled after {int(whole * part)} bytes")
        place.proxy.heal()
        place.expect(place.push(), {0}, "the push after it")


def gone(place: Line, _: argparse.Namespace) -> None:
    """Nobody answers; work goes on at its usual speed, and one push sends all of it later."""
    before = time.monotonic()
    for _number in range(5):
        place.log()
    usual = time.monotonic() - before
    place.proxy.cut_after(0)
    begin = time.monotonic()
    for _number in range(5):
        place.log()
        done = place.push()
        place.expect(done, {UNREACHABLE}, "a push to nobody")
        begin += done.seconds
    away = time.monotonic() - begin
    say(f"5 logs took {usual:.1f} s, and {away:.1f} s with the remote gone")
    if away > 2 * usual + 1:
        place.faults.append(f"logging took {away:.1f} s with the remote gone, and {usual:.1f} s before")


def lock(place: Line, _: argparse.Namespace) -> None:
    """A dead process left a lock of the branch on the server."""
    place.log()
    file = place.ground.remote / f"refs/heads/{CANDIDATES}.lock"
    file.touch()
    done = place.push()
    say(f"locked: exit {done.code} after {done.seconds:.1f} s: {done.err}")
    place.expect(done, {CONFLICT, UNREACHABLE}, "a push to a branch that is locked")
    if f"{CANDIDATES}.lock" not in done.err:
        place.faults.append(f"the lock is not named: {done.err}")
    file.unlink()
    place.expect(place.push(), {0}, "the push after the lock")


def lost_answer(place: Line, _: argparse.Namespace) -> None:
    """The server has the push, and the connection ends before it can say so: the client asks, and does not send again."""
    log, hold = place.ground.folder / "received", place.ground.folder / "hold"
    hook = place.ground.remote / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(log=log, hold=hold))
    hook.chmod(0o755)
    for once in (True, False):
        place.log()
        log.write_text("")
        hold.touch()
        done = _while_pushing(place, log, hold, once=once)
        place.expect(done, {0} if once else {0, UNREACHABLE}, "a push whose answer was lost")
        received = [words for words in log.read_text().splitlines() if CANDIDATES in words]
        say(
            f"answer lost{' once' if once else ''}: exit {done.code}; the server got the branch {len(received)} times"
        )
        place.proxy.heal()
        again = place.push()
        place.expect(again, {0}, "the push after it")
        received = [words for words in log.read_text().splitlines() if CANDIDATES in words]
        if len(received) != 1:
            place.faults.append(f"the branch was sent {len(received)} times though only the answer was lost")
    hook.unlink()


def _while_pushing(place: Line, log: Path, hold: Path, *, once: bool) -> Done:
    """Pushes, and cuts the connection as soon as the server has it."""
    watcher = _Watcher(log, hold, lambda: place.proxy.cut_after(0, once=once))
    watcher.start()
    done = place.push()
    hold.unlink(missing_ok=True)
    watcher.join()
    return done


def _full(place: Line, said: argparse.Namespace) -> None:
    """A server, or a storage, without room."""
    full_disk(place.ground, place.known, place.faults, said.points)


WAYS: dict[str, Callable[[Line, argparse.Namespace], None]] = {
    "cut": cut,
    "stall": stall,
    "gone": gone,
    "lock": lock,
    "lost-answer": lost_answer,
    "full-disk": _full,
}


class _Watcher(Thread):
    """Waits until the server has received something, then acts, and lets the server go on."""

    def __init__(self, log: Path, hold: Path, act: Callable[[], None]) -> None:
        super().__init__()
        self.log, self.hold, self.act = log, hold, act

    def run(self) -> None:
        while self.hold.exists() and not self.log.read_text():
            time.sleep(0.01)
        self.act()
        self.hold.unlink(missing_ok=True)


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line's words."""
    parser = argparse.ArgumentParser(description="Bad networks and bad servers.")
    parser.add_argument("ways", nargs="*", choices=[*WAYS, []], help="which; all of them with --long")
    parser.add_argument("--by", choices=("http", "ssh"), default="http")
    parser.add_argument("--count", type=int, default=10, help="how many cuts")
    parser.add_argument(
        "--latency", type=float, default=0.0, help="seconds that a request and its answer wait on the way"
    )
    parser.add_argument("--stalls", type=int, default=1, help="how many random places to stall at")
    parser.add_argument(
        "--points", type=int, default=0, help="how many sizes of a nearly full disk; all when 0"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--long", action="store_true", help="all ways, by HTTP with 200 ms and by ssh, 300 cuts each"
    )
    parser.add_argument("--folder", type=Path, help="where to work")
    return parser.parse_args(words)


def torture(folder: Path, said: argparse.Namespace) -> list[str]:
    """Each way in a registry of its own; returns every fault."""
    faults = []
    for way in said.ways:
        say(f"{way}, by {said.by}, seed {said.seed} ...")
        with line(made(folder / f"{way}-{said.by}"), said.by, said.seed) as place:
            WAYS[way](place, said)
            faults += [f"{way} by {said.by}: {fault}" for fault in place.check()]
    return faults


def made(folder: Path) -> Path:
    """A new folder."""
    folder.mkdir()
    return folder


def main(words: list[str]) -> int:
    """The command line."""
    said, begin, faults = arguments(words), time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="gitreg-networks-", dir=said.folder) as name:
        if said.long:
            said.ways, said.count, said.stalls, said.latency = list(WAYS), 300, 5, 0.2
            faults += torture(Path(name), said)
            said.ways, said.by, said.latency = ["cut", "stall", "gone"], "ssh", 0.0
        faults += torture(Path(name), said)
    for fault in faults[:SHOWN]:
        say(f"FAULT: {fault}")
    say(f"{len(faults)} faults, {time.monotonic() - begin:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
