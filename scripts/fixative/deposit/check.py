"""What keeps a data set from a repository: sizes, licence, privacy; told at once, before anything is written."""

from collections import Counter
from collections.abc import Iterator, Sequence

from fixative.deposit.dataset import Dataset, Sample
from fixative.deposit.licences import licence_of
from fixative.deposit.needs import Missing
from fixative.deposit.options import DepositOptions
from fixative.deposit.repositories import UPLOAD, Documents, Limits, Placed
from fixative.findings import RefusedSample
from fixative.verify.bag import completeness_findings

MOST_NAMED = 20
"""Samples that a finding names; of more it says how many."""


def preflight(
    dataset: Dataset,
    placed: Sequence[Placed],
    missing: Sequence[Missing],
    limits: Limits,
    options: DepositOptions,
    documents: Documents,
) -> list[RefusedSample]:
    """Say all that refuses the package; nothing is written.

    Of the objects, tag files and sizes are compared here; the files themselves are digested when they are linked.
    """
    return [
        *_sizes(placed, documents, limits),
        *_names(placed),
        *_licence(dataset, limits),
        *(_privacy(dataset, options) if limits.public else ()),
        *_required(missing, options),
        *_whole(dataset),
    ]


def advice(placed: Sequence[Placed], limits: Limits) -> Iterator[str]:
    """What the repository wants to be told first."""
    total = sum(each.file.bytes for each in placed)
    if limits.ask_bytes is not None and total > limits.ask_bytes:
        yield f"{total} bytes: {limits.title} wants to be asked early above {limits.ask_bytes}"
    large = [each for each in placed if limits.ask_file_bytes is not None and each.file.bytes > limits.ask_file_bytes]
    if large:
        yield f"{len(large)} files are larger than the {limits.ask_file_bytes} bytes that {limits.title} advises"


def named(samples: Sequence[str]) -> str:
    """Names of samples; of many, the first."""
    more = len(samples) - MOST_NAMED
    return ", ".join(samples[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _sizes(placed: Sequence[Placed], documents: Documents, limits: Limits) -> Iterator[RefusedSample]:
    """Compare what would be uploaded, README and tables among it, with what is taken."""
    own = [content for path, content in documents.items() if path.startswith(f"{UPLOAD}/")]
    total = sum(each.file.bytes for each in placed) + sum(map(len, own))
    if limits.max_bytes is not None and total > limits.max_bytes:
        yield RefusedSample("DEP004", found=total, limit=limits.max_bytes, repository=limits.title)
    if limits.max_files is not None and len(placed) + len(own) > limits.max_files:
        yield RefusedSample("DEP005", found=len(placed) + len(own), limit=limits.max_files, repository=limits.title)
    for each in placed:
        if limits.max_file_bytes is not None and each.file.bytes > limits.max_file_bytes:
            places = {"name": each.upload, "found": each.file.bytes, "limit": limits.max_file_bytes}
            yield RefusedSample("DEP006", repository=limits.title, **places)


def _names(placed: Sequence[Placed]) -> Iterator[RefusedSample]:
    """Two files under one name, on a file system or server that does not tell upper from lower case either."""
    counted = Counter(each.path.casefold() for each in placed)
    for each in placed:
        if counted.pop(each.path.casefold(), 1) > 1:
            yield RefusedSample("DEP011", name=each.upload)


def _licence(dataset: Dataset, limits: Limits) -> Iterator[RefusedSample]:
    stated = dataset.values("license")
    if len(stated) > 1:
        yield RefusedSample("DEP012", found=", ".join(stated), expected="one licence for all samples")
    for text in stated:
        known = licence_of(text)
        if limits.licences and (known is None or known.spdx not in limits.licences):
            yield RefusedSample("DEP012", found=text, expected=" or ".join(limits.licences))


def _privacy(dataset: Dataset, options: DepositOptions) -> Iterator[RefusedSample]:
    by_policy: dict[str, list[str]] = {}
    for sample in dataset.samples:
        if sample.policy not in options.policies:
            by_policy.setdefault(sample.policy, []).append(sample.name)
    for policy, samples in by_policy.items():
        yield RefusedSample("DEP007", policy=policy, samples=named(samples))
    shown = [sample.name for sample in dataset.samples if _may_show_text(dataset, sample, options)]
    if shown:
        yield RefusedSample("DEP008", samples=named(shown))


def _may_show_text(dataset: Dataset, sample: Sample, options: DepositOptions) -> bool:
    seen = {sample.name, f"{dataset.name}/{sample.name}"} & set(options.pixels_seen)
    state = (sample.provenance["policy"].get("burnt_in") or {}).get("state")
    return state in ("stated", "likely") and not seen


def _required(missing: Sequence[Missing], options: DepositOptions) -> Iterator[RefusedSample]:
    required = [each for each in missing if each.level == "required"]
    if required and not options.allow_incomplete:
        fields = "; ".join(f"{each.field} (column {each.column})" for each in required)
        yield RefusedSample("DEP009", count=len(required), fields=fields)


def _whole(dataset: Dataset) -> Iterator[RefusedSample]:
    for sample in dataset.samples:
        findings = completeness_findings(sample.folder)
        if findings:
            yield RefusedSample("DEP003", object=sample.name, reason=findings[0].message)
