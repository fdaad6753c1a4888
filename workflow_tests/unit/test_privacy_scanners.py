"""Second scanners: what exiftool and Bio-Formats decode is searched too, and their absence is recorded."""

import shutil
from functools import partial

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fixative.metadata.exiftool import exiftool_session
from fixative.metadata_diff.speakers import Speaker, archived_tree, bioformats_words
from fixative.privacy.scanners import Scanners
from fixative.privacy.search import Hit, Search
from fixative.privacy.secrets import Secret
from fixative.readers.options import ReaderOptions
from objects import ome_xml, stack, write_tiff

NAME = "Qzvkxwbhmp"
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:AuthorsPosition="{NAME}"/></rdf:RDF>'
    '</x:xmpmeta><?xpacket end="w"?>'
)

with_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="no exiftool on this machine")


@pytest.fixture
def search():
    return Search([Secret("people", NAME)], machine=False)


def write_with_tag(path, code, content):
    tags = [(code, 7, len(content), content, True)]
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8), extratags=tags, metadata=None)
    return path


HIDDEN = {
    "XMP in UTF-32": (700, XMP.encode("utf-32-be")),
    "XMP in UTF-16": (700, XMP.encode("utf-16-be")),
    "a title of Windows, in UTF-16": (40091, NAME.encode("utf-16-le") + b"\0\0"),
    "a resource of Photoshop": (
        34377,
        b"8BIM\x04\x04\0\0" + (5 + len(NAME)).to_bytes(4, "big") + b"\x1c\x02\x50\0" + bytes([len(NAME)])
        + NAME.encode() + b"\0",
    ),
}  # fmt: skip


@with_exiftool
@pytest.mark.parametrize(("code", "content"), HIDDEN.values(), ids=HIDDEN)
def test_what_exiftool_decodes_is_found(tmp_path, search, code, content):
    path = write_with_tag(tmp_path / "a.tif", code, content)

    Scanners(search, tmp_path).exiftool("a.tif", path)

    assert search.hits == [Hit("people", "a.tif, as exiftool reads it")]


@with_exiftool
def test_exiftool_finds_what_the_search_of_the_bytes_does_not(tmp_path, search):
    path = write_with_tag(tmp_path / "a.tif", *HIDDEN["XMP in UTF-32"])

    search.tiff("a.tif", path)
    search.bytes("a.tif", path.read_bytes())

    assert search.hits == []


def png_with(path, **texts):
    info = PngInfo()
    info.add_text("tEXt", texts.get("text", "x"))
    info.add_text("zTXt", texts.get("packed", "x"), zip=True)
    info.add_itxt("iTXt", texts.get("international", "x"), zip=True)
    exif = Image.Exif()
    exif[315] = texts.get("exif", "x")
    Image.new("L", (8, 8)).save(path, pnginfo=info, exif=exif)
    return path


@with_exiftool
@pytest.mark.parametrize("place", ["text", "packed", "international", "exif"])
def test_a_text_of_a_thumbnail_is_found_by_both(tmp_path, search, place):
    path = png_with(tmp_path / "thumbnail.png", **{place: f"by {NAME}"})

    search.bytes("thumbnail.png", path.read_bytes())
    Scanners(search, tmp_path).exiftool("thumbnail.png", path)

    assert {hit.where for hit in search.hits} > {"thumbnail.png, as exiftool reads it"}


@with_exiftool
def test_where_the_file_lies_for_now_is_not_what_it_says(tmp_path, search):
    folder = tmp_path / NAME
    folder.mkdir()
    path = write_with_tag(folder / "a.tif", 40091, b"x\0")

    Scanners(search, folder).exiftool("a.tif", path)

    assert search.hits == []


@with_exiftool
def test_one_process_serves_a_job_and_its_version_is_recorded(tmp_path, search):
    path = write_with_tag(tmp_path / "a.tif", 40091, b"x\0")
    scanners = Scanners(search, tmp_path)

    with exiftool_session() as session:
        scanners.exiftool("a.tif", path)
        scanners.exiftool("a.tif", path)
        version = session.read(path)[1]

    assert scanners.used == ("fixative", f"exiftool {version}")


def test_that_there_is_no_exiftool_is_recorded_and_no_error(tmp_path, search):
    scanners = Scanners(search, tmp_path)

    with exiftool_session("none"):
        scanners.exiftool("a.tif", tmp_path / "a.tif")

    assert scanners.used == ("fixative", "exiftool: not on this machine")


def test_an_image_of_very_many_directories_is_not_given_to_exiftool_which_is_recorded(tmp_path, search):
    scanners = Scanners(search, tmp_path)

    scanners.exiftool("a.tif", tmp_path / "a.tif", directories=2000)

    assert scanners.used == ("fixative", "exiftool: not asked of 2000 TIFF directories")


def test_where_bio_formats_compares_the_metadata_its_words_are_searched(tmp_path, search):
    images = [stack("uint8", c=1, z=1)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib")
    scanners = Scanners(search, tmp_path)

    archived_tree(path, Speaker("bioformats", "7", 0), ReaderOptions(), partial(scanners.bioformats, "A.ome.tiff"))

    assert scanners.bioformats_has_read


def test_what_bio_formats_reads_of_the_archived_file_is_searched(tmp_path, search):
    images = [stack("uint8", c=1, z=1)]
    xml = ome_xml(images).replace("<Image ", f'<Experimenter ID="Experimenter:0" UserName="{NAME}"/><Image ', 1)
    path = write_tiff(tmp_path / "A.ome.tiff", images, description=xml, compression="zlib")
    scanners = Scanners(search, tmp_path)

    scanners.bioformats("A.ome.tiff", *bioformats_words(path, ReaderOptions()))

    assert search.hits == [Hit("people", "A.ome.tiff, as Bio-Formats reads it")]
    assert scanners.used[1].startswith("bioformats ")
