"""Addresses of files and folders on remote storage: ``rclone:<remote>:<path>``.

Notes
-----
What follows ``rclone:`` is rclone's own syntax (https://rclone.org/docs/#syntax-of-remote-paths): the name of a
remote of its configuration, or a connection string such as ``:s3,provider=Other,env_auth=true,endpoint="...":``.
"""

import hashlib
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

SCHEME = "rclone:"

_OPTION = r""",(?P<name>\w+)(?:=(?P<value>"(?:[^"]|"")*"|'(?:[^']|'')*'|[^,:"'][^,:]*|))?"""
_FS = re.compile(rf"(?:{_OPTION.replace('?P<name>', '?:').replace('?P<value>', '?:')})*:")
_NAME = re.compile(r":\w+|\w[\w.+@ -]*")
_USER_IN_URL = re.compile(r"//[^/]*@|[?#]")

OPTIONS = frozenset({
    "account", "anonymous", "bucket_policy_only", "endpoint", "env_auth", "explicit_tls", "force_path_style",
    "host", "key_file", "key_use_agent", "list_version", "location_constraint", "no_check_bucket", "port",
    "profile", "project_number", "provider", "region", "server_side_encryption", "storage_class", "tls", "url",
    "user", "vendor",
})  # fmt: skip
"""Options that an address may state: none holds a secret, and none is a command that rclone would run."""


@dataclass(frozen=True)
class Address:
    """A place on remote storage.

    Parameters
    ----------
    fs
        The remote, with the colon that ends it: ``facility:`` or ``:s3,provider=...:``.
    path
        POSIX path below it, without a slash at either end.
    """

    fs: str
    path: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.rclone}"

    @property
    def rclone(self) -> str:
        """As rclone takes it."""
        return f"{self.fs}{self.path}"

    @property
    def rclone_folder(self) -> str:
        """As rclone takes a folder: the slash keeps it from asking first whether it is a file."""
        return f"{self.fs}{self.path}/" if self.path else self.fs

    @property
    def name(self) -> str:
        """The last part of its path."""
        return posixpath.basename(self.path)

    @property
    def parent(self) -> "Address":
        """The folder that holds it."""
        return Address(self.fs, posixpath.dirname(self.path))

    def joined(self, path: str) -> "Address":
        """Give a place below it."""
        return Address(self.fs, posixpath.join(self.path, path))

    @property
    def public_name(self) -> str:
        """Name a tree of objects there in public: its folder's name, and a digest that tells it from others."""
        word = re.sub(r"[^\w.-]+", "-", self.name or self.fs.partition(",")[0].strip(":")) or "remote"
        return f"{word}-{hashlib.sha256(str(self).encode()).hexdigest()[:6]}"


def is_remote(text: object) -> bool:
    """Whether a place is on remote storage."""
    return str(text).startswith(SCHEME)


def address_of(text: str) -> Address:
    """Read an address.

    Raises
    ------
    ValueError
        Saying what is wrong; never with a value of the address, which may be a secret in the wrong place.
    """
    if problem := address_problem(text):
        raise ValueError(problem)
    fs, path = _taken_apart(text) or ("", "")
    return Address(fs, path)


def address_problem(text: str) -> str:
    """Say what is wrong with an address; empty when nothing is."""
    parts = _taken_apart(text)
    if parts is None:
        return "not an address: expected rclone:<remote>:<path>"
    fs, path = parts
    if not path.isprintable() or {"..", ".", ""} & set(path.split("/") if path else ()):
        return "its path must be plain: printable, without empty parts, '.' and '..'"
    for name, value in _options(fs):
        if name not in OPTIONS:
            return f"option {name!r} has no place in an address: put it into rclone's configuration or environment"
        if _USER_IN_URL.search(value):
            return f"option {name!r} holds credentials: put them into rclone's configuration or environment"
    return ""


def _taken_apart(text: str) -> tuple[str, str] | None:
    """Give the remote and the path, or None where it is no address."""
    rest = text.removeprefix(SCHEME)
    name = _NAME.match(rest)
    options = _FS.match(rest, name.end()) if name else None
    if not is_remote(text) or options is None:
        return None
    return rest[: options.end()], rest[options.end() :].strip("/")


def _options(fs: str) -> list[tuple[str, str]]:
    return [(found["name"], (found["value"] or "").strip("\"'")) for found in re.finditer(_OPTION, fs)]


def fetched_place(work: Path, sample_id: str, address: Address, group: str) -> Path:
    """Where a file of a sample's set lies once it is fetched.

    Parameters
    ----------
    work
        The work folder.
    group
        ``set`` for the source and what lies beside it, ``sidecar-<n>`` for what lies elsewhere.
    """
    return work / FETCHED / sample_id / group / address.name


FETCHED = Path("results/fetched")
"""Folder of the copies that steps read: they go when the sample is sealed or refused."""
