"""A redactor that leaves something out is caught: the search before sealing can fail, whatever the class of slots."""

import pytest

from canary_documents import DOCUMENTS
from canary_formats import FormatBatch, everything, sample
from canary_scan import birds_of_files
from canary_sources import WRITERS
from pipeline import REPOSITORY

BEGIN = f"""
import sys

sys.path.insert(0, {str(REPOSITORY / "scripts")!r})
from fixative.privacy import actions, ome_document, scrub, slots

carry_out = actions.Actions.carry_out


def skipping(self, rule, value):
    found = carry_out(self, rule, value)
    return actions.Result(value, "K", found.found) if rule and found.found else found
"""
WITHOUT_SCRUB = "scrub.Scrubber._replace = lambda self, number, text: None\n"
DEFECTS = {
    "rules are not carried out": f"{BEGIN}\nactions.Actions.carry_out = skipping\n{WITHOUT_SCRUB}",
    "what one slot gave up is not taken out of the others": f"{BEGIN}\n{WITHOUT_SCRUB}",
    "the OME-XML is not written anew": f"{BEGIN}\nome_document.OmeDocument.serialised = lambda self: self._bytes\n",
    "the dump is not written anew": f"""{BEGIN}
begin = slots.TreeDocument.__init__


def beginning(self, kind, tree, prefix=""):
    begin(self, kind, tree, prefix)
    self.before = slots.copied(tree)


slots.TreeDocument.__init__ = beginning
slots.TreeDocument.content = lambda self: self.before
slots.TreeDocument.rename_keys = lambda self, rename: None
""",
}
CLASSES = {
    "rules are not carried out": (
        *(
            "annotations",
            "imagej",
            "svs",
            "ome-shapes",
            "sidecars-more",
            "dicom",
            "fits",
            "zarr",
            "emd",
            "jp2",
            "png",
        ),
        *("mm-blocks", "ndtiff", "scanimage", "fei", "gdal", "240-pages", "czi-more", "exif", "nrrd", "nifti", "mha"),
    ),
    "what one slot gave up is not taken out of the others": ("ome-shapes",),
    "the OME-XML is not written anew": ("annotations", "ome-shapes", "ome"),
    "the dump is not written anew": ("imagej", "dicom", "zarr", "tiff", "sidecars-more"),
}
"""Which sources show which defect."""

ALL = {
    **everything(),
    **{name: writer for name, writer in WRITERS.items() if name not in ("png", "jpeg")},
    **DOCUMENTS,
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Batches run by redactors with a defect each."""
    found = {}
    for number, (defect, code) in enumerate(DEFECTS.items()):
        folder = tmp_path_factory.mktemp(f"broken{number}")
        (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
        chosen = {name: ALL[name] for name in CLASSES[defect]}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(folder), prepend=":")
            found[defect] = FormatBatch(folder, chosen, dict.fromkeys(chosen, ("facility",)))
    return found


@pytest.mark.parametrize(("defect", "source"), [(defect, source) for defect in DEFECTS for source in CLASSES[defect]])
def test_what_a_redactor_left_refuses_the_sample_before_it_is_sealed(broken, defect, source):
    row = broken[defect].rows[sample("facility", source)]

    assert (row["outcome"], row["code"]) == ("refused", "SAN002")
    assert "(rule " in row["message"]


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_it_left_is_in_no_public_byte(broken, defect):
    batch = broken[defect]
    public = (batch.archive, batch.work / "results/reports", batch.work / "results/logs")

    found = birds_of_files([path for path in public if path.exists()])

    # Of those that were planted: by chance the base64 of a page reads like another.
    assert {bird: places for bird, places in found.items() if bird in batch.aviary.slots} == {}
