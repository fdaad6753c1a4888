"""What the steps of a shard ask of a cluster."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from fixative.findings import BadBatch
from fixative.forecast import Expected
from fixative.models import STEPS, SampleRow
from fixative.planning import refuse_unplanned, staging_folder
from fixative.resources import DISK_SAFETY, MEMORY_MB, Load, Needs, load_of, read_needs
from fixative.settings import Settings
from fixative.stage import staging_of_job

SHARD = SimpleNamespace(shard="0001-0001")
FIRST, SECOND = 1, 2


def needs(**load):
    return Needs({"0001-0001": Load(**load)})


def expected(seconds: float, size: int) -> Expected:
    row = SampleRow(line=2, sample_id="A", source=Path("a.tif"), dataset="d", privacy_policy="facility")
    return Expected(row, size, size, seconds)


def test_every_step_has_its_figures():
    asked = {step: needs().mem_mb(step)(SHARD, FIRST) for step in STEPS}

    assert asked == MEMORY_MB


@pytest.mark.parametrize("step", STEPS)
def test_a_second_attempt_asks_for_twice_as_much_of_everything(step):
    of_shard = needs(samples=64, seconds=500.0, staged_bytes=10**10, threads=4)

    asks = (of_shard.mem_mb(step), of_shard.runtime(step), of_shard.disk_mb())

    assert [ask(SHARD, SECOND) for ask in asks] == [2 * ask(SHARD, FIRST) for ask in asks]


def test_an_hour_of_conversion_is_given_more_than_an_hour():
    minutes = needs(seconds=3600.0).runtime("convert_to_ome_tiff")(SHARD, FIRST)

    assert 60 < minutes < 180


def test_memory_does_not_grow_with_the_size_of_the_image():
    step = "convert_to_ome_tiff"

    assert needs(staged_bytes=10**12).mem_mb(step)(SHARD, FIRST) == needs().mem_mb(step)(SHARD, FIRST)


def test_there_is_room_for_all_objects_of_a_shard():
    load = load_of([expected(1.0, 3 * 10**9), expected(2.0, 10**9)], threads=2)

    asked = Needs({"0001-0001": load}).disk_mb()(SHARD, FIRST)

    assert (load.samples, load.seconds) == (2, 3.0)
    assert asked >= DISK_SAFETY * 4000


def test_what_the_plan_holds_is_what_the_jobs_read():
    written = needs(samples=3, seconds=4.5, staged_bytes=6, threads=7)

    assert read_needs(written.as_record()) == written


def test_a_staging_folder_on_the_node_is_known_to_the_job_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NODE_DISK", "/local/disk")

    planned = staging_folder(Settings(staging_root=Path("$NODE_DISK")))

    assert str(planned).startswith("$NODE_DISK/fixative-")
    assert str(staging_of_job(str(planned), "0001-0002")) == f"/local/disk/{planned.name}-0001-0002"


def test_a_staging_folder_that_no_variable_names_is_refused(monkeypatch):
    monkeypatch.delenv("NODE_DISK", raising=False)

    with pytest.raises(BadBatch, match=r"staging_root: \$NODE_DISK/fixative: not set where the job runs"):
        staging_of_job("$NODE_DISK/fixative", "0001-0001")


def test_a_job_of_an_earlier_run_ends_before_it_touches_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/plan.json").write_text('{"shards": ["0002-0001"], "staging": "s"}')

    refuse_unplanned(["0002-0001"])
    with pytest.raises(BadBatch, match=r"shard 0001-0001 is not in results/plan\.json"):
        refuse_unplanned(["0001-0001"])


def test_each_rule_is_of_the_chain_or_runs_where_the_batch_was_submitted(repository):
    text = "\n".join(path.read_text() for path in (repository / "rules").glob("*.smk"))
    profile = yaml.safe_load((repository / "profiles/slurm/config.yaml").read_text())
    rules = dict(re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", text, re.M | re.S))
    listed = set(re.findall(r"\w+", "".join(re.findall(r"^localrules:\n(.*?)(?=^\S)", text, re.M | re.S))))
    working = {name for name, body in rules.items() if "script:" in body}

    local = {name for name, body in rules.items() if "localrule: True" in body} | listed

    assert working - local == set(STEPS)
    assert profile["groups"] == [f"{step}=chain" for step in STEPS]
