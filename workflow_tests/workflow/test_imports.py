"""What each step imports: every job of every shard waits for it. The lists are held, not the seconds."""

import json
from pathlib import Path

import pytest

from pipeline import REPOSITORY, Batch

NEVER = {
    "pandas",
    "dask",
    "xarray",
    "bioio",
    "bioio_base",
    "ome_types",
    "scipy",
    "matplotlib",
    "aicsimageio",
    "skimage",
}
"""Half a second to three seconds each; no step needs one for a TIFF."""

IMAGES = {"imagecodecs", "tifffile", "rasterio", "zarr"}
NUMBERS = {"numpy"}
JAVA = {"jpype"}

KEPT_OUT = {
    "inventory_source": IMAGES | NUMBERS | JAVA,
    "dump_metadata": NEVER,
    "sanitise_metadata": IMAGES | NUMBERS | JAVA,
    "convert_to_ome_tiff": JAVA | {"rasterio", "zarr"},
    "verify_archive": {"rasterio"},
    "write_provenance": IMAGES | JAVA | {"rdflib"},
    "report_batch": IMAGES | JAVA | {"pyarrow"},
    "require_all_sealed": IMAGES | NUMBERS | JAVA | {"lxml"},
}

OF_SNAKEMAKE = {
    f"snakemake.{name}"
    for name in ("common", "deployment", "exceptions", "io", "iocontainers", "logging", "shell", "utils")
}
"""What its `script:` directive loads before the script's first line, to hand over the job."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> dict[str, set[str]]:
    """Modules of each step's process, of a chain over one small TIFF."""
    import numpy as np
    import tifffile

    folder, lists = tmp_path_factory.mktemp("batch"), tmp_path_factory.mktemp("imports")
    batch = Batch(folder)
    tifffile.imwrite(batch.sheet.parent / "a.tif", np.arange(4096, dtype=np.uint16).reshape(64, 64), imagej=True)
    batch.write({"A": "a.tif"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIXATIVE_IMPORTS", str(lists))
        patch.setenv("PYTHONPATH", str(REPOSITORY / "workflow_tests/import_list"))
        done = batch.run()
    assert done.returncode == 0, done.stderr
    return {path.stem: set(json.loads(path.read_text())) for path in Path(lists).glob("*.json")}


@pytest.mark.parametrize("step", KEPT_OUT)
def test_a_step_imports_nothing_that_it_does_not_need(imported, step):
    found = {name.split(".")[0] for name in imported[step]}

    assert not found & (NEVER | KEPT_OUT[step])


@pytest.mark.parametrize("step", KEPT_OUT)
def test_a_step_imports_no_more_of_snakemake_than_a_script_has_to(imported, step):
    found = {".".join(name.split(".")[:2]) for name in imported[step] if name.startswith("snakemake.")}

    assert found <= OF_SNAKEMAKE


def test_snakemake_itself_does_without_pandas(imported):
    assert not [name for name in imported["__main__"] if name.startswith("pandas.")]
