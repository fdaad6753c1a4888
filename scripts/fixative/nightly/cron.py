"""The line for a crontab, or the units for systemd, that run every night (``python -m fixative.nightly.cron``)."""

import argparse
import re
import shlex
import sys
from collections.abc import Sequence

from fixative.nightly.options import located
from fixative.places import PROJECT

SCRIPT = PROJECT / "scripts/nightly.sh"


def cron_line(command: Sequence[str], hour: int, minute: int) -> str:
    """Compose the line; cron takes a percent sign for the end of a line, even within quotes."""
    return f"{minute} {hour} * * *  {shlex.join(command)}".replace("%", r"\%")


def systemd_units(command: Sequence[str], hour: int, minute: int) -> str:
    """Compose ``fixative.service`` and ``fixative.timer``, each under a line that names it."""
    return f"""\
# /etc/systemd/system/fixative.service
[Unit]
Description=Fixative: archive what is new, audit what is due
Wants=network-online.target
After=network-online.target remote-fs.target

[Service]
Type=oneshot
User=fixative
ExecStart={" ".join(map(_unit_word, command))}
# 75: the night before is still at work. 1: somebody has to look, and the summary says at what.
SuccessExitStatus=75
Nice=10
TimeoutStartSec=infinity

# /etc/systemd/system/fixative.timer
[Unit]
Description=Fixative, every night

[Timer]
OnCalendar=*-*-* {hour:02d}:{minute:02d}:00
Persistent=true

[Install]
WantedBy=timers.target
"""


def _unit_word(word: str) -> str:
    """Quote a word for a unit file, where % and $ speak (systemd.service(5), "Command lines")."""
    plain = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./$-]+", plain, re.ASCII):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _time(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"not a time of day: {text!r}; expected HH:MM, as in 01:15")
    return int(found[1]), int(found[2])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the line or the units."""
    parser = argparse.ArgumentParser(prog="python -m fixative.nightly.cron", description=__doc__)
    parser.add_argument("--work", type=located, required=True)
    parser.add_argument("--configfile", type=located)
    parser.add_argument("--archive", type=located)
    parser.add_argument("--sheet", type=located)
    parser.add_argument("--root", type=located, action="append", default=[])
    parser.add_argument("--at", type=_time, default=(1, 15), help="time of day, local: HH:MM (default 01:15)")
    parser.add_argument("--systemd", action="store_true", help="a service and a timer instead of a crontab line")
    asked = parser.parse_args(arguments)
    command = ["/bin/sh", str(SCRIPT), "--work", str(asked.work)]
    for name in ("configfile", "archive", "sheet"):
        if value := getattr(asked, name):
            command += [f"--{name}", str(value)]
    for root in asked.root:
        command += ["--root", str(root)]
    text = systemd_units(command, *asked.at) if asked.systemd else cron_line(command, *asked.at)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
