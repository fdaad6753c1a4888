"""The memory of a scan: what has not changed is not read again, and no memory makes a verdict wrong."""

import json
import os
import shutil
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.files import digest_file, write_json
from fixative.inventory import take_inventory
from fixative.models import SampleRow
from fixative.scan import scan_storage
from fixative.scan_memory import read_memory
from fixative.scan_sealed import CHANGED, SEALED, Sealed
from fixative.sealed import sealed_sets

PADDING = 3_000_000


class Remembered:
    """A storage, an archive, and scans that remember; each scan a minute after the one before."""

    def __init__(self, folder):
        self.root, self.archive, self.work = folder / "data", folder / "archive", folder / "work"
        self.root.mkdir()
        self.memory = self.work / "seen.json"
        self.now = time.time() + 100_000

    def tiff(self, name, value=1):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, np.full((20, 30), value, "u2"))
        with path.open("ab") as stream:
            stream.write(bytes(PADDING))
        return path

    def seal(self, source, sample="s", *, receipt=False):
        """Put an object into the archive that says what it was made from."""
        inventory = take_inventory(
            SampleRow(line=2, sample_id=sample, source=source, dataset="d", privacy_policy="p")
        )
        folder = self.archive / "d" / sample
        files = [{"role": file.role, "bytes": file.bytes, "sha256": file.sha256} for file in inventory.files]
        said = {"source": {"fileset_sha256": inventory.fileset_sha256, "files": files}}
        write_json(folder / f"data/{sample}.ome.tiff.provenance.json", said)
        if receipt:
            others = dict.fromkeys(("policy_sha256", "manifest_sha256"), "0" * 64)
            facts = {"source": str(source), "object": f"d/{sample}", "sealed": "x", "bytes": 1, "planes": 1}
            content = facts | others | {"fileset_sha256": inventory.fileset_sha256}
            write_json(self.work / "samples" / sample / "sealed.json", content)
        return folder

    def scan(self):
        self.now += 60
        memory = read_memory(self.memory, self.now)
        sealed = Sealed(memory.sealed_sets(self.archive), self.archive, self.work / "samples")
        result = scan_storage([self.root], quiet_period_s=30, sealed=sealed, now=self.now, memory=memory)
        memory.save(self.memory)
        return result

    def reasons(self):
        return [skipped.reason for skipped in self.scan().skipped]


@pytest.fixture
def storage(tmp_path):
    return Remembered(tmp_path)


def bytes_read(action):
    """Bytes that this process has read for an action."""
    before = int(Path("/proc/self/io").read_text().split()[1])
    action()
    return int(Path("/proc/self/io").read_text().split()[1]) - before


def test_a_sealed_file_that_has_not_changed_is_not_read_again(storage):
    storage.seal(storage.tiff("a.tif"))

    first, second = bytes_read(storage.scan), bytes_read(storage.scan)

    assert first > PADDING
    assert second < 100_000
    assert storage.reasons() == [SEALED]


def test_a_file_that_changed_is_read_again_though_size_and_time_are_the_same(storage):
    path = storage.tiff("a.tif")
    storage.seal(path)
    storage.scan()
    state = path.stat()
    with path.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"\x01")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert storage.reasons() == [CHANGED]


def test_an_object_that_is_gone_makes_its_source_new_again(storage):
    folder = storage.seal(storage.tiff("a.tif"))
    assert storage.reasons() == [SEALED]
    shutil.rmtree(folder)

    result = storage.scan()

    assert (len(result.samples), result.skipped) == (1, ())


def test_an_object_that_stands_in_the_place_of_another_is_read(storage):
    folder = storage.seal(storage.tiff("a.tif", 1))
    storage.scan()
    shutil.rmtree(folder)
    storage.seal(storage.tiff("b.tif", 2))

    result = storage.scan()

    assert [sample.source.name for sample in result.samples] == ["a.tif"]


def test_objects_that_have_not_changed_are_not_opened_again(storage):
    folder = storage.seal(storage.tiff("a.tif"))
    storage.scan()
    (provenance,) = folder.glob("data/*.provenance.json")
    provenance.write_text("{}")

    assert storage.reasons() == [SEALED]
    assert sealed_sets(storage.archive) == {}


def test_a_source_that_changed_after_sealing_is_told_and_not_archived(storage):
    path = storage.tiff("a.tif")
    storage.seal(path)
    storage.scan()
    storage.tiff("a.tif", 2).write_bytes(path.read_bytes() + b"longer")

    first, second = storage.scan(), storage.scan()

    assert [skipped.reason for skipped in first.skipped] == [CHANGED]
    assert (first.samples, second.samples, second.skipped) == ((), (), first.skipped)


def test_a_source_that_changed_is_known_by_its_receipt_where_there_is_no_memory(storage):
    path = storage.tiff("a.tif")
    (sample,) = storage.scan().samples
    storage.seal(path, sample.sample_id, receipt=True)
    storage.tiff("a.tif", 2)
    storage.memory.unlink()

    assert storage.reasons() == [CHANGED]


def test_a_receipt_says_sealed_where_the_object_says_nothing_any_more(storage):
    path = storage.tiff("a.tif")
    (sample,) = storage.scan().samples
    folder = storage.seal(path, sample.sample_id, receipt=True)
    shutil.rmtree(folder / "data")

    assert storage.reasons() == [SEALED]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace("tiff", "tifg", 1),
        lambda text: "",
        lambda text: "\n".join(["0" * 64, "[]"]),
    ],
)
def test_a_damaged_memory_is_none(storage, damage):
    storage.seal(storage.tiff("a.tif"))
    storage.scan()
    storage.memory.write_text(damage(storage.memory.read_text()))

    assert read_memory(storage.memory, storage.now).files == {}
    assert storage.reasons() == [SEALED]


def test_what_changed_a_moment_before_the_look_is_not_trusted(storage):
    path = storage.tiff("a.tif")
    storage.seal(path)
    storage.now = path.stat().st_ctime - 59
    memory = storage.memory

    result = scan_storage(
        [storage.root],
        quiet_period_s=-60,
        sealed=sealed_sets(storage.archive),
        now=storage.now + 60,
        memory=(kept := read_memory(memory, storage.now + 60)),
    )

    assert [skipped.reason for skipped in result.skipped] == [SEALED]
    assert (kept.files, kept.sets) == ({}, {})


def test_a_set_is_digested_again_when_one_of_its_members_changed(storage):
    header = "NRRD0004\ntype: uint8\ndimension: 2\nsizes: 4 4\nencoding: raw\ndata file: a.raw\n\n"
    main = storage.root / "a.nhdr"
    main.write_text(header)
    (storage.root / "a.raw").write_bytes(bytes(16))
    storage.seal(main)
    assert storage.reasons() == [SEALED]
    (storage.root / "a.raw").write_bytes(bytes(range(16)))

    assert storage.reasons() == [CHANGED]


def test_a_set_that_gained_a_member_is_not_taken_for_the_one_that_was_alone(storage):
    main = storage.root / "a.mrc"
    main.write_bytes(header_of_mrc())
    storage.scan()
    (storage.root / "a.mrc.mdoc").write_text("PixelSpacing = 1\n")

    (sample,) = storage.scan().samples

    assert sample.bytes == sum(path.stat().st_size for path in storage.root.iterdir())


def test_a_store_is_read_again_when_one_of_its_files_changed(storage):
    store = storage.root / "a.zarr"
    layout = {"zarr_format": 2, "shape": [10, 10], "chunks": [10, 10], "dtype": "|u1", "order": "C"}
    write_json(store / ".zarray", {**layout, "compressor": None, "filters": None, "fill_value": 0})
    (store / "0.0").write_bytes(b"a" * 100)
    storage.seal(store)
    sealed = storage.reasons()
    (store / "0.0").write_bytes(b"b" * 100)

    assert (sealed, storage.reasons()) == ([SEALED], [CHANGED])


def test_what_is_not_met_for_a_night_is_remembered(storage):
    storage.seal(storage.tiff("a.tif"))
    storage.scan()
    storage.root.rename(storage.root.with_name("unmounted"))
    storage.scan()
    storage.root.with_name("unmounted").rename(storage.root)

    assert bytes_read(storage.scan) < 100_000


def test_another_version_of_the_code_tells_formats_anew_and_keeps_digests(storage):
    storage.tiff("a.tif")
    storage.seal(storage.root / "a.tif")
    storage.scan()
    content = json.loads(storage.memory.read_text().split("\n")[1])
    assert list(content["files"]) == list(content["sets"]) == [str(storage.root / "a.tif")]

    rewritten = json.dumps({**content, "code": "another"}, separators=(",", ":")).encode()
    storage.memory.write_bytes(sha256(rewritten).hexdigest().encode() + b"\n" + rewritten + b"\n")
    memory = read_memory(storage.memory, storage.now)

    assert (memory.files, list(memory.sets)) == ({}, [str(storage.root / "a.tif")])


def test_the_memory_is_for_its_owner_alone(storage):
    storage.tiff("a.tif")
    storage.scan()

    assert storage.memory.stat().st_mode & 0o777 == 0o600


def test_one_relative_path_in_two_roots_keeps_two_names_though_one_is_sealed(tmp_path):
    one, other = (cell_in(tmp_path / name, value) for value, name in enumerate(("one", "other")))
    now = time.time() + 100_000
    both = scan_storage([one, other], quiet_period_s=0, sealed={}, now=now)
    sealed = {(one / "cell.tif").stat().st_size: {digest_file(one / "cell.tif").sha256}}

    later = scan_storage([one, other], quiet_period_s=0, sealed=sealed, now=now)

    assert [sample.sample_id for sample in later.samples] == [both.samples[1].sample_id]


def cell_in(root, value):
    """A storage of one image, the same name in each."""
    root.mkdir()
    tifffile.imwrite(root / "cell.tif", np.full((20, 30), value, "u2"))
    return root


def header_of_mrc():
    """A density map of 4 x 4 pixels."""
    header = np.zeros(256, "<i4")
    header[:3], header[3], header[52] = (4, 4, 1), 0, 0x2050414D
    header[7:10], header[16:19] = (4, 4, 1), (1, 2, 3)
    header[53] = 0x4144
    return header.tobytes() + bytes(16)
