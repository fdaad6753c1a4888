"""Policies: rules (`fixative.privacy.rules`) loaded from YAML, with what they extend, in order."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from fixative.checked_yaml import parse_yaml
from fixative.findings import RefusedSample
from fixative.privacy.rules import DatesChoice, ImageAction, Letter, PolicyFile, Rule, SerialsChoice
from fixative.privacy.select import Selector


class Policy:
    """A policy with everything it extends resolved; ask it with `rule_for`."""

    def __init__(self, files: tuple[PolicyFile, ...], sha256: str) -> None:
        """``files``: the policy itself first, then what it extends, in order."""
        self.name = files[0].name
        self.version = files[0].version
        self.description = files[0].description
        self.sha256 = sha256
        self.strict: bool = _first(files, "strict", False)
        self.default: Letter = _first(files, "default", "C")
        self.dates: DatesChoice = _first(files, "dates", "keep")
        self.serial_numbers: SerialsChoice = _first(files, "serial_numbers", "keep")
        self.embedded: bool = _first(files, "embedded", True)
        self.original_metadata: bool = _first(files, "original_metadata", False)
        self.key_file: Path | None = _first(files, "key_file", None)
        self.subject: tuple[str, ...] = _first(files, "subject", ("sheet:/subject", "sheet:/sample_id"))
        self.burnt_in: Literal["flag", "refuse"] = _first(files, "burnt_in", "flag")
        self.approval: Literal["none", "required"] = _first(files, "approval", "none")
        self._images = [file.associated_images for file in files if file.associated_images]
        self.rules = _resolved(files)
        self._selector = Selector((rule.select, rule.value) for rule in self.rules)
        self._parts = [number for number, rule in enumerate(self.rules) if not getattr(rule, "whole", False)]
        self._of_parts = Selector((self.rules[number].select, self.rules[number].value) for number in self._parts)

    @property
    def needs_key(self) -> bool:
        """Whether a rule makes pseudonyms or shifts dates."""
        return any(rule.action == "P" or (rule.action == "S" and rule.how == "shift") for rule in self.rules)

    def image_action(self, kind: Literal["label", "macro", "thumbnail"]) -> ImageAction:
        """Say what becomes of an associated image: as the nearest policy that names its kind says."""
        for images in self._images:
            action: ImageAction | None = getattr(images, kind)
            if action is not None:
                return action
        return "keep" if kind == "thumbnail" else "drop"

    def rule_for(self, key: str, value: object) -> "Rule | None":
        """Give the first rule that selects ``key`` (and ``value``), or None."""
        number = self.number_for(key, value)
        return None if number is None else self.rules[number]

    def number_for(self, key: str, value: object) -> int | None:
        """Give the place of that rule among `rules`, or None."""
        return self._selector.first(key, value)

    def number_within(self, key: str, value: object) -> int | None:
        """Give the place of the first rule that does not take things away as a whole, or None."""
        number = self._of_parts.first(key, value)
        return None if number is None else self._parts[number]


def _resolved(files: tuple[PolicyFile, ...]) -> tuple[Rule, ...]:
    """Put the rules of a policy and of those it extends in order.

    A rule comes before those of the extended policy (after them, where it says ``last``) and replaces the one
    of the same id. A rule that selects nothing itself speaks of the keys of that one, in its place.
    """
    rules: list[Rule] = []
    for file in reversed(files):
        known = {rule.id: place for place, rule in enumerate(rules)}
        for rule in file.rules:
            if not rule.selects and rule.id in known:
                old = rules[known[rule.id]]
                rules[known[rule.id]] = rule.model_copy(update={"select": old.select, "value": old.value})
        own = {rule.id for rule in file.rules if rule.selects}
        inherited = [rule for rule in rules if rule.id not in own]
        first = [rule for rule in file.rules if rule.selects and not rule.last]
        last = [rule for rule in file.rules if rule.selects and rule.last]
        rules = [*first, *inherited, *last]
    without = {rule.id for file in files for rule in file.rules} - {rule.id for rule in rules}
    if without:
        names = ", ".join(sorted(without))
        raise RefusedSample("SAN003", reason=f"{files[0].name}: rules without `select` or `value`: {names}")
    return tuple(rules)


def _first(files: tuple[PolicyFile, ...], field: str, default: Any) -> Any:
    """Give the field of the first file that states it."""
    return next((getattr(file, field) for file in files if getattr(file, field) is not None), default)


def load_policy(name: str, folder: Path) -> Policy:
    """Load a shipped policy by its name, or one by the path of its YAML file.

    Raises
    ------
    RefusedSample
        SAN003, with every problem of the file (and of those it extends) in one message.
    """
    contents: list[tuple[str, bytes]] = []
    seen: set[Path] = set()
    wanted: str | None = name
    near = folder
    while wanted is not None:
        path = _locate(wanted, near, folder)
        if path in seen:
            raise RefusedSample("SAN003", reason=f"{path.name}: extends itself")
        seen.add(path)
        contents.append((path.name, _content(path)))
        wanted, near = _parsed(*contents[-1]).extends, path.parent
    return _policy(tuple(contents))


@lru_cache(maxsize=16)
def _policy(contents: tuple[tuple[str, bytes], ...]) -> Policy:
    """Make a policy of its files once for all samples of a job; a file that changes meanwhile counts at once."""
    digest = hashlib.sha256(b"".join(content for _, content in contents))
    return Policy(tuple(_parsed(name, content) for name, content in contents), digest.hexdigest())


def _locate(name: str, *folders: Path) -> Path:
    """Find a policy file: a path, or a name in one of the folders."""
    if name.endswith((".yaml", ".yml")):
        candidates = [Path(name), *(folder / name for folder in folders)]
    else:
        candidates = [folder / f"{name}.yaml" for folder in folders]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    shipped = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
    raise RefusedSample("SAN003", reason=f"no policy {Path(name).name!r}; there are {', '.join(shipped) or 'none'}")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedSample("SAN003", reason=f"{path.name}: {error.strerror}") from error


@lru_cache(maxsize=64)
def _parsed(name: str, content: bytes) -> PolicyFile:
    try:
        parsed = parse_yaml(content)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise RefusedSample("SAN003", reason=f"{name}: {reason}") from error
    if not isinstance(parsed, dict):
        raise RefusedSample("SAN003", reason=f"{name}: expected a mapping")
    try:
        return PolicyFile.model_validate(parsed)
    except ValidationError as error:
        problems = list(_problems(error, parsed))
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise RefusedSample("SAN003", reason=f"{name}: {len(problems)} problems{lines}") from error


def _problems(error: ValidationError, parsed: dict[str, Any]) -> Iterator[str]:
    """One line a problem, naming a rule by its id rather than its number."""
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        if len(place) > 1 and place[0] == "rules" and place[1].isdigit():
            rules = parsed["rules"]
            rule = rules[int(place[1])] if isinstance(rules, list) else None
            name = rule.get("id") if isinstance(rule, dict) else None
            place[0:2] = [f"rule {name or place[1]}"]
        yield f"{'.'.join(place) or 'file'}: {problem['msg']}"
