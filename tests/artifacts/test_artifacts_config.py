"""What a repository may say of its storage, and what only the user may."""

from __future__ import annotations

import pytest
from configobj import ConfigObj
from dvc.config import Config
from dvc.config_schema import REMOTE_SCHEMAS
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.artifacts.config import ALLOWED, checked_url, committed_options, dvc_config, with_default_remote
from gitreg.artifacts.storage import Storage
from gitreg.errors import NotFoundError, RecordError, UsageError

HOSTILE = [
    "ask_password", "ask_passphrase", "password", "passphrase", "keyfile", "gss_auth", "allow_agent", "token",
    "bearer_token_command", "custom_auth_header", "cert_path", "key_path", "ssl_verify", "use_ssl", "profile",
    "credentialpath", "configpath", "access_key_id", "secret_access_key", "session_token", "acl", "grant_read",
    "connection_string", "sas_token", "account_key", "client_secret", "gdrive_service_account_json_file_path",
    "gdrive_user_credentials_file", "gdrive_client_secret", "kerb_ticket", "proxy_to", "sse_kms_key_id", "unheard_of",
]  # fmt: skip


def config(url: str, extra: str = "") -> str:
    return f"['remote \"store\"']\n    url = {url}\n    {extra}\n"


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_is_not_allowed_is_refused_by_name(key, environ):
    """No key of the repository's that names a file, a command or a credential, nor one that we do not know."""
    with pytest.raises(RecordError, match=f"'{key}'") as caught:
        Storage.open(config("s3://bucket", f"{key} = /tmp/x"), "store", environ=environ)
    assert caught.value.place == ".dvc/config"


def test_spelling_does_not_hide_a_key(environ):
    """DVC takes no account of case; neither does the rule."""
    with pytest.raises(RecordError, match="keyfile"):
        Storage.open(
            config("s3://bucket", "KeyFile = /tmp/x").replace("remote", "Remote"), "STORE", environ=environ
        )


def test_every_key_of_dvc_was_thought_of():
    """A key that a newer DVC brings is refused until somebody allows it; those allowed exist."""
    known = {str(key) for schema in REMOTE_SCHEMAS.values() for key in schema if key is not str}

    assert known >= ALLOWED
    assert not set(HOSTILE) & ALLOWED


@pytest.mark.parametrize(
    "url",
    [
        "remote://other/x", "gdrive://id", "hdfs://host/x", "ext::sh -c id", "ext::sh", "simplecache::s3://bucket",
        "https://user:secret@host/x", "https://host/x?token=secret", "https://host/#x", "-oProxyCommand=id", "s3://b c",
        "git+ssh://host/x", "S3://bucket", "",
        "https://good.example\\\\@evil.example/x", "https://a@b@evil.example/", "https:///etc/passwd", "https://ho$(id)st/x", "s3://bucket/../other",
        "https://evil.ex\u0430mple/x", "https://host:port/x", "https://host/?",
    ],
)  # fmt: skip
def test_a_url_that_is_no_plain_storage_is_refused(url, environ):
    """Other schemes, chained schemes, credentials and options are no place, whoever says so."""
    with pytest.raises(RecordError):
        Storage.open(config(f'"{url}"'), "store", environ=environ)
    with pytest.raises(UsageError):
        Storage.open("", "store", environ=environ, url=url)


@pytest.mark.parametrize("url", ["/etc", "file:///etc", "../store", "~/store", "C:\\store"])
def test_a_local_path_of_the_repository_is_refused(url, environ):
    """A repository from elsewhere cannot make us read this machine's folders."""
    with pytest.raises(RecordError, match="local path"):
        Storage.open(config(url), "store", environ=environ)


def test_a_local_path_must_be_absolute(environ):
    """Nothing depends on the current folder."""
    with pytest.raises(RecordError, match="absolute"):
        Storage.open(config("../store"), "store", environ=environ, allow_local=True)


def test_a_local_path_from_the_user_is_taken(tmp_path, environ):
    """`--storage` is the user's own word, `file://` included, and then the repository's options do not count."""
    storage = Storage.open(
        config("s3://x", "keyfile = y"), "store", environ=environ, url=f"file://{tmp_path}/s"
    )

    assert storage.url == f"{tmp_path}/s"


def test_a_local_path_that_the_user_says_too_is_taken(tmp_path, environ):
    """What the repository says is not used where the user's own configuration says where the storage is."""
    users = tmp_path / "config.local"
    users.write_text(config(f"{tmp_path}/mine"))

    storage = Storage.open(config("/mnt/store"), "store", environ=environ, local_config=[users])

    assert storage.url == f"{tmp_path}/mine"


def test_an_endpoint_is_checked_and_shown(environ):
    """Who answers for a bucket is a part of where it is."""
    with pytest.raises(RecordError):
        Storage.open(config("s3://bucket", "endpointurl = https://user:pw@evil"), "store", environ=environ)


def test_users_options_come_from_the_users_files(tmp_path, environ):
    """What a repository may not say, the user's own DVC configuration may; later files win."""
    first, second = tmp_path / "one", tmp_path / "two"
    first.write_text(config("https://example.com/a", "password = x"))
    second.write_text(config("https://example.com/b"))

    storage = Storage.open(
        config("https://example.com"), "store", environ=environ, local_config=[first, second]
    )

    assert storage.url == "https://example.com/b"


def test_users_files_are_where_dvc_has_them(tmp_path, environ):
    """Without a word on files, those of the environment count, as for plain DVC."""
    place = tmp_path / "xdg/dvc/config"
    place.parent.mkdir(parents=True)
    place.write_text(config(str(tmp_path / "mine")))

    storage = Storage.open("", "store", environ=environ | {"XDG_CONFIG_HOME": str(tmp_path / "xdg")})

    assert storage.url == str(tmp_path / "mine")


def test_a_storage_that_nobody_describes_is_not_found(environ):
    """A name without a place."""
    with pytest.raises(NotFoundError, match="store"):
        Storage.open(config("s3://bucket").replace("store", "other"), "store", environ=environ)


@pytest.mark.parametrize(
    "text",
    [
        "['remote \"store\"']\nurl = s3://a\nurl = s3://b\n",
        "['remote \"store\"']\nurl = s3://a\n['remote \"Store\"']\nurl = s3://b\n",
        "['remote \"store\"']\nurl = s3://a\nURL = s3://b\n",
        "['remote \"store\"']\nurl = s3://a, s3://b\n",
        "['remote \"store\"']\n[[url]]\nx = 1\n",
        "['remote \"store\"']\nurl = s3://%(x)s\n",
        "['remote \"store\"'\nurl = s3://a\n",
        "x" * 100_000,
    ],
)
def test_a_text_with_two_meanings_is_refused(text, environ):
    """Twice the same remote or key, lists, interpolation, broken or huge text."""
    with pytest.raises((RecordError, NotFoundError)):
        Storage.open(text, "store", environ=environ)


def test_cloud_versioning_is_refused(environ):
    """DVC's version-aware remotes keep files by name, where gitreg keeps them by hash."""
    with pytest.raises(UsageError, match="version_aware"):
        Storage.open(config("s3://bucket", "version_aware = true"), "store", environ=environ)


def test_other_remotes_do_not_matter(environ):
    """A data set's remote beside the storage may have any option."""
    text = config("https://example.com") + config("gdrive://x", "keyfile = y").replace("store", "data")

    assert Storage.open(text, "store", environ=environ).url == "https://example.com"


def test_a_package_that_is_missing_is_named(environ):
    """The hint is what to install."""
    with pytest.raises(UsageError, match="package") as caught:
        Storage.open(config("oss://bucket"), "store", environ=environ)
    assert caught.value.hint == "pip install 'gitreg-ml[oss]'"


def test_a_description_holds_no_user(environ):
    """What is shown to people says where, not who."""
    storage = Storage.open(config("https://ada@example.com/x"), "store", environ=environ)

    assert storage.describe() == "https://example.com/x"


@pytest.mark.parametrize("url", ["/,", "/a,b", "/a#b", "/it's", '/x"y', "/'q'", "/a=b", "https://host/a,b"])
def test_punctuation_in_a_url_survives(tmp_path, url):
    """What separates or comments for ConfigObj is quoted."""
    (tmp_path / "config").write_text(dvc_config(url, "store"))

    assert Config.load_file(str(tmp_path / "config"))["remote"]["store"]["url"] == url


def test_what_a_configuration_says_already_stays(tmp_path):
    """A storage is added beside whatever DVC was told before, quoted values and lists included."""
    before = "# ours\n[core]\n    autostage = true\n[cache]\n    type = \"reflink,copy\"\n['remote \"data\"']\n    url = '/a#b'\n"
    (tmp_path / "config").write_text(with_default_remote(before, "/store", "store"))

    read = Config.load_file(str(tmp_path / "config"))

    assert read["core"] == {"autostage": "true", "remote": "store"}
    assert read["cache"] == {"type": "reflink,copy"}
    assert read["remote"] == {"data": {"url": "/a#b"}, "store": {"url": "/store"}}
    with pytest.raises(ValueError, match="already"):
        with_default_remote(before, "/store", "data")


MARKS = {"'", '"', "#"}
urls = st.one_of(
    st.from_regex(r"/[a-z0-9,#'\"=ä-]{0,20}", fullmatch=True).filter(lambda text: len(set(text) & MARKS) < 2),
    st.from_regex(r"(s3|https)://[a-z0-9]{1,9}(/[a-zA-Z0-9,'%=-]{0,9}){0,2}", fullmatch=True),
)


@given(urls, st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True))
@settings(max_examples=100, deadline=None)
def test_dvc_reads_what_we_write(tmp_path_factory, url, name):
    """For any URL and name that we take, DVC's own reader finds them."""
    path = tmp_path_factory.mktemp("dvc") / "config"
    path.write_text(dvc_config(url, name), "utf-8")

    assert Config.load_file(str(path)) == {
        "core": {"remote": name}, "remote": {name: {"url": checked_url(url, allow_local=True)}}, "machine": {}, "db": {}
    }  # fmt: skip
    assert ConfigObj(str(path))["core"]["remote"] == name


@pytest.mark.parametrize(
    ("url", "name"),
    [("/store", "a b"), ("/store", 'x"]'), ("/x\"y'z", "store"), ("/a\nb", "store"), ("store", "store")],
)
def test_what_would_not_be_read_is_not_written(url, name):
    """A name or URL that breaks the text is refused."""
    with pytest.raises(ValueError, match=r".+"):
        dvc_config(url, name)


def test_a_local_path_may_hold_spaces() -> None:
    """Folders of people do; a URL writes a space as %20, and none of them has one at its ends."""
    path = "/home/Ada Example/my models-store"

    assert committed_options(dvc_config(path, "store"), "store") == {"url": path}
    for refused in ("s3://my bucket/x", " /x", "/x "):
        with pytest.raises(ValueError, match="spaces"):
            checked_url(refused, allow_local=True)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 500,
        "a=x" + "'," * 18,
        "a='" + "'," * 18 + "!",
        "a = 'x', 'y",
        "a = '''x",
        "[a]]",
        "a",
        "x" * 2000 + "=",
        "a = x" + " " * 900 + "!",
    ],
)
def test_a_line_that_keeps_other_readers_busy_is_refused_at_sight(line):
    """ConfigObj's patterns take seconds for some lines of fifty characters, and for ever for longer ones: it does not see them."""
    with pytest.raises(ValueError, match="line 2 is no"):
        committed_options(f"[core]\n{line}\n", "store")


def test_what_dvc_writes_is_no_strange_line(tmp_path):
    """Comments, lists in quotes, quoted sections, indentation."""
    text = '# ours\n[core]\n\tremote = store\n    autostage = true # really\n\n[\'remote "store"\']\n    url = "/a,b"\n[cache]\n    type = "reflink,copy"\n'

    assert committed_options(text, "store") == {"url": "/a,b"}
