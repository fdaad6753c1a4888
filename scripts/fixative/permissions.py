"""Who owns what is archived, and what the process leaves to others: `permissions` of the configuration.

What holds private values keeps its modes (0600, 0700) whatever the umask, and a sealed object is 0444 and 0555:
others are kept out of an archive by the mode of its root.
"""

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from fixative.files import umask
from fixative.findings import BadBatch
from fixative.sections import Permissions


@dataclass(frozen=True)
class Owner:
    """Account and group that sealed objects are given to; -1: those of the account that runs Fixative."""

    user: int = -1
    group: int = -1

    def give(self, folder: Path) -> None:
        """Give a folder and all that is below it to the owner; links themselves, not what they point to."""
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                self.give_one(Path(place, name))
        self.give_one(folder)

    def give_one(self, path: Path) -> None:
        """Give one path to the owner, and nothing below it."""
        if (self.user, self.group) != (-1, -1):
            os.chown(path, self.user, self.group, follow_symlinks=False)


def set_umask(permissions: Permissions) -> None:
    """Set the umask of this process and of all that it starts."""
    os.umask(int(permissions.umask, 8))
    umask.cache_clear()


def owner_of(permissions: Permissions) -> Owner:
    """Look the names up on this machine.

    Raises
    ------
    BadBatch
        Where a name is not known here, or this account may not give files to it; all problems at once.
    """
    problems = []
    user = group = -1
    if permissions.owner is not None:
        try:
            user = pwd.getpwnam(permissions.owner).pw_uid
        except KeyError:
            problems.append(f"permissions.owner: no account {permissions.owner!r} on this machine")
        else:
            if os.geteuid() not in (0, user):
                problems.append(f"permissions.owner: only root can give files to {permissions.owner!r}")
    if permissions.group is not None:
        try:
            group = grp.getgrnam(permissions.group).gr_gid
        except KeyError:
            problems.append(f"permissions.group: no group {permissions.group!r} on this machine")
        else:
            if os.geteuid() != 0 and group not in (os.getegid(), *os.getgroups()):
                problems.append(f"permissions.group: this account is no member of {permissions.group!r}")
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise BadBatch("\n  ".join([f"configuration: {count}", *problems]))
    return Owner(user, group)
