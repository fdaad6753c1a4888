"""What a run is expected to come to, and what would not fit."""

import json
import os
import shutil
from types import SimpleNamespace

import pytest

from fixative.forecast import EXPERIENCE, admit, expect, forecast, source_bytes
from fixative.settings import Settings
from ome_sources import row_of

DAY_S = 86_400


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def sample(tmp_path):
    """Make a source of so many bytes and so many days; returns its row."""

    def make(name, size, days=0, **columns):
        path = tmp_path / name
        path.write_bytes(bytes(size))
        os.utime(path, (1e9 - days * DAY_S, 1e9 - days * DAY_S))
        return row_of(path, **columns).model_copy(update={"sample_id": path.stem})

    return make


def learned(results, **entries):
    content = {f".{ending}": triples for ending, triples in entries.items()}
    (results / EXPERIENCE).write_text(json.dumps(content))


@pytest.fixture
def disk(monkeypatch):
    """Let every disk have so many bytes free."""

    def free(size):
        monkeypatch.setattr(
            shutil, "disk_usage", lambda place: SimpleNamespace(total=10 * size, used=9 * size, free=size)
        )

    return free


def of(tmp_path, **settings):
    return Settings(archive_root=tmp_path / "archive", **settings)


def test_it_goes_by_earlier_sources_of_the_same_ending(results, sample):
    learned(results, czi=[[1000, 500, 2.0], [1000, 700, 4.0], [1000, 600, 3.0]], svs=[[1000, 9000, 50.0]])

    czi, svs = expect(results, [sample("a.czi", 2000), sample("b.svs", 2000)])

    assert (czi.bytes, czi.seconds) == (1200, 6.0)
    assert (svs.bytes, svs.seconds) == (18_000, 100.0)


def test_an_ending_that_was_never_met_goes_by_all_others(results, sample):
    learned(results, czi=[[1000, 500, 2.0]])

    (expected,) = expect(results, [sample("a.nd2", 4000)])

    assert expected.bytes == 2000


def test_damaged_experience_is_forgotten(results, sample):
    (results / EXPERIENCE).write_text('{".czi": [[0, 1')

    (expected,) = expect(results, [sample("a.czi", 4000)])

    assert expected.bytes == 4000


def test_the_whole_set_counts_as_the_scan_has_it(sample):
    row = sample("a.oif", 10, extra={"bytes": "5000"})

    assert source_bytes(row) == 5000


def test_a_folder_counts_with_all_that_is_in_it(tmp_path):
    store = tmp_path / "a.zarr"
    (store / "0").mkdir(parents=True)
    (store / "0/0.0").write_bytes(bytes(700))
    (store / ".zgroup").write_bytes(bytes(30))

    assert source_bytes(row_of(store)) == 730


def test_the_oldest_go_first_where_not_all_fit(tmp_path, results, sample, disk):
    disk(3000)
    rows = [sample("young.tif", 1000, days=1), sample("old.tif", 1000, days=9), sample("middle.tif", 1000, days=5)]

    fits, refused = admit(expect(results, rows), of(tmp_path, disk_reserve_bytes=500), tmp_path / "staging")

    assert [one.row.sample_id for one in fits] == ["old", "middle"]
    assert [(one.expected.row.sample_id, one.reason.code) for one in refused] == [("young", "RUN003")]


def test_a_small_one_still_goes_where_a_large_one_does_not_fit(tmp_path, results, sample, disk):
    disk(3000)
    rows = [sample("large.tif", 4000, days=9), sample("small.tif", 1000)]

    fits, refused = admit(expect(results, rows), of(tmp_path), tmp_path / "staging")

    assert [one.row.sample_id for one in fits] == ["small"]
    assert "the archive" in refused[0].reason.message


def test_an_original_that_is_kept_takes_room_as_well(tmp_path, results, sample, disk):
    disk(3000)
    expected = expect(results, [sample("a.tif", 2000)])

    without, _ = admit(expected, of(tmp_path), tmp_path)
    kept, _ = admit(expected, of(tmp_path, keep_original=True), tmp_path)

    assert (len(without), len(kept)) == (1, 0)


def test_the_sum_is_over_what_fits_and_by_the_cores_there_are(tmp_path, results, sample):
    learned(results, tif=[[1000, 500, 2.0]])
    fits, refused = admit(
        expect(results, [sample("a.tif", 2000), sample("b.tif", 2000)]), of(tmp_path), tmp_path / "staging"
    )

    summed = forecast(fits, refused, archive_root=tmp_path / "archive", cores=2)

    assert (summed.samples, summed.source_bytes, summed.bytes, summed.seconds) == (2, 4000, 2000, 4.0)
