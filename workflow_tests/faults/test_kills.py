"""A run that is killed at any moment, and run again, gives what an undisturbed run gives."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

SEED = int(os.environ.get("FIXATIVE_KILL_SEED", "20261121"))
KILLS = int(os.environ.get("FIXATIVE_KILLS", "10"))

REPEATABLE = ("{0}.ome.tiff", "{0}.ome.tiff.meta.json", "{0}.ome.tiff.pixels.json", "{0}.thumbnail.png")


def fingerprints(batch, samples):
    """SHA-256 of all that must not depend on when, or how often, the run was killed."""
    files = [batch.object(sample) / "data" / name.format(sample) for sample in samples for name in REPEATABLE]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def kill_after(batch, seconds: float) -> None:
    process = batch.start()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def leftovers(batch):
    """Files of work in progress anywhere below the batch's folder."""
    names = (".part", ".partial", ".tmp")
    staged = list(batch.work.rglob("*.ome.tiff"))
    return staged + [path for path in batch.folder.rglob("*") if path.name.endswith(names)]


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_as_an_undisturbed_one(batch, tiff):
    samples = {name: tiff(f"{name}.tif", shape=(20, 3, 400, 500), seed=number) for number, name in enumerate("ABC")}
    batch.write(samples)
    started = time.monotonic()
    assert batch.run().returncode == 0
    lasting = time.monotonic() - started
    undisturbed = fingerprints(batch, samples)
    subprocess.run(["chmod", "-R", "u+w", batch.archive], check=True)
    shutil.rmtree(batch.archive)
    shutil.rmtree(batch.work)
    batch.work.mkdir()
    moments = random.Random(SEED)

    for _ in range(KILLS):
        kill_after(batch, moments.uniform(0.2, lasting))
    final = batch.run()

    assert final.returncode == 0, final.stderr
    assert fingerprints(batch, samples) == undisturbed
    assert leftovers(batch) == []
    assert batch.objects() == [f"unassigned/{sample}" for sample in samples]
