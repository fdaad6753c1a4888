"""Truncated sources through the whole chain: refused, or sealed with exactly the planes that are whole."""

import json

import numpy as np
import pytest
import tifffile

from pages import details_of

PLANES = np.random.default_rng(0).integers(1, 60000, (3, 4, 2, 64, 80), "u2")
"""T, Z, C, Y, X; no value is 0, so that a blank shows."""


@pytest.fixture
def truncated(batch):
    """An OME-TIFF beside the sheet that lost four tenths of its bytes; returns its name."""
    path = batch.sheet.parent / "cut.ome.tif"
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="80" SizeY="64" '
        'SizeZ="4" SizeC="2" SizeT="3"><TiffData/></Pixels></Image></OME>'
    )
    with tifffile.TiffWriter(path) as writer:
        for number, plane in enumerate(PLANES.reshape(24, 64, 80)):
            text = xml.encode() if number == 0 else None
            writer.write(plane, description=text, photometric="minisblack", metadata=None, contiguous=False)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.6)])
    return path.name


def test_a_truncated_source_is_refused(batch, truncated):
    batch.write({"A": truncated})

    assert batch.run().returncode == 1

    assert batch.table()["A"]["code"] == "INV004"
    assert batch.objects() == []


def test_a_truncated_source_is_sealed_with_its_whole_planes_where_the_config_allows_it(batch, truncated):
    batch.write({"A": truncated})

    run = batch.run(incomplete="whole_planes")

    assert run.returncode == 0, run.stderr
    image = json.loads((batch.object("A") / "data/A.ome.tiff.pixels.json").read_text())["images"][0]
    kept = [(plane["t"], plane["z"], plane["c"]) for plane in image["levels"][0]["planes"]]
    missing = [(t, z, c) for t, c, z in image["missing"]]
    assert sorted(kept + missing) == list(np.ndindex(3, 4, 2))
    assert sorted(kept) == list(np.ndindex(3, 4, 2))[: len(kept)]
    assert (len(kept), image["absent"]) == (14, [])
    with tifffile.TiffFile(batch.image("A")) as archived:
        *pages, blank = [page.asarray() for page in archived.pages]
        xml = archived.ome_metadata
    assert len(pages) == len(kept)
    assert xml.count("<TiffData") == 24
    assert not blank.any()
    assert all(np.array_equal(page, PLANES[place]) for page, place in zip(pages, kept, strict=True))
    assert "urn:fixative:planes-missing-in-source" in xml
    assert "incomplete source: 14 of 24 planes" in (batch.object("A") / "data/README.md").read_text()
    provenance = json.loads((batch.object("A") / "data/A.ome.tiff.provenance.json").read_text())
    assert provenance["pixels"]["missing_planes"] == 10
    assert "incomplete source: 14 of 24 planes" in json.dumps(details_of(batch.work / "results/reports/index.html"))
