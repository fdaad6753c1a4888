"""The gate: one reader at source and archive, what is said of a loss, and what is not."""

import numpy as np
import pytest
import tifffile

from fixative.files import write_json
from fixative.findings import RefusedSample
from fixative.metadata_diff.allowed_loss import AllowedLosses
from fixative.metadata_diff.gate import LISTED, WHOLE, MetadataAsked, Sample, metadata_of_sample, shortened
from fixative.metadata_diff.speakers import speaker_of
from fixative.models import Completeness, Inventory, MetadataDump, MetadataSource, SanitisationLog
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels
from fixative.readers.options import ReaderOptions
from fixative.records import read_record, write_record
from fixative.verification_models import MetadataDiff, MetadataLoss
from fixative.xml_tree import parse_xml, xml_tree

XML = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:3a2e8a35-5e07-5c04-8b80-3b0ee3cd3a10">
<Experimenter ID="Experimenter:0" UserName="jdoe"/>
<Image ID="Image:0" Name="liver"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="16" SizeY="16"
SizeZ="1" SizeC="1" SizeT="1" BigEndian="false" PhysicalSizeX="0.5" PhysicalSizeXUnit="µm">
<Channel ID="Channel:0:0" Name="DAPI" SamplesPerPixel="1"><LightPath/></Channel><TiffData IFD="0" PlaneCount="1"/>
</Pixels></Image></OME>"""


def ome(xml, tool="fixative"):
    """A source of the dump."""
    return MetadataSource(kind="ome", file="a.czi", tool=tool, version="1", tree=xml_tree(parse_xml(xml)))


def dump_of(*sources, reader="pylibCZIrw"):
    """A dump of these sources."""
    return MetadataDump(reader=reader, reader_version="1", reader_library="x", sources=sources)


def pixels_of(dtype="uint8"):
    """The record of one small image."""
    level = LevelPixels(level=0, size_y=16, size_x=16, planes=())
    sizes = dict.fromkeys(("size_t", "size_c", "size_z", "samples"), 1)
    image = ImagePixels(
        index=0, dtype=dtype, size_y=16, size_x=16, downsampling="none", levels=(level,), **sizes
    )  # fmt: skip
    return Pixels(root_sha256="0", images=(image,))


PIXELS = np.zeros((16, 16), "uint8")
INVENTORY = Inventory(format="czi", files=(), completeness=Completeness(checked=True, method=""), fileset_sha256="0")
LOG = SanitisationLog(
    policy="p", policy_version="1", policy_sha256="0", strict=False, redactions=(), kept_keys=0
)  # fmt: skip


@pytest.fixture
def archive(tmp_path):
    """Write an archived file with this OME-XML, and the records of its sample; give what the gate is asked with."""

    def write(xml, *, source=XML, clean=None, tool="fixative", mode="gate", allowed=()):
        path = tmp_path / "a.ome.tiff"
        tifffile.imwrite(
            path, PIXELS, description=xml.encode(), metadata=None, ome=False, photometric="minisblack"
        )  # fmt: skip
        write_record(tmp_path / "sanitised/dump.json", dump_of(ome(clean or source, tool)))
        write_record(tmp_path / "sanitised/log.json", LOG)
        asked = MetadataAsked(mode, AllowedLosses.model_validate({"allowed": allowed}))
        return path, tmp_path, Sample(INVENTORY, dump_of(ome(source, tool)), pixels_of()), ReaderOptions(), asked

    return write


def test_a_sample_that_lost_nothing_passes_and_is_counted(archive, tmp_path):
    diff = metadata_of_sample(*archive(XML))

    assert (diff.reader, diff.refused, diff.values) == ("fixative", 0, diff.kept)
    assert read_record(MetadataDiff, tmp_path / WHOLE) == diff


def test_a_lost_value_refuses_the_sample_and_is_named_with_its_place(archive, tmp_path):
    asked = archive(XML.replace(' Name="DAPI"', "").replace('"liver"', '"kidney"'))

    with pytest.raises(RefusedSample) as refused:
        metadata_of_sample(*asked)

    assert refused.value.code == "VER007"
    assert refused.value.message == (
        "metadata differ: 2 metadata values lost or changed, first "
        "Image@Name (Image 0): source liver, archive kidney; "
        "Image/Pixels/Channel@Name (Image 0): source DAPI, archive none"
    )
    assert read_record(MetadataDiff, tmp_path / WHOLE).refused == 2


def test_a_loss_is_only_told_of_where_the_setting_says_so(archive):
    diff = metadata_of_sample(*archive(XML.replace(' Name="DAPI"', ""), mode="report"))

    assert (diff.refused, diff.losses[0].source) == (1, "DAPI")


def test_nothing_is_compared_where_it_is_not_asked_for(archive, tmp_path):
    write_json(tmp_path / WHOLE, "of an earlier run")

    diff = metadata_of_sample(*archive(XML.replace("DAPI", "GFP"), mode="none"))

    assert diff is None
    assert not (tmp_path / WHOLE).exists()


def test_an_allowed_loss_passes_the_gate(archive):
    entry = {"id": "names", "field": "Image/Pixels/Channel@Name", "value": "DAPI", "reason": "because of the test"}

    diff = metadata_of_sample(*archive(XML.replace(' Name="DAPI"', ""), allowed=[entry]))

    assert (diff.dropped, diff.refused, diff.allowed) == (1, 0, {"names": 1})


def test_the_message_about_a_redacted_value_in_the_archive_does_not_hold_it(archive):
    asked = archive(XML, clean=XML.replace("jdoe", "person 1"))

    with pytest.raises(RefusedSample) as refused:
        metadata_of_sample(*asked)

    assert refused.value.message.endswith("Experimenter@UserName: a redacted value is in the archive")
    assert "jdoe" not in str(refused.value.places)


def test_bio_formats_looks_at_both_where_it_looked_at_the_source(archive):
    document = XML.replace("<LightPath/>", "")

    diff = metadata_of_sample(*archive(document, source=document, tool="bioformats"))

    assert (diff.reader, diff.refused, diff.changed) == ("bioformats", 0, 0)


def test_an_archive_that_bio_formats_does_not_open_is_refused(archive):
    asked = archive(XML, tool="bioformats")
    asked[0].write_bytes(b"II*\0" + bytes(100))

    with pytest.raises(RefusedSample, match=r"VER007.*bioformats does not open the archived file"):
        metadata_of_sample(*asked)


def test_a_source_of_which_no_reader_makes_ome_xml_is_not_refused(archive):
    path, folder, sample, readers, asked = archive(XML)
    silent = Sample(sample.inventory, dump_of(), sample.pixels)

    diff = metadata_of_sample(path, folder, silent, readers, asked)

    assert (diff.reader, diff.reason) == (None, "no reader makes OME-XML of this source")


@pytest.mark.parametrize(
    ("tools", "dtype", "chosen"),
    [
        (("fixative", "pylibCZIrw", "bioformats"), "uint8", "bioformats"),
        (("fixative", "pylibCZIrw"), "uint8", "pylibCZIrw"),
        (("fixative", "tifffile"), "uint8", "fixative"),
        (("bioformats", "fixative"), "complex64", "fixative"),
    ],
)
def test_the_reader_is_bio_formats_else_the_next(tools, dtype, chosen):
    dump = dump_of(*(ome(XML, tool) for tool in tools))

    assert speaker_of(dump, pixels_of(dtype)).backend == chosen


def test_of_very_many_losses_the_object_names_the_first():
    losses = tuple(
        MetadataLoss(fate="dropped", field="Image@Name", place="", source=str(number), rule="x")
        for number in range(999)
    )

    short = shortened(MetadataDiff(reader="bioformats", losses=losses))

    assert (len(short.losses), short.not_listed) == (LISTED, 999 - LISTED)
