"""The facility's checklist and the values that the sheet supplies, from the sheet to the sealed object."""

import csv
import json

import tifffile
from lxml import etree


def write_sheet(batch, *rows: dict[str, str]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with batch.sheet.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, dialect="excel-tab")
        writer.writeheader()
        writer.writerows(rows)


def test_a_supplied_value_seals_what_a_strict_checklist_refuses(batch, tiff):
    strict = batch.folder / "strict.yaml"
    strict.write_text("modalities: {default: {refuse: [objective_na]}}")
    write_sheet(
        batch,
        {"sample_id": "A", "source": tiff("a.tif"), "objective_na": "1.4"},
        {"sample_id": "B", "source": tiff("b.tif", seed=1), "objective_na": ""},
    )

    batch.run(required_metadata=strict)

    assert {name: (row["outcome"], row["code"]) for name, row in batch.table().items()} == {
        "A": ("sealed", ""),
        "B": ("refused", "MET004"),
    }
    with tifffile.TiffFile(batch.image("A")) as archived:
        root = etree.fromstring(archived.ome_metadata.encode())
    assert root.find(".//{*}Objective").get("LensNA") == "1.4"
    assert (
        root.find(".//{*}MapAnnotation[@Namespace='urn:fixative:supplied-by-person']//{*}M").get("K")
        == "objective_na"
    )
    meta = json.loads((batch.object("A") / "data/A.ome.tiff.meta.json").read_text(encoding="utf-8"))
    assert {"name": "objective_na", "state": "person", "level": "refuse"} in meta["completeness"]["fields"]


def test_a_bad_checklist_stops_the_batch_before_any_job(batch, tiff):
    (batch.folder / "bad.yaml").write_text("modalities: {default: {warn: [sharpness]}}")
    batch.write({"A": tiff("a.tif")})

    run = batch.run(required_metadata=batch.folder / "bad.yaml")

    assert run.returncode == 1
    assert "no such field: 'sharpness'" in run.stderr
    assert not (batch.work / "results/samples/A/inventory.json").exists()


def test_strict_hipaa_keeps_what_a_person_supplied_and_that_it_was_a_person(batch, tiff):
    write_sheet(
        batch,
        {
            **{"sample_id": "A", "source": tiff("scan 7.tif"), "microscope_model": "Axio Observer"},
            **{"acquisition_date": "2024-03-05T10:11", "study_title": "Anna's kidney"},
        },
    )

    run = batch.run(privacy_policy="hipaa_safe_harbor", required_metadata="null")

    assert batch.outcomes() == {"A": "sealed"}, run.stderr
    with tifffile.TiffFile(batch.image("A")) as archived:
        root = etree.fromstring(archived.ome_metadata.encode())
    mark = root.find(".//{*}MapAnnotation[@Namespace='urn:fixative:supplied-by-person']")
    assert {pair.get("K"): pair.text for pair in mark.iter("{*}M")} == {
        "microscope_model": "Axio Observer",
        "acquisition_date": "2024-01-01T00:00:00",
    }
