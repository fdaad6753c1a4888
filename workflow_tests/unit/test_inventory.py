"""The inventory: what a sample's source is, file by file, before anything is made of it."""

import hashlib
import os
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.inventory import ensure_unchanged, take_inventory
from fixative.models import Inventory, SampleRow


def row(source, *sidecars):
    return SampleRow(line=2, sample_id="A", source=source, dataset="d", privacy_policy="p", sidecars=tuple(sidecars))


def refusal(source, *sidecars):
    with pytest.raises(RefusedSample) as refused:
        take_inventory(row(source, *sidecars))
    return refused.value


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "cell 50% [α] #1.tif"
    tifffile.imwrite(path, np.arange(600, dtype="u2").reshape(20, 30))
    return path


@pytest.fixture
def large(tmp_path):
    """An image of 16 MB."""
    path = tmp_path / "large.tif"
    tifffile.imwrite(path, np.zeros((2048, 4096), "u2"))
    return path


def bytes_read():
    """Bytes that this process has read so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


@contextmanager
def being_written(path):
    """Append to a file again and again."""
    done = threading.Event()

    def append():
        while not done.is_set():
            with path.open("ab") as stream:
                stream.write(b"more")

    writer = threading.Thread(target=append)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


@pytest.fixture
def store(tmp_path):
    """A Zarr store with one chunk."""
    folder = tmp_path / "a.ome.zarr"
    (folder / "0").mkdir(parents=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text('{"multiscales": [{"datasets": [{"path": "0"}]}]}')
    (folder / "0" / ".zarray").write_text('{"zarr_format": 2, "shape": [10], "chunks": [10], "dtype": "|u1"}')
    (folder / "0" / "0").write_bytes(bytes(10))
    return folder


def test_a_file_is_recorded_with_its_digests_and_its_state(image):
    found = take_inventory(row(image))

    (file,) = found.files
    assert (file.name, file.role, file.bytes) == (image.name, "main", image.stat().st_size)
    assert file.sha256 == hashlib.sha256(image.read_bytes()).hexdigest()
    assert (file.mtime_ns, file.inode) == (image.stat().st_mtime_ns, image.stat().st_ino)
    assert found.completeness.checked


def test_the_digest_of_the_set_is_over_digests_and_names_sorted_by_name(image, tmp_path):
    sidecar = tmp_path / "a.txt"
    sidecar.write_text("x")

    found = take_inventory(row(image, sidecar))

    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in (sidecar, image)]
    assert found.fileset_sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_record_survives_being_written_and_read(image):
    found = take_inventory(row(image))

    assert Inventory.model_validate_json(found.model_dump_json()) == found


def test_the_inventory_reads_a_file_once(large):
    before = bytes_read()

    take_inventory(row(large))

    assert bytes_read() - before < 1.2 * large.stat().st_size


def test_sidecars_come_last_and_keep_their_names_apart(image, tmp_path):
    elsewhere = tmp_path / "notes" / image.name
    elsewhere.parent.mkdir()
    elsewhere.write_text("same name, another folder")
    beside = tmp_path / "notes.txt"
    beside.write_text("x")

    found = take_inventory(row(image, beside, elsewhere))

    assert [file.role for file in found.files] == ["main", "sidecar", "sidecar"]
    assert [file.name for file in found.files] == [image.name, "notes.txt", f"notes/{image.name}"]


def test_a_sidecar_from_outside_the_folder_goes_by_its_own_name(image, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("other") / image.name
    elsewhere.write_text("x")

    found = take_inventory(row(image, elsewhere))

    assert found.files[1].name == f"sidecar-0/{image.name}"


def test_a_folder_is_a_source_with_every_file_in_it(store):
    found = take_inventory(row(store))

    assert [file.name for file in found.files] == [".zattrs", ".zgroup", "0/.zarray", "0/0"]
    assert found.opens == store


def test_a_file_opens_as_itself(image):
    assert take_inventory(row(image)).opens == image


def test_the_source_is_not_touched(image):
    before = (image.read_bytes(), image.stat().st_mtime_ns, image.stat().st_ctime_ns)

    take_inventory(row(image))

    assert (image.read_bytes(), image.stat().st_mtime_ns, image.stat().st_ctime_ns) == before


def test_a_missing_source_is_refused(tmp_path):
    assert refusal(tmp_path / "absent.tif").code == "INV001"


def test_a_source_below_a_file_is_missing(image):
    assert refusal(image / "absent.tif").code == "INV001"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_source_is_refused(image):
    image.chmod(0)

    assert refusal(image).code == "INV002"


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop.tif").symlink_to("loop.tif")

    assert refusal(tmp_path / "loop.tif").code == "INV002"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.tif")

    assert refusal(tmp_path / "pipe.tif").code == "INV002"


def test_an_empty_source_is_refused(tmp_path):
    (tmp_path / "empty.tif").touch()

    assert refusal(tmp_path / "empty.tif").code == "INV009"


def test_a_missing_sidecar_is_refused(image, tmp_path):
    refused = refusal(image, tmp_path / "absent.xml")

    assert (refused.code, refused.places["name"]) == ("INV008", "absent.xml")


def test_an_unknown_format_is_refused(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))

    assert refusal(tmp_path / "a.bin").code == "INV003"


def test_a_shortened_source_is_refused(image):
    image.write_bytes(image.read_bytes()[:-100])

    assert refusal(image).code == "INV004"


def test_a_source_that_changes_while_it_is_digested_is_refused(large):
    with being_written(large):
        refused = refusal(large)

    assert (refused.code, refused.places["what"]) == ("INV007", "size differs")


def test_an_unchanged_set_passes_again(image):
    assert ensure_unchanged(take_inventory(row(image))) is None


def test_a_file_of_equal_size_put_in_its_place_is_a_change(image, tmp_path):
    found = take_inventory(row(image))
    state = image.stat()
    (tmp_path / "new").write_bytes(bytes(len(image.read_bytes())))
    os.utime(tmp_path / "new", ns=(state.st_atime_ns, state.st_mtime_ns))
    (tmp_path / "new").replace(image)

    with pytest.raises(RefusedSample, match="INV007"):
        ensure_unchanged(found)


def test_a_file_that_is_gone_is_a_change(image):
    found = take_inventory(row(image))
    image.unlink()

    with pytest.raises(RefusedSample, match="INV007"):
        ensure_unchanged(found)


def test_a_file_added_to_a_store_is_a_change(store):
    found = take_inventory(row(store))
    (store / "0" / "1").write_bytes(b"new")

    with pytest.raises(RefusedSample, match="INV007"):
        ensure_unchanged(found)
