"""The scan: which samples a storage holds, as a sheet that the chain takes as it is."""

import json
import os
import re
import shutil
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.files import digest_file
from fixative.inventory import take_inventory
from fixative.scan import scan_storage, write_sheet, write_skipped
from fixative.sealed import sealed_sets
from fixative.sheet import IDENTIFIER, read_sheet

NOW = time.time()
LONG_AGO = NOW - 100_000


class Storage:
    """A storage root to fill."""

    def __init__(self, root):
        self.root = root
        self.pixels = 0

    def tiff(self, name, *, age=LONG_AGO):
        self.pixels += 1
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, np.full((20, 30), self.pixels, "u2"))
        os.utime(path, (age, age))
        return path

    def file(self, name, content=b"text", *, age=LONG_AGO):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (age, age))
        return path

    def scan(self, *roots, sealed=None):
        return scan_storage(roots or [self.root], quiet_period_s=3600, sealed=sealed or {}, now=NOW)

    def names(self):
        return [sample.source.relative_to(self.root).as_posix() for sample in self.scan().samples]

    def reasons(self):
        return {skipped.path.name: skipped.reason for skipped in self.scan().skipped}


def bytes_read():
    """Bytes that this process has read so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


@contextmanager
def growing(path):
    """Append to a file again and again, and give it an old time each time."""
    done = threading.Event()

    def append():
        while not done.is_set():
            with path.open("ab") as stream:
                stream.write(b"more")
            os.utime(path, (LONG_AGO, LONG_AGO))

    writer = threading.Thread(target=append)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


@pytest.fixture
def storage(tmp_path):
    root = tmp_path / "storage"
    root.mkdir()
    return Storage(root)


def test_images_are_found_by_content_and_others_are_listed_with_the_reason(storage):
    storage.tiff("a/cell.tif").rename(storage.root / "a" / "cell.dat")
    storage.file("a/fake.tif", b"not an image at all")

    assert storage.names() == ["a/cell.dat"]
    assert "fake.tif" in storage.reasons()


def test_the_sheet_is_one_that_the_chain_takes(storage, tmp_path):
    storage.tiff("set one/cell 1;x.tif")
    storage.tiff('set one/"quoted" ü.tif')
    storage.file("set one/notes.txt")
    result = storage.scan()

    rows = read_sheet(write_sheet(result, tmp_path / "sheet.tsv"), dataset="d", privacy_policy="p")

    assert [row.source for row in rows] == [sample.source for sample in result.samples]
    assert {row.dataset for row in rows} == {"set-one"}
    assert rows[0].extra.keys() == {"identifier", "format", "bytes"}


def test_an_empty_scan_still_writes_its_header(storage, tmp_path):
    sheet = write_sheet(storage.scan(), tmp_path / "sheet.tsv")

    assert sheet.read_text().split("\t")[:2] == ["sample_id", "source"]


@pytest.mark.parametrize(
    "sidecar", ["cell.xml", "cell.TXT", "cell.tif.json", "cell_metadata.txt", "CELL.csv", "cell.yaml"]
)
def test_a_text_of_the_same_stem_is_a_sidecar(storage, sidecar):
    storage.tiff("cell.tif")
    path = storage.file(sidecar)

    (sample,) = storage.scan().samples

    assert sample.sidecars == (path,)


@pytest.mark.parametrize("other", ["cell2.xml", "ce.txt", "sub/cell.xml", "cell.md"])
def test_a_text_of_another_stem_or_folder_is_not(storage, other):
    storage.tiff("cell.tif")
    storage.file(other)

    (sample,) = storage.scan().samples

    assert sample.sidecars == ()


def test_members_of_a_set_are_no_samples_of_their_own(storage):
    storage.file("a.oif", b"[Version Info]\nSystemName=FLUOVIEW\n")
    storage.tiff("a.oif.files/s_C001.tif")
    storage.tiff("b.tif")

    assert storage.names() == ["a.oif", "b.tif"]


def test_a_companion_leads_its_set(storage):
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image><Pixels SizeX="8" SizeY="8" '
        'SizeZ="2" SizeC="1" SizeT="1" DimensionOrder="XYZCT">'
        '<TiffData FirstZ="0"><UUID FileName="a-Z0.tif">u</UUID></TiffData>'
        '<TiffData FirstZ="1"><UUID FileName="a-Z1.tif">v</UUID></TiffData></Pixels></Image></OME>'
    )
    storage.file("z.companion.ome", xml.encode())
    storage.tiff("a-Z0.tif")
    storage.tiff("a-Z1.tif")

    assert storage.names() == ["z.companion.ome"]


def test_a_set_with_a_missing_member_stays_in_the_sheet_so_that_it_is_refused_by_name(storage):
    storage.file("a.oif", b"[Version Info]\nSystemName=FLUOVIEW\n")

    assert storage.names() == ["a.oif"]


def test_a_zarr_store_is_one_sample(storage):
    storage.file("a.zarr/.zattrs", b'{"multiscales": []}')
    storage.file("a.zarr/.zgroup", b'{"zarr_format": 2}')
    storage.file("a.zarr/0/0")
    os.utime(storage.root / "a.zarr", (LONG_AGO, LONG_AGO))

    assert storage.names() == ["a.zarr"]


def test_a_young_file_is_still_being_written(storage):
    storage.tiff("young.tif", age=NOW - 10)

    assert storage.names() == []
    assert storage.reasons()["young.tif"].startswith("still being written")


@pytest.mark.parametrize("young", ["cell.xml", "a.oif.files/s.tif"])
def test_a_young_sidecar_or_member_holds_its_sample_back(storage, young):
    storage.tiff("cell.tif")
    storage.file("a.oif", b"[Version Info]\nSystemName=FLUOVIEW\n")
    storage.tiff("a.oif.files/r.tif")
    storage.file(young, age=NOW - 10)

    assert len(storage.names()) == 1


def test_a_file_that_grows_is_still_being_written_however_old_it_says_it_is(storage):
    path = storage.tiff("a.tif")
    [shutil.copy2(path, path.with_name(f"b{number}.tif")) for number in range(200)]

    with growing(path):
        reasons = storage.reasons()

    assert reasons["a.tif"].startswith("still being written")


def test_what_is_sealed_with_the_same_digest_is_left_out(storage):
    path = storage.tiff("a.tif")
    sealed = {path.stat().st_size: {digest_file(path).sha256}}

    result = storage.scan(sealed=sealed)

    assert (result.samples, [skipped.reason for skipped in result.skipped]) == ((), ["sealed already"])


def test_what_has_the_size_of_a_sealed_file_but_other_content_is_a_sample(storage):
    path = storage.tiff("a.tif")

    assert len(storage.scan(sealed={path.stat().st_size: {"0" * 64}}).samples) == 1


def test_nothing_is_digested_where_no_size_matches(storage):
    path = storage.tiff("a.tif")
    path.write_bytes(path.read_bytes() + bytes(8_000_000))
    os.utime(path, (LONG_AGO, LONG_AGO))
    before = bytes_read()

    result = storage.scan(sealed={1: {"0" * 64}})

    assert len(result.samples) == 1
    assert bytes_read() - before < 1_000_000


def test_a_set_is_sealed_by_the_digest_of_the_set_and_not_of_its_main_file(storage):
    main = storage.file("a.oif", b"[Version Info]\nSystemName=FLUOVIEW\n")
    storage.tiff("a.oif.files/s_C001.tif")
    size, digest = main.stat().st_size, digest_file(main).sha256

    assert len(storage.scan(sealed={size: {digest}}).samples) == 1


def test_a_sealed_set_is_left_out_by_the_digest_that_its_inventory_gave(storage, tmp_path):
    header = b"NRRD0004\ntype: uint8\ndimension: 2\nsizes: 4 4\nencoding: raw\ndata file: a.raw\n\n"
    main = storage.file("a.nhdr", header)
    storage.file("a.raw", bytes(range(16)))
    sheet = write_sheet(storage.scan(), tmp_path / "sheet.tsv")
    (row,) = read_sheet(sheet, dataset="d", privacy_policy="p")

    sealed = {main.stat().st_size: {take_inventory(row).fileset_sha256}}

    assert storage.scan(sealed=sealed).samples == ()


@pytest.mark.parametrize(
    ("others", "digest"),
    [([], "main"), (["sidecar"], "main"), (["member"], "set"), (["member", "sidecar"], "set")],
)
def test_what_is_sealed_is_read_from_the_objects_themselves(tmp_path, others, digest):
    files = [{"role": role, "bytes": 7, "sha256": "main"} for role in ["main", *others]]
    provenance = tmp_path / "dataset" / "sample" / "data" / "sample.ome.tiff.provenance.json"
    provenance.parent.mkdir(parents=True)
    provenance.write_text(json.dumps({"source": {"fileset_sha256": "set", "files": files}}))

    assert sealed_sets(tmp_path) == {7: {digest}}


def test_an_object_without_readable_provenance_hides_nothing(tmp_path):
    provenance = tmp_path / "dataset" / "sample" / "data" / "sample.ome.tiff.provenance.json"
    provenance.parent.mkdir(parents=True)
    provenance.write_text('{"source": {"files": []}}')

    assert sealed_sets(tmp_path) == {}


def test_equal_names_in_different_folders_have_distinct_identifiers(storage):
    storage.tiff("a/cell.tif")
    storage.tiff("b/cell.tif")

    samples = storage.scan().samples

    assert len({sample.sample_id for sample in samples}) == len({sample.identifier for sample in samples}) == 2


def test_identifiers_do_not_depend_on_what_else_is_there_or_where_the_root_is(storage, tmp_path):
    storage.tiff("a/cell.tif")
    (alone,) = storage.scan().samples
    storage.tiff("a/cell2.tif")
    moved = storage.root.rename(tmp_path / "moved")

    later = storage.scan(moved).samples[0]

    assert (later.sample_id, later.identifier) == (alone.sample_id, alone.identifier)
    assert uuid.UUID(alone.identifier).version == 5


@pytest.mark.parametrize(
    "name", ["-rf.tif", "ü.tif", "日本.tif", "a b (c) [d] 50%.tif", "." * 3 + "x.tif", "x" * 200 + ".tif"]
)
def test_every_identifier_names_a_folder_on_any_file_system(storage, name):
    storage.tiff(f"data/{name}").rename(storage.root / "data" / name.lstrip("."))

    (sample,) = storage.scan().samples

    assert re.fullmatch(IDENTIFIER, sample.sample_id)
    assert len(sample.sample_id) <= 128


def test_one_relative_path_in_two_roots_gives_two_samples(storage, tmp_path):
    other = Storage(tmp_path / "other")
    storage.tiff("cell.tif")
    other.tiff("cell.tif")

    samples = storage.scan(storage.root, other.root).samples

    assert len({sample.sample_id for sample in samples}) == 2


def test_a_root_within_a_root_gives_each_file_once(storage):
    storage.tiff("a/cell.tif")

    assert len(storage.scan(storage.root, storage.root / "a").samples) == 1


@pytest.mark.parametrize(
    "name", [b"tab\there.tif", b"line\nbreak.tif", b"latin-\xe4.tif", b"cr\r.tif", b"blank.tif "]
)
def test_a_name_that_a_sheet_cannot_hold_is_left_out_with_the_reason(storage, tmp_path, name):
    storage.tiff("a.tif").rename(storage.root / os.fsdecode(name))
    result = storage.scan()

    table = write_skipped(result, tmp_path / "skipped.tsv").read_text()

    assert result.samples == ()
    assert "rename it" in table


def test_links_are_not_followed(storage, tmp_path):
    outside = Storage(tmp_path / "outside")
    outside.tiff("secret.tif")
    (storage.root / "folder").symlink_to(outside.root)
    (storage.root / "link.tif").symlink_to(outside.root / "secret.tif")
    (storage.root / "loop").symlink_to(storage.root)

    assert storage.names() == []


@pytest.mark.parametrize("name", [".hidden.tif", ".git/a.tif", "$RECYCLE.BIN/a.tif", "@eaDir/a.tif", "a.tif.part"])
def test_hidden_system_and_temporary_files_are_passed_over(storage, name):
    storage.tiff("real.tif").rename(storage.root / "real2.tif")
    storage.file(name, (storage.root / "real2.tif").read_bytes())

    assert storage.names() == ["real2.tif"]


def test_a_scan_is_the_same_each_time(storage, tmp_path):
    storage.tiff("b/2.tif")
    storage.tiff("a/10.tif")
    storage.tiff("a/9.tif")

    first = write_sheet(storage.scan(), tmp_path / "1.tsv").read_bytes()

    assert write_sheet(storage.scan(), tmp_path / "2.tsv").read_bytes() == first


def test_a_missing_root_is_reported(storage):
    result = storage.scan(storage.root / "absent")

    assert [skipped.reason for skipped in result.skipped] == ["source root not found"]


def test_the_folder_below_the_root_is_the_dataset(storage):
    storage.tiff("direct.tif")
    storage.tiff("Müller lab/2026/cell.tif")

    assert [sample.dataset for sample in storage.scan().samples] == ["Muller-lab", ""]


@pytest.mark.parametrize("mark", ["bagit.txt", ".run.lock"])
def test_what_fixative_has_written_itself_is_not_taken_for_new(storage, mark):
    storage.file(f"archive/mice/A/{mark}")
    storage.tiff("archive/mice/A/data/A.ome.tiff")

    assert storage.names() == []
    assert list(storage.reasons()) == ["A"]
