"""How large sources on remote storage are, asked before a run is planned: shards and forecast go by it.

One listing for each remote folder. What cannot be learnt counts as nothing here; the job that fetches says why.
"""

from collections.abc import Iterable

from fixative.findings import RefusedSample
from fixative.models import SampleRow
from fixative.remote import rclone
from fixative.remote.address import Address, address_of

MOST_FOLDERS = 200
"""That are asked about: a sheet over more of them is planned without sizes."""

_known: dict[str, int] = {}


def ask_sizes(rows: Iterable[SampleRow]) -> None:
    """Ask for the sizes of the files that rows name on remote storage; `bytes_on_remote` tells them."""
    folders: dict[Address, set[str]] = {}
    for row in rows:
        for text in filter(None, (row.remote, *row.remote_sidecars.values())):
            if text not in _known:
                address = address_of(text)
                folders.setdefault(address.parent, set()).add(address.name)
    if folders and len(folders) <= MOST_FOLDERS:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=4) as several:
            for found in several.map(_sizes_in, folders.items()):
                _known.update(found)


def bytes_on_remote(row: SampleRow) -> int:
    """Bytes of the files that a row names on remote storage, as far as they were asked for."""
    return sum(_known.get(text, 0) for text in filter(None, (row.remote, *row.remote_sidecars.values())))


def _sizes_in(asked: tuple[Address, set[str]]) -> dict[str, int]:
    folder, names = asked
    try:
        files = rclone.list_files(folder, name=folder.name, only=sorted(names), details=False)
    except RefusedSample:
        return {}
    return {str(folder.joined(file.path)): max(0, file.bytes) for file in files}
