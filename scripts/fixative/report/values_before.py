"""Private values that the report before was searched for, so that what stood in it is not searched for them again.

A night brings some new samples. Their texts are searched for every value; texts that were there before only for those
values that are new. For that, the values of samples whose entries are kept (`report.kept_entries`) are known here by
hashes, each once. The value itself stands where it always did, in its sample's ``private`` folder, and is read again
where its first and its last letters both stand in a new text.
"""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fixative.files import write_bytes
from fixative.privacy.secrets import Secret, folded
from fixative.report.known_values import end_runs, runs_of, spellings

NAME = "results/report_values.npz"
_LENGTHS = (4, 8)
"""Letters of a run: of values that are shorter than eight, and of the others."""
_VALUE = np.dtype([("key", "<u8"), ("first", "<u4"), ("last", "<u4"), ("length", "<u4"), ("sample", "<u4")])
_BATCH = 50_000


class ValuesBefore:
    """Values of the samples whose entries were kept.

    Parameters
    ----------
    work
        The work folder.
    token
        What the kept entries are known by: values that belong to others are not used.
    """

    def __init__(self, work: Path, token: str) -> None:
        self._path = work / NAME
        self._samples: list[str] = []
        self._values = np.zeros(0, _VALUE)
        self._pending: dict[int, tuple[str, int]] = {}
        self._met: set[str] = set()
        self.usable = self._read(token)
        self._known = frozenset(self._values["key"].tolist())
        self._noted: set[int] = set()

    def knows(self, value: str) -> bool:
        """Whether a value was looked for in the texts of the kept entries."""
        return all(_key(folded(spelling)) in self._known for spelling in spellings(value))

    def samples_in(self, texts: Sequence[str]) -> list[str]:
        """Give the samples of which a value may stand in one of some texts."""
        text = "\n".join(texts)
        may = self._values["length"] < _LENGTHS[0]
        for length, which in zip(_LENGTHS, self._by_length(self._values["length"]), strict=True):
            values = self._values[which]
            runs = np.unique(runs_of(text, length))
            may[which] |= np.isin(values["first"], runs) & np.isin(values["last"], runs)
        return [self._samples[number] for number in np.unique(self._values["sample"][may])]

    def noting(self, sample: str, secrets: Iterable[Secret]) -> Iterator[Secret]:
        """Pass on the values of a sample whose entry will be kept, and note those that are not known yet."""
        number = len(self._samples)
        self._samples.append(sample)
        for secret in secrets:
            if secret.value not in self._met:
                self._met.add(secret.value)
                for key in map(folded, spellings(secret.value)):
                    hashed = _key(key)
                    if hashed not in self._known and hashed not in self._noted:
                        self._noted.add(hashed)
                        self._pending[hashed] = key, number
            yield secret
        if len(self._pending) >= _BATCH:
            self._take_in()
            self._met.clear()

    def write(self, token: str) -> None:
        """Keep what is known for the next report, closed to others as the values are."""
        self._take_in()
        stream = io.BytesIO()
        named = np.frombuffer(json.dumps([token, self._samples]).encode(), np.uint8)
        np.savez(stream, named=named, values=self._values)
        write_bytes(self._path, stream.getvalue(), 0o600, durable=False)

    def forget(self) -> None:
        """Keep nothing."""
        self._path.unlink(missing_ok=True)

    def _read(self, token: str) -> bool:
        try:
            with np.load(self._path, allow_pickle=False) as arrays:
                known, samples = json.loads(arrays["named"].tobytes())
                values = arrays["values"]
        except (OSError, ValueError, KeyError, EOFError):
            return False
        if not token or known != token or values.dtype != _VALUE:
            return False
        self._samples, self._values = list(samples), values
        return True

    def _take_in(self) -> None:
        """Turn the values that were noted into hashes."""
        made = np.zeros(len(self._pending), _VALUE)
        keys = [key for key, _ in self._pending.values()]
        made["key"] = list(self._pending)
        made["sample"] = [number for _, number in self._pending.values()]
        made["length"] = [len(key) for key in keys]
        for length, which in zip(_LENGTHS, self._by_length(made["length"]), strict=True):
            if which.any():
                made["first"][which], made["last"][which] = end_runs(
                    [keys[at] for at in np.flatnonzero(which)], length
                )
        self._values = np.concatenate([self._values, made])
        self._pending.clear()

    @staticmethod
    def _by_length(lengths: npt.NDArray[np.uint32]) -> list[npt.NDArray[np.bool_]]:
        short, long = _LENGTHS
        return [(lengths >= short) & (lengths < long), lengths >= long]


def _key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
