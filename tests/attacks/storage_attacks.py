"""Storage configuration that runs, reads or sends: `.dvc/config` of the accepted branch, by whoever can push there."""

from __future__ import annotations

from pathlib import Path

from attack_case import TARGET, Attack, Harm
from attack_ground import Ground
from content_attacks import object_of, overwritten
from workshop import FILES

from gitreg.documents import places

ROW = "storage"
PULL = ("pull", "churn@1.0.0", "-o", TARGET)
LOCAL = ".dvc/config.local"
ELSEWHERE = "https://127.0.0.1:1/registry.git"


def _config(url: str, *lines: str, name: str = "store", more: str = "") -> bytes:
    words = "".join(f"    {line}\n" for line in lines)
    return f"[core]\n    remote = {name}\n{more}['remote \"{name}\"']\n    url = {url}\n{words}".encode()


def _accepted(config: bytes) -> Harm:
    def harm(ground: Ground) -> None:
        ground.commit({places.DVC_CONFIG: config})

    return harm


def followed(ground: Ground) -> None:
    """The verifier's clone checks out what the host has."""
    ground.git("fetch", "-q", "origin", at=ground.clone)
    ground.git("reset", "-q", "--hard", "origin/main", at=ground.clone)


def users_config(ground: Ground, text: str) -> Path:
    """The verifier's own DVC configuration."""
    place = Path(ground.environ["XDG_CONFIG_HOME"]) / "dvc" / "config"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


KEYS = {
    "a command for a token (bearer_token_command)": (("https://127.0.0.1:1/x", "bearer_token_command = touch pwned"), "'bearer_token_command'"),
    "credentials of another program (credentialpath)": (("s3://bucket", "credentialpath = ~/.aws/other"), "'credentialpath'"),
    "a configuration of another program (configpath)": (("s3://bucket", "configpath = /etc/passwd"), "'configpath'"),
    "a question for a password (ask_password)": (("https://127.0.0.1:1/x", "ask_password = true"), "'ask_password'"),
    "a password": (("https://127.0.0.1:1/x", "password = x"), "'password'"),
    "a header of its own (custom_auth_header)": (("https://127.0.0.1:1/x", "custom_auth_header = X-Token"), "'custom_auth_header'"),
    "no look at certificates (ssl_verify)": (("https://127.0.0.1:1/x", "ssl_verify = false"), "'ssl_verify'"),
    "a proxy of its own (proxy)": (("https://127.0.0.1:1/x", "proxy = http://evil.example"), "'proxy'"),
    "Google's key files (gdrive_*)": (("https://127.0.0.1:1/x", "gdrive_service_account_json_file_path = ~/k.json"), "'gdrive_service_account"),
    "a key in capitals (KeyFile)": (("ssh://127.0.0.1/x", "KeyFile = ~/.ssh/id"), "'keyfile'"),
    "an endpoint for Google's token": (("gs://bucket", "endpointurl = https://evil.example"), "'endpointurl' of an s3:// storage only"),
    "a wait of a year": (("https://127.0.0.1:1/x", "read_timeout = 31536000"), "'read_timeout' must be a number up to"),
    "a million jobs": (("https://127.0.0.1:1/x", "jobs = 1000000"), "'jobs' must be a number up to"),
    "a value that looks up others": (("https://127.0.0.1:1/x", "user = %(password)s"), "'user' holds what no such value needs"),
    "two storages of one name": (("s3://a", "", "['remote \"STORE\"']", "url = s3://b"), "the remote 'store' twice"),
}  # fmt: skip
URLS = {
    "ext::sh -c id": "holds no control characters, '::'",
    "remote://other/x": "'remote' is no kind of storage",
    "simplecache::s3://bucket": "'::'",
    "https://user:secret@host/x": "must not hold a password",
    "https://good.example\\@evil.example/x": "a backslash",
    "https://ho$(id)st/x": "is no plain host",
    "https://evil.ex\u0430mple/x": "is no plain host",
    "s3://bucket/../other": "must not hold '..'",
}  # fmt: skip
FOREIGN = {
    "an absolute path": "/etc",
    "a path that climbs": "../../etc",
}  # fmt: skip


def _of_another_host(config: bytes) -> Harm:
    """The registry is from elsewhere, and names a folder of this machine."""

    def harm(ground: Ground) -> None:
        ground.commit({places.DVC_CONFIG: config})
        followed(ground)
        ground.git("config", "remote.origin.url", ELSEWHERE, at=ground.clone)

    return harm


def _busy(ground: Ground) -> None:
    """Readers whose patterns step back do not come to an end with this."""
    ground.commit({places.DVC_CONFIG: _config("s3://bucket", "region=x" + "'," * 200)})


def _with_users_password(ground: Ground) -> None:
    users_config(
        ground, "['remote \"store\"']\n    auth = basic\n    user = ada\n    password = hunter2-of-A\n"
    )
    ground.commit({places.DVC_CONFIG: _config("https://127.0.0.1:1/of-B")})


def _committed_local(ground: Ground) -> None:
    text = f"['remote \"store\"']\n    url = {ground.storage}\n    keyfile = /etc/passwd\n"
    ground.commit({LOCAL: text.encode()})
    followed(ground)


def _local_in_other_case(ground: Ground) -> None:
    ground.commit({".DVC/Config.LOCAL": b"['remote \"store\"']\n    url = /etc\n"})
    followed(ground)
    (ground.clone / LOCAL).write_text("['remote \"store\"']\n    url = /etc\n")  # as such a disk shows it


def _linked_folder(ground: Ground) -> None:
    """`.dvc` of the checked-out branch is a link to a folder that the repository brought."""
    ground.commit({"data/config.local": f"['remote \"store\"']\n    url = {ground.storage}\n".encode()})
    followed(ground)
    link = ground.clone / ".dvc"
    (link / "config").unlink()
    link.rmdir()
    link.symlink_to("data")


def _linked_local(ground: Ground) -> None:
    ground.commit({"notes.txt": f"['remote \"store\"']\n    url = {ground.storage}\n".encode()})
    followed(ground)
    (ground.clone / LOCAL).symlink_to("../notes.txt")


def _unverified(ground: Ground) -> None:
    """Everything is honest, only DVC is told to look at no hash, and to keep its caches elsewhere."""
    more = "[cache]\n    dir = /tmp/elsewhere\n    type = symlink\n[db]\n    x = y\n[machine]\n    x = y\n"
    ground.commit({places.DVC_CONFIG: _config(str(ground.storage), "verify = false", more=more)})
    overwritten(object_of(ground.storage, FILES["model.bin"]), b"evil")


ATTACKS = [
    *(Attack(ROW, name, "Git host", _accepted(_config(*lines)), "content", words, PULL) for name, (lines, words) in KEYS.items()),
    *(Attack(ROW, f"the URL {url!a}", "Git host", _accepted(_config(f'"{url}"')), "content", words, PULL) for url, words in URLS.items()),
    *(
        Attack(ROW, f"a folder of this machine, named from elsewhere: {name}", "Git host", _of_another_host(_config(url)), "content",
               "must come from you", ("pull", "churn@1.0.0", "-o", TARGET, "--offline"))
        for name, url in FOREIGN.items()
    ),
    Attack(ROW, "a line that keeps a reader busy for ever", "Git host", _busy, "content", "line 5 is no [section]", PULL),
    Attack(ROW, "a password of the user's for whatever the repository names", "Git host", _with_users_password, None,
           "your 'password' for the storage 'store' would be sent to https://127.0.0.1:1/of-B", PULL, 4),
    Attack(ROW, "a config.local that came with the repository", "developer", _committed_local, "content", "it came with the repository", PULL),
    Attack(ROW, "a config.local that came in other letters", "developer", _local_in_other_case, "content", "it came with the repository", PULL),
    Attack(ROW, "a .dvc that is a link to a folder of the repository", "developer", _linked_folder, "content", "it came with the repository", PULL),
    Attack(ROW, "a config.local that is a link to a file of the repository", "developer", _linked_local, "content", "it came with the repository", PULL),
    Attack(ROW, "no hashes looked at (verify), caches elsewhere", "Git host", _unverified, "content", "model.bin is truncated to 4", PULL),
]  # fmt: skip
