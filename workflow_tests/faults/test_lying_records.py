"""What stands in a work folder is never trusted for standing there: the next run makes anew what does not hold."""

import hashlib
import json
import os

import pytest

from pipeline import Batch

NAMES = ("{0}.ome.tiff", "{0}.ome.tiff.meta.json", "{0}.ome.tiff.pixels.json", "{0}.thumbnail.png")


def edit(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))


def another_digest(folder):
    edit(folder / "outcomes/convert_to_ome_tiff.json", result_sha256="0" * 64)


def success_of_nothing(folder):
    (folder / "verification.json").unlink()


def another_result(folder):
    pixels = (folder / "pixels.json").read_text()
    (folder / "pixels.json").write_text(pixels.replace('"sha256": "', '"sha256": "0', 1))


def emptied(folder):
    """A power failure: records are not synced, and files come back without content."""
    for path in folder.rglob("*.json"):
        os.truncate(path, 0)


def cut(folder):
    for path in folder.rglob("*.json"):
        os.truncate(path, path.stat().st_size // 2)


def staged_image_changed(folder):
    (image,) = (folder.parents[2] / "results/staging" / folder.name).glob("*.ome.tiff")
    with image.open("r+b") as stream:
        stream.seek(-9, 2)
        stream.write(b"harm")


def receipt_of_an_absent_object(folder):
    receipt = {"source": "/nowhere", "object": f"unassigned/{folder.name}", "fileset_sha256": "0" * 64}
    receipt |= {"policy_sha256": "0" * 64, "manifest_sha256": "0" * 64, "sealed": "2026-01-01T00:00:00Z"}
    (folder / "sealed.json").write_text(json.dumps({**receipt, "bytes": 1, "planes": 1}))


def deep_json(folder):
    (folder / "inventory.json").write_text("[" * 100_000)


def swapped_with_the_next(folder):
    """All records of two samples, exchanged."""
    other, between = folder.with_name("innocent"), folder.with_name("between")
    folder.rename(between)
    other.rename(folder)
    between.rename(other)


LIES = {
    lie.__name__: lie
    for lie in (
        *(another_digest, success_of_nothing, another_result, emptied, cut, staged_image_changed),
        *(receipt_of_an_absent_object, deep_json, swapped_with_the_next),
    )
}
SAMPLES = (*LIES, "innocent")


def prints_of(batch, sample):
    files = [batch.object(sample) / "data" / name.format(sample) for name in NAMES]
    return [hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "none" for path in files]


def write(batch, tiff):
    sources = {sample: tiff(f"{sample}.tif", shape=(2, 40, 50), seed=n) for n, sample in enumerate(SAMPLES)}
    batch.write(sources)


class Lied:
    """A batch that came to its verification, and whose work folder then lied; and one that did not."""

    def __init__(self, folder, make):
        self.honest, self.batch = Batch(folder / "honest"), Batch(folder / "lied")
        write(self.honest, make(self.honest))
        write(self.batch, make(self.batch))
        assert self.honest.run().returncode == 0
        assert "sealed" not in self.batch.run("--until", "verify_archive").stdout
        samples = self.batch.work / "results/samples"
        for sample, lie in LIES.items():
            lie(samples / sample)
        results = self.batch.work / "results"
        (results / "plan.json").write_text('{"run": -7, "shards": "../..", "staging": "/"}')
        for shard in (results / "shards").glob("*.json"):
            shard.write_text('[{"sample_id": "../../.."}, 7')
        (results / "provenance").mkdir(exist_ok=True)
        success = [{"sample": sample, "step": "write_provenance", "outcome": "success"} for sample in SAMPLES]
        for name in ("0001-0001", "0002-0001"):
            # As --keep-incomplete leaves them.
            (results / "provenance" / f"{name}.json").write_text(json.dumps(success))
        self.run = self.batch.run()


@pytest.fixture(scope="module")
def lied(tmp_path_factory):
    import numpy as np
    import tifffile

    def make(batch):
        def one(name, shape, seed):
            pixels = np.random.default_rng(seed).integers(0, 4000, shape, dtype=np.uint16)
            tifffile.imwrite(batch.sheet.parent / name, pixels, imagej=True, metadata={"axes": "ZYX"})
            return name

        return one

    folder = tmp_path_factory.mktemp("lies")
    (folder / "honest").mkdir()
    (folder / "lied").mkdir()
    return Lied(folder, make)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_record_that_lies_is_made_anew(lied, sample):
    assert lied.batch.table()[sample]["outcome"] == "sealed", lied.run.stderr
    assert prints_of(lied.batch, sample) == prints_of(lied.honest, sample)


def test_every_object_is_whole_whatever_the_records_said(lied):
    from fixative.verify.object import verify_object

    reports = [verify_object(lied.batch.object(sample)) for sample in SAMPLES]

    assert {report.outcome for report in reports} == {"whole"}
