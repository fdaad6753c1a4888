r"""Cleaners (action ``C``): same meaning, nobody named.

=========== =====================================================================================
``paths``   folders of Windows, UNC and POSIX paths go, the base name stays; ``C:\Users\jdoe`` and
            ``/home/jdoe`` give away the account ``jdoe``, a UNC path its server
``emails``  addresses go
``urls``    user and password within a URL go; so does a URL of a private host (no dot, ``.local``,
            ``.lan``, ``.internal``, ``.intranet``, ``.corp``, ``localhost``, a bare address)
``ips``     IPv4 and IPv6 addresses go, but for 0.0.0.0, loopback and what reads as a version
            (after such a word, or beginning with a number below 20 and after no word like ``host``)
``macs``    MAC addresses go
``uuid1``   version-1 UUIDs, which hold a MAC address and a time, are replaced consistently
=========== =====================================================================================

Each cleaner also says what it found, so that the same value is removed everywhere else.
"""

import ipaddress
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixative.privacy.secrets import Holds

REMOVED = "[removed]"
LARGEST_VERSION = 19
"""Four numbers read as a version where the first is no larger, but for private networks (10.x.x.x)."""

_NAMESPACE = uuid.UUID("0b7bd6a9-7f1c-5f0e-9c4c-6d0f4e2d8a51")

_PART = r'[^\\/:*?"<>|\r\n\t\x00]'
_WINDOWS = re.compile(
    rf"(?:file:/+)?(?:\\\\\?\\)?(?<![A-Za-z0-9])[A-Za-z]:[\\/]+(?P<folders>(?:{_PART}+[\\/]+)*)"
    # another path may follow in the same line
    rf"(?P<base>(?:(?!\s[A-Za-z]:[\\/]){_PART})*)"
)
_UNC = re.compile(
    rf"(?<![\\\w:])\\\\(?:\?\\UNC\\)?(?P<server>[A-Za-z0-9_.$\-]+)\\+(?P<folders>(?:{_PART}+[\\/]+)*)(?P<base>{_PART}*)"
)
# `D:Output/run`, relative to where the drive stands: only as the whole text, since `c:1/2` and `Ch:A/B` are no paths.
_RELATIVE = re.compile(
    rf"\A\s*[A-Z]:(?P<folders>[A-Za-z_][\w .\-]{{2,}}[\\/]+(?:{_PART}+[\\/]+)*)(?P<base>{_PART}*)\s*\Z"
)
# What is left of `C:\\Users\\jdoe\\x` where a line was split at its first colon.
_WITHOUT_DRIVE = re.compile(
    rf"(?<![\w\\])\\(?=(?:Users|Documents and Settings|Benutzer|Profiles)\\)"
    rf"(?P<folders>(?:{_PART}+\\+)+)(?P<base>{_PART}*)"
)
_ROOTS = (
    "home|Users|mnt|media|Volumes|data|data\\d+|nfs|net|scratch|srv|var|tmp|root|private|export|exports|gpfs|lustre|"
    "opt|work|proj|project|projects|group|groups|cluster|run|share|shares|storage|archive|afs|beegfs|ceph|usr|etc"
)
# Spaces within a POSIX folder name are believed only where another separator follows.
_POSIX = re.compile(
    rf"(?:file://|(?<![\w.:/\\]))/(?=(?:{_ROOTS})/)(?P<folders>(?:[^/\r\n\t\x00:\"'<>|=;,]+/)*)(?P<base>[^/\s\x00:\"'<>|;,]*)"
)
_HOME = re.compile(r"~(?P<account>[A-Za-z_][\w.\-]*)/|(?<![\w/])~/(?=\w)")
_ACCOUNT = re.compile(r"(?:^|[\\/])(?:Users|home|Documents and Settings|Benutzer|Profiles)[\\/]+([^\\/]+)", re.I)
_EMAIL = re.compile(
    r"(?:mailto:)?(?<![\w.+%\-])[\w.+%\-]{1,64}@(?:[\w\-]+\.)+[A-Za-z]{2,24}(?![\w@])"
    r"|(?<![\w.+%\-])[\w.+%\-]{1,64}@[\w\-]{2,63}\.(?:local|lan|corp|intern)(?![\w@])"
)
_URL = re.compile(
    r"\b[A-Za-z][A-Za-z0-9+.\-]{1,15}://(?P<user>[^\s/@\"'<>]+@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/:?#\"'<>]+)[^\s\"'<>]*"
)
_PRIVATE_HOST = re.compile(r".*\.(?:local|lan|internal|intranet|intra|corp|home|private|localdomain)\.?|[^.]+", re.I)
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*[0-9A-Fa-f]{2})(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_VERSION_BEFORE = re.compile(r"(?:version|ver\.?|v|release|build|software|firmware|driver)\W{0,3}$", re.I)
_ADDRESS_BEFORE = re.compile(r"(?:\bip|address|addr|host|server|gateway|dns)\W{0,4}$", re.I)
_MAC = re.compile(r"(?<![\w:\-])(?:[0-9A-Fa-f]{2}([:\-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:\-])")
_UUID1 = re.compile(
    r"(?<![0-9A-Fa-f\-])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-1[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}"
    r"(?![0-9A-Fa-f\-])"
)


@dataclass(frozen=True)
class Found:
    """A private value that a cleaner came upon."""

    value: str
    holds: Holds


def clean(text: str, cleaners: Sequence[str] = ()) -> tuple[str, list[Found]]:
    """Clean a text.

    Parameters
    ----------
    text : str
    cleaners : sequence of str
        Names of `CLEANERS`; none: all of them.

    Returns
    -------
    str, list of Found
        The cleaned text, and what was found in it.
    """
    found: list[Found] = []
    for name, cleaner in CLEANERS.items():
        if not cleaners or name in cleaners:
            text = cleaner(text, found)
    return text, found


def _paths(text: str, found: list[Found]) -> str:
    if "\\" not in text and "/" not in text:
        return text

    def base_of(match: "re.Match[str]") -> str:
        whole, base = match[0], match["base"]
        folders = whole[: len(whole) - len(base)]
        account = _ACCOUNT.search(whole)
        # `C:\Users\jdoe` ends in the account itself
        if account and account.end() >= len(whole.rstrip()):
            base = ""
        if account:
            found.append(Found(account[1].strip(), "account"))
        if "server" in match.re.groupindex and match["server"]:
            found.append(Found(match["server"], "host"))
        if match["folders"]:
            found.append(Found(folders.removeprefix("file://").rstrip("\\/"), "path"))
        return base or REMOVED

    for pattern in (_UNC, _WINDOWS, _RELATIVE, _WITHOUT_DRIVE, _POSIX):
        text = pattern.sub(base_of, text)
    return _HOME.sub(lambda match: _home(match, found), text)


def _home(match: "re.Match[str]", found: list[Found]) -> str:
    if match["account"]:
        found.append(Found(match["account"], "account"))
    return ""


def _emails(text: str, found: list[Found]) -> str:
    if "@" not in text:
        return text
    found += [Found(match[0].removeprefix("mailto:"), "email") for match in _EMAIL.finditer(text)]
    return _EMAIL.sub(REMOVED, text)


def _urls(text: str, found: list[Found]) -> str:
    if "://" not in text:
        return text

    def public_part(match: "re.Match[str]") -> str:
        user, host = match["user"], match["host"]
        if _PRIVATE_HOST.fullmatch(host) or _address(host.strip("[]")) is not None:
            found.append(Found(host, "host"))
            found.append(Found(match[0], "text"))
            return REMOVED
        if user:
            found.append(Found(user.rstrip("@").partition(":")[0], "account"))
            return match[0].replace(user, "", 1)
        return match[0]

    return _URL.sub(public_part, text)


def _address(text: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _ips(text: str, found: list[Found]) -> str:
    def replace(match: "re.Match[str]") -> str:
        address = _address(match[0])
        if address is None or address.is_loopback or address.is_unspecified:
            return match[0]
        before = text[: match.start()]
        if isinstance(address, ipaddress.IPv4Address) and not _ADDRESS_BEFORE.search(before):
            first = int(match[0].partition(".")[0])
            if _VERSION_BEFORE.search(before) or (first <= LARGEST_VERSION and not address.is_private):
                return match[0]
        found.append(Found(match[0], "host"))
        return REMOVED

    if text.count(".") >= 3:
        text = _IP4.sub(replace, text)
    return _IP6.sub(replace, text) if text.count(":") >= 3 else text


def _macs(text: str, found: list[Found]) -> str:
    found += [Found(match[0], "identifier") for match in _MAC.finditer(text)]
    return _MAC.sub(REMOVED, text)


def _uuid1(text: str, found: list[Found]) -> str:
    found += [Found(match[0], "identifier") for match in _UUID1.finditer(text)]
    return _UUID1.sub(lambda match: consistent_uuid(match[0]), text)


def consistent_uuid(value: str) -> str:
    """Give the UUID that stands for another: the same for the same, of version 5."""
    return str(uuid.uuid5(_NAMESPACE, value.casefold()))


CLEANERS: dict[str, Callable[[str, list[Found]], str]] = {
    "urls": _urls,
    "emails": _emails,
    "paths": _paths,
    "uuid1": _uuid1,
    "macs": _macs,
    "ips": _ips,
}
"""In the order they run: a URL holds what others would take for an address or a path."""
