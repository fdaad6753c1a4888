"""The search of a batch report for private values: all of it, or what of it is new since the report before."""

import uuid
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from fixative.privacy.search import machine_secrets
from fixative.privacy.secrets import Secret
from fixative.report.entry import Entry
from fixative.report.kept_entries import KeptEntries, text_of_entry
from fixative.report.known_values import in_order, values_in_texts
from fixative.report.values_before import ValuesBefore
from fixative.report.withhold import secrets_of_sample


class PrivateValues:
    """Which private values of any sample stand in the report.

    Every text is searched for every value. Of a text and a value that the report before was searched for already,
    neither of which has changed since, the answer is known: it was no, or nothing would have been kept.

    Parameters
    ----------
    work
        The work folder.
    kept
        Entries of the report before, asked for each sample of the batch.
    entries
        The samples of the batch.
    """

    def __init__(self, work: Path, kept: KeptEntries, entries: Sequence[Entry]) -> None:
        self._work, self._kept, self._entries = work, kept, entries
        # A value that a sample shared with one that has changed may be known by the latter only.
        self._before = ValuesBefore(work, "" if kept.outdated else kept.token)

    def found(self, others: Sequence[str]) -> list[Secret]:
        """Give the values that stand in the report; ``others``: what it says besides the samples' entries."""
        known = self._kept.texts if self._before.usable else {}
        fresh = [entry for entry in self._entries if entry.shown.sample_id not in known]
        texts = [*others, *map(text_of_entry, fresh)]
        if not known:
            return values_in_texts(texts, chain(machine_secrets(), self._values_of(fresh)))
        values = list(self._values_of(fresh))
        earlier = (self._of(sample) for sample in self._before.samples_in(texts))
        shown = values_in_texts(texts, chain(machine_secrets(), values, *earlier))
        new = [secret for secret in values if not self._before.knows(secret.value)]
        return in_order((*shown, *values_in_texts(list(known.values()), new)))

    def keep(self, *, nothing_withheld: bool) -> None:
        """Keep entries and values for the next report, or nothing where a value was found."""
        if nothing_withheld:
            token = uuid.uuid4().hex
            self._kept.write(self._entries, token)
            self._before.write(token)
        else:
            self._kept.forget()
            self._before.forget()

    def _values_of(self, entries: Sequence[Entry]) -> Iterator[Secret]:
        for entry in entries:
            secrets = self._of(entry.shown.sample_id)
            if self._kept.keeps(entry):
                yield from self._before.noting(entry.shown.sample_id, secrets)
            else:
                yield from secrets

    def _of(self, sample: str) -> tuple[Secret, ...]:
        return secrets_of_sample(self._work, sample)
