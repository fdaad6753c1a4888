"""``python -m fixative.vault``: check a vault, and prove what stood in an archived object.

Exit status of ``check``: 0 when everything is whole and closed, 1 when not, 2 when it could not be checked.
Of ``prove``: 0 when the value stood there, 1 when it did not, 2 when that cannot be said.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from fixative.vault.check import NotAVault, check_vault
from fixative.vault.key import KeyProblem, read_key
from fixative.vault.prove import CannotProve, prove


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    return _check(options) if options.command == "check" else _prove(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fixative.vault", description="The restricted side of an archive."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="compare each entry with its manifest, and look at all modes")
    check.add_argument("root", type=Path, metavar="VAULT_ROOT")
    prove_ = commands.add_parser("prove", help="say which keys of an object held exactly a value")
    prove_.add_argument("object", type=Path, metavar="OBJECT", help="folder of a sealed object")
    prove_.add_argument("--key-file", type=Path, required=True, metavar="FILE", help="the vault key")
    prove_.add_argument(
        "--value-file", type=Path, metavar="FILE", help="holds the value, UTF-8; without it: standard input"
    )
    prove_.add_argument(
        "--mapping", type=Path, metavar="FILE", help="the vault's mapping.json, for keys with very many values"
    )
    return parser


def _check(options: argparse.Namespace) -> int:
    try:
        report = check_vault(options.root)
    except NotAVault as reason:
        _say(f"not checked  {options.root}: {reason}")
        return 2
    for name, findings in report.entries.items():
        _say(f"{'damaged' if findings else 'whole':<11}  {name}", *(f"  {finding}" for finding in findings))
    _say(
        *(f"finding      {finding}" for finding in report.findings),
        *(f"note         {note}" for note in report.notes),
    )
    _say(f"entries: {len(report.entries)}, damaged: {sum(map(bool, report.entries.values()))}")
    return 0 if report.sound else 1


def _prove(options: argparse.Namespace) -> int:
    try:
        key = read_key(options.key_file)
        value = options.value_file.read_bytes() if options.value_file else sys.stdin.buffer.read()
        proof = prove(options.object.absolute(), key, value, options.mapping)
    except KeyProblem as problem:
        _say(f"not proven   key file: {problem}")
        return 2
    except CannotProve as reason:
        _say(f"not proven   {reason}")
        return 2
    except OSError as error:
        _say(f"not proven   the value cannot be read: {error.strerror}")
        return 2
    _say(*(f"held it      {line.key}  ({line.action}, rule {line.rule})" for line in proof.held))
    _say(*(f"not decided  {line.key}  (give --mapping with the vault's mapping.json)" for line in proof.undecided))
    _say(f"{len(proof.held)} keys held exactly this value, {len(proof.undecided)} not decided")
    return 0 if proof.held else 2 if proof.undecided else 1


def _say(*lines: str) -> None:
    """Print lines; what could drive a terminal is escaped."""
    for line in lines:
        plain = "".join(
            c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in line
        )
        sys.stdout.write(plain.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")


if __name__ == "__main__":
    sys.exit(main())
