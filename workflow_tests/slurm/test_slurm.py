"""A night on a real Slurm: what a cluster does to a batch, and that the result is that of a machine alone."""

import os
import re
import subprocess
from pathlib import Path

from slurm_batch import CHAIN, ENOUGH_MB, LITTLE_MB, MORE_MB, kill, make_tiff


def without_times(table):
    """The rows of `batch.tsv`, but for when it was and how long it took."""
    kept = ("outcome", "code", "message", "remedy", "dataset")
    return {sample: {key: row[key] for key in kept} for sample, row in table.items()}


def chain_of(log):
    """The rules that ran in a Slurm job, in order, each with its shard."""
    text = log.read_text()
    return re.findall(r"^rule (\w+):", text, re.MULTILINE), set(re.findall(r"wildcards: shard=(\S+)", text))


def test_a_batch_on_slurm_ends_as_it_does_on_one_machine(night):
    expected = {**{f"s{number}": "sealed" for number in range(6)}, "cut": "refused", "strip": "sealed"}

    here, there = night.local.table(), night.slurm.table()

    assert night.returned == (2, 1), night.output
    assert {sample: row["outcome"] for sample, row in there.items()} == expected
    assert without_times(there) == without_times(here)


def test_the_objects_are_those_that_one_machine_makes(night):
    sealed = [sample for sample, outcome in night.local.outcomes().items() if outcome == "sealed"]
    images = (".ome.tiff", ".pixels.json", ".meta.json", ".thumbnail.png")
    here = {sample: digests(night.local, sample, *images) for sample in sealed}

    assert {sample: digests(night.slurm, sample, *images) for sample in sealed} == here


def digests(batch, sample, *kinds):
    """Lines of an object's manifest."""
    return [line for line in batch.manifest_of(sample).splitlines() if line.endswith(kinds)]


def test_a_shard_is_one_job_of_the_whole_chain(night):
    logs = [log for log in (night.slurm.work / ".snakemake/slurm_logs").rglob("*.log") if "rule " in log.read_text()]

    complete = [shards for rules, shards in map(chain_of, logs) if rules == list(CHAIN)]

    assert sorted(complete, key=min) == [{"0001-0001"}, {"0001-0002"}]


def test_only_light_steps_run_where_the_batch_was_submitted(night):
    local = re.findall(r"^localrule (\w+):", night.output, re.MULTILINE)

    assert set(local) <= {"all", "report_batch", "require_all_sealed"}
    assert "report_batch" in local
    assert all("chain" in job["Comment"] for job in night.jobs)


def test_what_ran_out_of_memory_is_tried_again_with_more_and_sealed(night):
    memory = sorted((int(job["MinMemoryNode"].removesuffix("M")), job["JobState"]) for job in night.jobs)
    (killed,) = (Path(job["StdOut"]).read_text() for job in night.jobs if job["JobState"] == "FAILED")

    assert "exceeded memory limit" in killed
    assert memory == [(LITTLE_MB, "FAILED"), (ENOUGH_MB, "COMPLETED"), (MORE_MB, "COMPLETED")]


def test_a_job_asks_for_the_memory_of_its_largest_step_and_the_time_of_all(night):
    limits = {job["TimeLimit"] for job in night.jobs if job["JobState"] == "COMPLETED"}

    minutes = {int(hours) * 60 + int(minutes) for hours, minutes, _ in (limit.split(":") for limit in limits)}

    assert all(6 * 5 <= each <= 6 * 2 * (5 + 2) for each in minutes)


def test_nothing_partial_is_left_on_nodes_or_in_the_archive(night):
    names = [path.name for path in night.slurm.archive.rglob("*")]

    assert [name for name in names if "partial" in name or name.endswith(".part")] == []
    assert "/dev/shm/fixative" not in night.output
    assert not (night.slurm.work / "results/staging").exists()


def test_slurm_without_its_database_is_enough(night, slurm):
    asked = subprocess.run(["sacct", "-n", "-X"], env=slurm.environment, capture_output=True, encoding="utf-8")

    assert asked.returncode != 0
    assert night.slurm.outcomes()["s0"] == "sealed"


def test_a_node_that_dies_midway_costs_no_sample(batch, slurm):
    samples = {name: make_tiff(batch.sheet.parent / f"{name}.tif", (40, 1, 512, 512), 3) for name in "AB"}
    batch.write(samples)
    begun = [batch.work / f"results/samples/{name}/outcomes/convert_to_ome_tiff.json" for name in samples]
    run = batch.start(shards="{max_samples: 1}")
    batch.wait_for(lambda: all(path.exists() for path in begun))
    node = batch.jobs()[0]["NodeList"]

    slurm.kill_node(node)
    returned = run.wait()
    slurm.start_node(node)
    slurm.wait_until_idle()

    assert returned == 0, (batch.folder / "output.txt").read_text()
    assert batch.outcomes() == {"A": "sealed", "B": "sealed"}
    assert [name for name in batch.objects() if not name.startswith(".fixative")] == ["unassigned/A", "unassigned/B"]


def test_jobs_of_a_killed_run_are_waited_for_and_one_that_comes_late_touches_nothing(batch, slurm):
    batch.write({"A": make_tiff(batch.sheet.parent / "a.tif")})
    batch.arguments = ["--default-resources", "slurm_extra='--hold'"]
    first = batch.start()
    batch.wait_for(batch.jobs)
    kill(first)
    (job,) = (job["JobId"] for job in batch.jobs())

    refused = batch.run()
    logs = batch.work / ".snakemake/slurm_logs"
    logs.rename(batch.folder / "aside")
    local = subprocess.run(here(batch), capture_output=True, encoding="utf-8", env=os.environ)
    before, plan = batch.manifest_of("A"), (batch.work / "results/plan.json").read_bytes()
    (batch.folder / "aside").rename(logs)
    slurm.say("scontrol", "release", job)
    batch.wait_for(lambda: batch.jobs()[0]["JobState"] == "FAILED")
    (log,) = logs.rglob(f"{job}.log")

    assert refused.returncode == 1
    assert f"Slurm still has jobs of an earlier run in {batch.work}: {job}" in refused.stderr
    assert local.returncode == 0, local.stderr
    assert "shard 0001-0001 is not in results/plan.json" in log.read_text()
    assert (batch.manifest_of("A"), (batch.work / "results/plan.json").read_bytes()) == (before, plan)


def here(batch):
    """The command of the same batch, without Slurm."""
    return super(type(batch), batch).command()
