"""The arithmetic of ``benchmarks/``; nothing is timed here."""

import sys
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
