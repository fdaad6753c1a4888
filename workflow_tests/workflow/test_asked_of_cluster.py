"""What jobs ask of a cluster, as Snakemake passes it on; what a second try with more memory may not change."""

import numpy as np
import tifffile


def test_a_source_is_converted_by_the_reader_that_described_it_with_less_memory(batch):
    row = np.arange(9_000, dtype=np.uint16)
    image = np.add.outer(row, row)
    path = batch.sheet.parent / "strip.tif"
    tifffile.imwrite(path, image, compression="zlib", rowsperstrip=9_000, photometric="minisblack")
    batch.write({"A": path.name})

    run = batch.run("--set-resources", "dump_metadata:mem_mb=300")

    described = batch.record("A", "metadata/dump.json")["reader"]
    assert run.returncode == 0, run.stderr
    assert described != "tifffile"
