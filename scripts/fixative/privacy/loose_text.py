"""Texts that no rule selects: names of keys, what libraries said, names of files in the dump."""

from collections.abc import Iterable, Mapping

from fixative.models import MetadataDump
from fixative.privacy.cleaners import CLEANERS, Found, clean
from fixative.privacy.policy import Policy
from fixative.privacy.scrub import Scrubber
from fixative.privacy.slots import TreeDocument


def public_dump(
    dump: MetadataDump, trees: Iterable[TreeDocument], names: Mapping[str, str], policy: Policy, scrubber: Scrubber
) -> MetadataDump:
    """Give the dump with the edited trees, the public names of its files, and its messages cleaned."""
    sources = tuple(
        source.model_copy(update={"tree": tree.content(), "file": names.get(source.file, scrubber.text(source.file))})
        for source, tree in zip(dump.sources, trees, strict=True)
    )
    tried = tuple(
        trial.model_copy(update={"error": _clean_message(trial.error, policy, scrubber)}) for trial in dump.tried
    )
    notes = tuple(_clean_message(note, policy, scrubber) for note in dump.notes)
    return dump.model_copy(update={"sources": sources, "tried": tried, "notes": notes})


def clean_name(name: str, policy: Policy) -> tuple[str, list[Found]]:
    """Clean the key of a dict, for which no rule speaks: the policy's default goes for it.

    The paths within an HDF5 file (``/data/raw``) are no paths of a computer.
    """
    if policy.default == "K":
        return name, []
    inside = name.startswith("/") and not name.startswith(("/home/", "/Users/"))
    return clean(name, [cleaner for cleaner in CLEANERS if not (inside and cleaner == "paths")])


def _clean_message(message: str, policy: Policy, scrubber: Scrubber) -> str:
    """Clean what a library said, which may name files: no rule selects it, so the default goes for it."""
    return message if policy.default == "K" else scrubber.text(clean(message)[0])
