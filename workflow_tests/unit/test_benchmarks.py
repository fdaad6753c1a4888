"""The arithmetic of ``benchmarks/``; nothing is timed here."""

import json
import sys
from itertools import product
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """The modules of benchmarks/ have short names: they are forgotten after each test."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield
    for name in set(sys.modules) - before:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_the_median_is_taken_of_each_figure_by_itself():
    from measuring import Usage, median_of

    found = median_of([Usage(1, 30, 5, {"a": 1}), Usage(3, 10, 9, {"a": 5}), Usage(2, 20, 7, {})])

    assert found == Usage(2, 20, 7, {"a": 1})


@pytest.mark.parametrize(("value", "at_most", "verdict"), [(0.3, 0.3, "pass"), (0.31, 0.3, "fail"), (9, None, "")])
def test_a_bar_says_plainly_whether_it_is_reached(value, at_most, verdict):
    from results import Bar

    assert Bar("ratio", value, at_most).verdict == verdict


def test_a_line_through_two_sizes_gives_the_value_at_a_third():
    from cases.overhead import extrapolated

    assert extrapolated((500, 2000), [10.0, 25.0], 10_000) == pytest.approx(105.0)


def test_contenders_take_turns_and_one_that_fails_is_left_out():
    from measuring import CommandFailed, Usage
    from results import alternately

    called = []

    def good():
        called.append("good")
        return Usage(1, 1, 1)

    def bad():
        called.append("bad")
        raise CommandFailed("exit status 1")

    found = alternately({"good": good, "bad": bad}, runs=2)

    assert list(found) == ["good"]
    assert called == ["good", "bad", "good"]


def test_results_of_cases_that_were_not_run_again_are_kept_in_the_order_of_the_cases(tmp_path):
    from kept import merged, read_kept, write_kept
    from measuring import Usage
    from results import Result

    old, new = Result("scan", "search"), Result("stack", "420 MB")
    old.add("reading back", Usage(1.0, 2.0, 3.0, {"read": 1.0}))
    write_kept(tmp_path / "results.json", [old])

    found = merged(read_kept(tmp_path / "results.json"), [new], ["stack", "scan"])

    assert found == [new, old]


def test_the_confocal_planes_are_the_same_every_time_and_compress_as_real_ones_do():
    import imagecodecs
    import numpy as np
    from inputs import confocal_plane

    one, again = confocal_plane(3, 512, 512), confocal_plane(3, 512, 512)

    packed = imagecodecs.deflate_encode(imagecodecs.delta_encode(one, axis=1), 1)
    assert np.array_equal(one, again)
    assert 1.5 < one.nbytes / len(packed) < 2


def test_an_axis_of_a_plot_encloses_its_values():
    from plots import decades

    assert decades([420e6, 2.1e9]) == (8, 10)
    assert decades([10, 10]) == (1, 2)


def test_a_step_is_known_by_the_script_that_snakemake_copies():
    from contenders import step_of

    assert step_of("python /w/.snakemake/scripts/tmpab12.convert_to_ome_tiff.py") == "convert_to_ome_tiff"
    assert step_of("python -m snakemake -s Snakefile") == "snakemake"
    assert step_of("exiftool -stay_open") is None


def zarr_level(folder, shape, *, tile):
    """An array of Zarr 2 whose chunks hold a byte each."""
    folder.mkdir()
    blosc = {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1}
    chunks = [1] * (len(shape) - 2) + [tile, tile]
    (folder / ".zarray").write_text(json.dumps({"shape": shape, "chunks": chunks, "compressor": blosc}))
    for place in product(*(range(-(-length // size)) for length, size in zip(shape, chunks, strict=True))):
        chunk = folder.joinpath(*map(str, place))
        chunk.parent.mkdir(parents=True, exist_ok=True)
        chunk.write_bytes(b"1")


@pytest.fixture
def converted(tmp_path):
    """A folder with what a converter to OME-Zarr wrote: C 2, Z 3, Y 40, X 64, two levels, chunks of 16."""
    store = tmp_path / "converted" / "image.zarr"
    store.mkdir(parents=True)
    (store / ".zattrs").write_text(json.dumps({"multiscales": [{"version": "0.4"}]}))
    zarr_level(store / "0", (2, 3, 40, 64), tile=16)
    zarr_level(store / "1", (2, 3, 20, 32), tile=16)
    return store.parent


def test_what_a_converter_to_zarr_wrote_is_said_in_words(converted):
    from zarr_stores import described

    said = described(converted, (2, 3, 40, 64), levels=2, tile=16)

    assert said == "OME-Zarr 0.4, blosc lz4 5 with shuffle, chunks of 16 x 16, 2 levels down to 20 x 32, 0 MB"


def test_a_store_of_zarr_3_is_read_as_well(tmp_path):
    from zarr_stores import Level, read_level

    (tmp_path / "c" / "0").mkdir(parents=True)
    (tmp_path / "c" / "0" / "0").touch()
    zstd = {"name": "blosc", "configuration": {"cname": "zstd", "clevel": 3, "shuffle": "bitshuffle"}}
    grid = {"name": "regular", "configuration": {"chunk_shape": [16, 16]}}
    array = {"shape": [16, 16], "chunk_grid": grid, "codecs": [{"name": "bytes"}, zstd]}
    (tmp_path / "zarr.json").write_text(json.dumps(array))

    assert read_level(tmp_path) == Level((16, 16), (16, 16), "blosc zstd 3 with bitshuffle", 1)


def test_a_conversion_that_left_a_chunk_out_is_not_measured_as_a_fast_one(converted):
    from zarr_stores import UnlikePromise, described

    (converted / "image.zarr" / "0" / "1" / "2" / "0" / "3").unlink()

    with pytest.raises(UnlikePromise, match="level 0: expected 72 chunks, found 71"):
        described(converted, (2, 3, 40, 64), levels=2, tile=16)


def test_a_conversion_of_another_shape_is_not_measured(converted):
    from zarr_stores import UnlikePromise, described

    with pytest.raises(UnlikePromise, match="level 0: expected the shape"):
        described(converted, (2, 4, 40, 64), levels=2, tile=16)


def test_a_conversion_without_the_levels_that_were_asked_for_is_not_measured(converted):
    from zarr_stores import UnlikePromise, described

    with pytest.raises(UnlikePromise, match="expected 3 levels, found 0, 1"):
        described(converted, (2, 3, 40, 64), levels=3, tile=16)


def test_a_converter_that_writes_nothing_and_says_it_went_well_is_not_measured(tmp_path):
    from zarr_stores import UnlikePromise, described

    with pytest.raises(UnlikePromise, match="expected one store, found 0"):
        described(tmp_path, (2, 3, 40, 64), levels=2, tile=16)


def test_a_converter_that_cannot_be_installed_is_reported_and_the_others_are_measured(tmp_path):
    from zarr_converters import Converter, ZarrConversions

    absent = Converter(program="convert", package="absent", lock="no-such", into="--to")

    conversions = ZarrConversions(tmp_path / "a.tiff", (1, 1, 16, 16), tmp_path / "zarr", (absent,))

    assert conversions.contenders == {}
    assert conversions.notes() == ["not measured: absent: no such lock: envs/no-such.lock.txt"]


def test_each_converter_is_pinned_in_a_lock_of_its_own():
    from zarr_converters import CONVERTERS, version_in

    found = {converter.lock: version_in(converter.lock, converter.package)[:1].isdigit() for converter in CONVERTERS}

    assert found == {"bioio-conversion": True, "eubi-bridge": True}
