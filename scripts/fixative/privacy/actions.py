"""What an action makes of a value."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from fixative.privacy import dates
from fixative.privacy.cleaners import Found, clean, consistent_uuid
from fixative.privacy.policy import Policy
from fixative.privacy.pseudonyms import Pseudonyms
from fixative.privacy.rules import Letter, Rule, RuleC, RuleD, RuleP, RuleS, RuleX
from fixative.privacy.secrets import folded
from fixative.privacy.slots import REMOVE

DEFAULT_RULE = "default"
_BESIDE = ("urls", "emails", "paths", "ips")
_UID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*)){2,}")
"""DICOM PS3.5, chapter 9; new ones are made of a UUID under 2.25, as its annex B.2 says."""


@dataclass(frozen=True)
class Result:
    """What stands in a slot afterwards, and what private values were found there."""

    value: Any
    letter: Letter
    found: tuple[Found, ...] = ()
    replacement: str | None = None
    """What stands for the value elsewhere too; None: it just goes."""


@dataclass(frozen=True)
class Actions:
    """Carries out the rules of a policy for one sample."""

    policy: Policy
    subject: str = ""
    pseudonyms: Pseudonyms | None = None

    def letter(self, rule: Rule | None) -> Letter:
        """Give the action a rule comes to, the policy's choices of dates and serial numbers made."""
        if rule is None:
            return self.policy.default
        if rule.choice is not None and getattr(self.policy, rule.choice) == "keep":
            return "K"
        if isinstance(rule, RuleS):
            how = self._how(rule)
            return "K" if how == "keep" else "X" if how == "remove" else "S"
        return rule.action

    def carry_out(self, rule: Rule | None, value: Any) -> Result:
        """Give the result for a value, by a rule or by the policy's default."""
        letter = self.letter(rule)
        if value is None or value == "":
            # nothing to take out, but where all goes the name goes too: a person may have made it up
            return Result(REMOVE, "X") if isinstance(rule, RuleX) and rule.whole else Result(value, "K")
        if letter == "K":
            return self._kept(rule, value)
        if letter == "C":
            names = rule.cleaners if isinstance(rule, RuleC) else ()
            if not isinstance(value, str):
                return Result(value, "C")
            cleaned, found = clean(value, names)
            return Result(cleaned, "C", tuple(found))
        removed = (Found(str(value), rule.holds if rule else "text"),)
        if letter == "X":
            return Result(REMOVE, "X", removed)
        if letter == "Z":
            return Result("" if isinstance(value, str) else None, "Z", removed)
        if isinstance(rule, RuleD):
            return Result(rule.dummy, "D", removed, rule.dummy)
        if isinstance(rule, RuleP):
            assert self.pseudonyms is not None
            token = self.pseudonyms.token(rule.domain, str(value))
            return Result(token, "P", removed, token)
        if isinstance(rule, RuleS):
            new = self._vague(self._how(rule), str(value))
            if new is None:
                return Result(REMOVE, "X", removed)
            return Result(new, "S", () if new == value else removed, new)
        new = consistent(str(value))
        return Result(new, "U", removed, new)

    def _kept(self, rule: Rule | None, value: Any) -> Result:
        """Keep a value; what a policy's choice keeps is a date or a serial number: no path, no address beside it."""
        if rule is None or rule.action == "K" or not isinstance(value, str):
            return Result(value, "K")
        cleaned, found = clean(value, _BESIDE)
        return Result(cleaned, "K" if cleaned == value else "C", tuple(found))

    def _how(self, rule: RuleS) -> str:
        return self.policy.dates if rule.how == "policy" else rule.how

    def _vague(self, how: str, value: str) -> str | None:
        if how == "year":
            return dates.year_only(value)
        assert self.pseudonyms is not None
        return dates.shifted(value, self.pseudonyms.days(self.subject))


def consistent(value: str) -> str:
    """Give what stands for a value under ``U``: a UUID for a UUID, a UID for a DICOM UID, else a short name."""
    if _UID.fullmatch(value):
        return f"2.25.{uuid.UUID(consistent_uuid(value)).int}"
    bare = value.removeprefix("urn:uuid:")
    try:
        uuid.UUID(bare)
    except ValueError:
        return f"id-{consistent_uuid(folded(value))[:13]}"
    return value[: len(value) - len(bare)] + consistent_uuid(bare)
