"""Every reader that can open a source says what it knows; one that cannot is noted, and refuses nothing."""

import numpy as np
import pytest
import tifffile

from fixative.inventory import take_inventory
from fixative.metadata.dump import dump_metadata
from fixative.metadata.voices import voices
from fixative.readers.options import ReaderOptions
from fixative.readers.whole_planes import open_inventoried
from ome_sources import row_of

OPTIONS = ReaderOptions()


@pytest.fixture
def hear():
    """Open a source as the dump does, and hear everybody; returns (voices, notes, dump)."""

    def heard(path, change=lambda inventory: inventory):
        row = row_of(path)
        inventory = change(take_inventory(row, OPTIONS))
        reader, tried = open_inventoried(inventory, OPTIONS)
        try:
            words, notes = voices(reader, inventory, OPTIONS)
            return words, notes, dump_metadata(reader, inventory, row, tried, words=words, silent=notes)
        finally:
            reader.close()

    return heard


def test_a_second_reader_s_ome_xml_and_tables_stand_in_the_dump_with_its_version(tmp_path, hear):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.zeros((3, 6, 8), np.uint16), imagej=True, metadata={"Info": "Gain: 7"})

    words, notes, dump = hear(path)

    cited = {(source.kind, source.tool) for source in dump.sources if source.tool == "bioformats"}
    assert [voice.backend for voice in words] == ["tifffile", "bioformats"]
    assert cited == {("ome", "bioformats"), ("bioformats", "bioformats")}
    assert all(
        source.version and source.file == "stack.tif" for source in dump.sources if source.tool == "bioformats"
    )
    assert notes == ()


def test_both_readers_of_a_czi_are_heard(corpus, hear):
    words, _, dump = hear(corpus / "copyleft/czi/WellD6_S1.czi")

    assert [voice.backend for voice in words] == ["pylibCZIrw", "bioformats"]
    assert [source.tool for source in dump.sources if source.kind == "ome"] == ["pylibCZIrw", "bioformats"]


def test_a_reader_that_does_not_know_the_format_is_noted_and_refuses_nothing(corpus, hear):
    words, notes, dump = hear(corpus / "copyleft/em/test2.blo")

    assert [voice.backend for voice in words] == ["rosettasciio"]
    assert notes == ("bioformats has nothing to say: ValueError: no Bio-Formats reader claims it",)
    assert notes[0] in dump.notes


def test_a_reader_that_opens_a_file_outside_the_set_is_not_heard(corpus, hear):
    def only_the_first(inventory):
        return inventory.model_copy(update={"files": inventory.files[:1]})

    words, notes, _ = hear(corpus / "ome_tiff/viv_companion/multifile-Z1.ome.tiff", only_the_first)

    assert "bioformats" not in [voice.backend for voice in words]
    assert "which the set does not hold" in notes[0]
