"""What an audit finds in one object: every kind of damage, with the file named."""

import os
import random
import sys
import tempfile
from pathlib import Path

import pytest

from audits import Kept, codes, notes, states, swap
from fixative.audit.check import check_copy
from fixative.audit.pace import Pace
from objects import as_nobody, flip_bit, unlock


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A")
    return archive


def test_a_whole_object_is_good(kept):
    result = kept.audit()

    assert result.sound
    assert states(result) == {("set1/A", "archive"): "good"}


FILES = (
    "data/A.ome.tiff",
    "data/A.ome.tiff.pixels.json",
    "data/premis.xml",
    "manifest-sha256.txt",
    "manifest-sha512.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha512.txt",
    "bagit.txt",
    "bag-info.txt",
)


@pytest.mark.parametrize("path", FILES)
def test_a_flipped_bit_is_found_and_its_file_named(kept, path):
    flip_bit(kept.opened(path))
    kept.shut()

    result = kept.audit()

    assert states(result) == {("set1/A", "archive"): "damaged"}
    assert path in notes(result)
    assert not result.sound


@pytest.mark.parametrize("path", FILES)
def test_a_truncated_file_is_found_and_named(kept, path):
    place = kept.opened(path)
    os.truncate(place, place.stat().st_size - 1)
    kept.shut()

    result = kept.audit()

    assert states(result)["set1/A", "archive"] == "damaged"
    assert path in notes(result)


@pytest.mark.parametrize("path", FILES)
def test_a_missing_file_is_found_and_named(kept, path):
    kept.opened(path).unlink()
    kept.shut()

    result = kept.audit()

    assert states(result)["set1/A", "archive"] == "damaged"
    assert path in notes(result)


def test_swapped_files_are_named_with_each_other(kept):
    swap(kept.opened("data/A.ome.tiff"), kept.object() / "data/premis.xml")
    kept.shut()

    result = kept.audit()

    assert "AUD003" in codes(result)
    assert "data/premis.xml holds the bytes of data/A.ome.tiff" in notes(result)
    assert "data/A.ome.tiff holds the bytes of data/premis.xml" in notes(result)


def test_a_renamed_file_is_named_with_its_new_name(kept):
    kept.opened("data/premis.xml").rename(kept.object() / "data/premis-old.xml")
    kept.shut()

    result = kept.audit()

    assert "AUD004" in codes(result)
    assert "data/premis.xml is found under the name data/premis-old.xml" in notes(result)


@pytest.mark.parametrize("path", ["extra.txt", "data/extra.txt", "data/.hidden"])
def test_a_file_that_does_not_belong_is_named(kept, path):
    kept.opened(path).write_bytes(b"x")
    kept.shut()

    result = kept.audit()

    assert states(result)["set1/A", "archive"] == "damaged"
    assert path in notes(result)


@pytest.mark.parametrize(
    ("path", "mode", "told"),
    [
        ("data/A.ome.tiff", 0o644, "data/A.ome.tiff changed: expected 0444, found 0644"),
        ("manifest-sha256.txt", 0o400, "manifest-sha256.txt changed: expected 0444, found 0400"),
        ("data", 0o755, "data changed: expected 0555, found 0755"),
        (".", 0o755, "the object's folder changed: expected 0555, found 0755"),
    ],
)
def test_a_changed_mode_is_a_finding_and_no_damage(kept, path, mode, told):
    (kept.object() / path).chmod(mode)

    result = kept.audit()

    assert states(result)["set1/A", "archive"] == "unlocked"
    assert codes(result) == {"AUD002"}
    assert told in notes(result)
    assert not result.sound


def flips_found(folder, count):
    """Flip one bit, anywhere, look, and flip it back; counts how often it was found and its file named."""
    files = [path for path in sorted(unlock(folder).rglob("*")) if path.is_file()]
    chance, found = random.Random(20261121), 0
    for _ in range(count):
        path = chance.choice(files)
        content = path.read_bytes()
        changed = bytearray(content)
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        told = check_copy(folder, copy="archive", pace=Pace(), modes=False)
        found += told.state == "damaged" and path.relative_to(folder).as_posix() in told.note
        path.write_bytes(content)
    return found


def test_a_hundred_random_flips_are_all_found_and_their_files_named(kept):
    assert flips_found(kept.object(), 100) == 100


def test_a_file_that_may_not_be_read_is_not_called_damaged(repository):
    program = (
        "import sys; from pathlib import Path; from fixative.audit.check import check_copy;"
        "from fixative.audit.pace import Pace;"
        "print(check_copy(Path(sys.argv[1]), copy='archive', pace=Pace(), modes=False).state)"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        kept = Kept(Path(folder))
        kept.seal("A")
        kept.opened("data/README.md").chmod(0o600)

        run = as_nobody([sys.executable, "-c", program, kept.object()], repository / "scripts")

    assert run.stdout == "not readable\n"


def test_damage_is_told_before_modes(kept):
    flip_bit(kept.opened("data/A.ome.tiff"))

    assert notes(kept.audit()).startswith("[VER004] damaged: data/A.ome.tiff")


def test_modes_are_not_asked_where_the_file_system_keeps_none(kept):
    unlock(kept.object())

    assert kept.audit(full=True, modes=False).sound


@pytest.mark.parametrize("path", ["data/premis.xml", "tagmanifest-sha512.txt"])
def test_a_link_in_the_place_of_a_file_is_found_though_it_leads_to_the_same_bytes(kept, tmp_path, path):
    place = kept.opened(path)
    (tmp_path / "elsewhere").write_bytes(place.read_bytes())
    place.unlink()
    place.symlink_to(tmp_path / "elsewhere")
    kept.shut()

    result = kept.audit()

    assert states(result)["set1/A", "archive"] == "damaged"
    assert path in notes(result)


def test_a_link_in_the_place_of_an_object_is_found(kept, tmp_path):
    kept.audit()
    kept.object().rename(tmp_path / "A")
    kept.object().symlink_to(tmp_path / "A")

    assert states(kept.audit(2))["set1/A", "archive"] == "damaged"


def test_an_object_without_any_file_of_a_bag_is_damaged(kept):
    kept.audit()
    unlock(kept.object()).rename(kept.folder / "away")
    kept.object().mkdir()

    assert states(kept.audit(2))["set1/A", "archive"] == "damaged"


def test_a_whole_bag_in_the_place_of_another_is_found_by_the_catalogue(kept):
    kept.seal("B")
    kept.audit()
    swap(kept.object("A"), kept.object("B"))

    result = kept.audit(2)

    assert set(states(result).values()) == {"other"}
    assert codes(result) == {"AUD005"}


def test_with_decoding_the_log_says_that_planes_were_decoded(kept):
    result = kept.audit(full=True, decode=True)

    assert result.sound
    assert "every plane decoded" in kept.log().read_text()


def test_reading_pays_for_every_byte_before_it_reads_more(kept):
    time = {"now": 0.0}
    pace = Pace(1000, clock=lambda: time["now"], sleep=lambda seconds: time.__setitem__("now", time["now"] + seconds))

    result = kept.audit(pace=pace)

    read = [path for path in kept.object().rglob("*") if path.is_file() and not path.name.startswith("tagmanifest")]
    assert result.bytes == sum(path.stat().st_size for path in read)
    # What was read last is paid for by who reads next.
    assert time["now"] >= (result.bytes - pace.block_bytes) / 1000


def test_a_slow_pace_reads_in_small_blocks():
    assert Pace(1e6).block_bytes == 250_000
    assert Pace(None).block_bytes == 4 * 1024 * 1024
