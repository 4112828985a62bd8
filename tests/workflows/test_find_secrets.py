"""What looks like a secret, and what does not."""

from __future__ import annotations

import subprocess
import time

import pytest
from counting import STUCK

from gitreg.workflows.recording.find_secrets import kind_of, masked, masked_command, secrets_of_patch

# put together here, so that no scanner takes this file for a leak
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITLAB = "glpat-" + "aB3dE6gH9jK2mN5pQ8sT"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = "-----BEGIN OPENSSH " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (AWS, "an AWS access key"),
        (f"token = '{GITLAB}'", "a GitLab token"),
        (f"curl -H 'Authorization: {GITHUB}'", "a GitHub token"),
        (KEY, "a private key"),
        ("-----BEGIN " + "PRIVATE KEY-----", "a private key"),
        ('password = "hunter2"', "a password"),
        ("password='correct-horse'", "a password"),
        ("DB_PASSWORD=hunter2", "a password"),
        ("db:\n  password: hunter2", "a password"),
        ('{"password": "letmein"}', "a password"),
        ('config["password"] = "letmein"', "a password"),
        ('api_key = "a8f5f167f44f4964e6c998dee827110c"', "a api_key"),
        ("postgresql://ada:hunter2@db.example.com/churn", "a password in a URL"),
    ],
)
def test_what_guards_something_is_found(text, kind):
    """By the shape of tokens, and by the name of what is assigned."""
    assert kind_of(text.encode()) == kind


@pytest.mark.parametrize(
    "text",
    [
        'password = os.environ["DB_PASSWORD"]',
        "password=getpass()",
        "password = args.password",
        "login(user, password=password)",
        'password = "${DB_PASSWORD}"',
        'password = "<your password>"',
        "PASSWORD=changeme",
        "password: str | None = None",
        'pad_token = "<pad>"',
        'eos_token="</s>"',
        'tokenizer = "bert-base-uncased-2"',
        "max_tokens=4096",
        "secret_santa = True",
        "https://example.com:8080/@ada",
        "https://$USER:$PASSWORD@example.com",
        "digest: 'sha256:" + "a" * 64 + "'",
        "AKIA is how AWS keys begin",
        "",
    ],
)
def test_ordinary_code_is_not(text):
    """A false alarm that comes every day is switched off."""
    assert kind_of(text.encode()) is None


def _git(folder, environ, *words):
    return subprocess.run(["git", *words], cwd=folder, env=environ, check=True, capture_output=True).stdout


def test_a_place_is_the_line_of_the_new_file(make_repository, environ, tmp_path):
    """People look for it where they edit."""
    folder = make_repository(tmp_path / "code")
    (folder / "train.py").write_text("one\n" * 40)
    _git(folder, environ, "commit", "-qam", "Lines")
    lines = ["one"] * 40
    lines[2], lines[30] = "++ b/elsewhere.py", f"key = {AWS!r}"
    (folder / "train.py").write_text("\n".join(lines) + "\n")
    (folder / "spa ce.env").write_text(f"A=1\n{GITLAB}\n")
    _git(folder, environ, "add", "-N", "spa ce.env")

    found = [str(one) for one in secrets_of_patch(_git(folder, environ, "diff"))]
    assert found == ["spa ce.env:2 looks like a GitLab token", "train.py:31 looks like an AWS access key"]


def test_a_published_assignment_is_no_news_but_a_key_is(make_repository, environ, tmp_path):
    """Lines around a change are in the commit already; a key among them still must not travel further."""
    folder = make_repository(tmp_path / "code")
    (folder / "train.py").write_text(f'password = "hunter2"\n{AWS}\nlr = 1\n')
    _git(folder, environ, "commit", "-qam", "Lines")
    (folder / "train.py").write_text(f'password = "hunter2"\n{AWS}\nlr = 2\n')

    found = [one.kind for one in secrets_of_patch(_git(folder, environ, "diff"))]
    assert found == ["an AWS access key"]


def test_a_hostile_patch_costs_little():
    """Long lines that nearly match must not cost their square."""
    begin = time.process_time()
    for piece in (b"password=", b"-----BEGIN ", b"a" * 50 + b"://", b"token_", b"'", b"AKIA", b"secret: "):
        text = piece * (1_000_000 // len(piece))
        kind_of(text)
        list(secrets_of_patch(b"@@ -0,0 +1 @@\n+" + text))

    assert time.process_time() - begin < STUCK


def test_a_command_keeps_its_words_and_loses_its_secrets():
    """What was run is recorded; what it was given in confidence is not."""
    words = [
        "train.py",
        "--lr=0.1",
        "--password=hunter2",
        f"--key={AWS}",
        "postgresql://ada:hunter2@db/churn",
    ]

    assert [masked(word) for word in words] == [
        "train.py",
        "--lr=0.1",
        "--password=***",
        "--key=***",
        "postgresql://ada:***@db/churn",
    ]


def test_what_follows_an_option_is_cut_too():
    """`--password hunter2` is two words."""
    words = [
        "train.py",
        "--db-password",
        "hunter2",
        "--token",
        "4096",
        "--pad-token",
        "<pad>",
        "--password",
        "--lr",
        "1",
    ]

    assert masked_command(words) == [*words[:2], "***", *words[3:]]
