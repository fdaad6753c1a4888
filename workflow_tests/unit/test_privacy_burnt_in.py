"""Text in the pixels: what a source says of itself, what its kind makes likely, and what a policy does about it."""

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from fixative.findings import RefusedSample
from fixative.models import DeliveredImage, ImageTreatment
from fixative.privacy.apply import sanitise
from fixative.privacy.burnt_in import burnt_in
from fixative.privacy.images import treat_images
from fixative.privacy.policy import load_policy
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from privacy_samples import POLICIES, dump, inventory, row, source

CT, SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"
MULTI_FRAME_CAPTURE, ANGIOGRAPHY = "1.2.840.10008.5.1.4.1.1.7.4", "1.2.840.10008.5.1.4.1.1.12.1"
SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
OME = b"""<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0"
DimensionOrder="XYZCT" Type="uint8" SizeX="4" SizeY="4" SizeZ="1" SizeC="1" SizeT="1"><MetadataOnly/></Pixels></Image>
</OME>"""


@pytest.fixture
def dicom(tmp_path):
    """What the reader says of a small DICOM file."""

    def dumped(**attributes):
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CT, "1.2.3", "CT"
        ds.Rows = ds.Columns = 4
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
        ds.PixelData = np.arange(16, dtype=np.uint8).tobytes()
        ds["PixelData"].VR = "OB"
        [setattr(ds, keyword, value) for keyword, value in attributes.items()]
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.save_as(tmp_path / "a.dcm", enforce_file_format=True)
        reader = open_backend(Request(tmp_path / "a.dcm", "dicom", "pydicom", ReaderOptions()))
        try:
            trees = reader.vendor_metadata()
        finally:
            reader.close()
        image = DeliveredImage(index=0, kind="image", size_y=4, size_x=4)
        return dump(*(source(kind, tree) for kind, tree in trees.items())).model_copy(update={"images": (image,)})

    return dumped


@pytest.fixture
def write(tmp_path):
    def write_policy(text):
        (tmp_path / "mine.yaml").write_text(
            f'name: mine\nversion: "1"\ndescription: a test\n{text}', encoding="utf-8"
        )
        return load_policy(str(tmp_path / "mine.yaml"), POLICIES)

    return write_policy


def treated(chosen, raw):
    return treat_images(sanitise(chosen, raw, OME, row(), inventory()), chosen, raw, inventory())


def label(action):
    return [ImageTreatment(index=1, kind="label", action=action, rule="associated_images.label")]


@pytest.mark.parametrize(
    ("attributes", "state"),
    [
        ({"BurnedInAnnotation": "YES"}, "stated"),
        ({"RecognizableVisualFeatures": "YES"}, "stated"),
        ({"RecognizableVisualFeatures": "YES", "BurnedInAnnotation": "NO"}, "stated"),
        ({"BurnedInAnnotation": "NO"}, "no"),
        ({"BurnedInAnnotation": "NO", "Modality": "US"}, "no"),
        ({}, "unknown"),
        ({"Modality": "US"}, "likely"),
        ({"Modality": "OT"}, "likely"),
        ({"Modality": "ES"}, "likely"),
        ({"SOPClassUID": SECONDARY_CAPTURE}, "likely"),
        ({"SOPClassUID": MULTI_FRAME_CAPTURE}, "likely"),
        ({"SOPClassUID": ANGIOGRAPHY}, "likely"),
        ({"SOPClassUID": SLIDE, "Modality": "SM", "ImageType": ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]}, "likely"),
        ({"SOPClassUID": SLIDE, "Modality": "SM", "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]}, "unknown"),
    ],
)
def test_what_a_dicom_file_says_or_makes_likely(dicom, attributes, state):
    assert burnt_in(dicom(**attributes), ())[0] == state


@pytest.mark.parametrize("kind", ["exiftool", "bioformats"])
@pytest.mark.parametrize("name", ["BurnedInAnnotation", "0028,0301 Burned In Annotation", "DICOM:BurnedInAnnotation"])
def test_a_file_that_another_reader_has_opened_is_heard_through_its_tables(kind, name):
    assert burnt_in(dump(source(kind, {"series": [{name: " YES "}]})), ())[0] == "stated"


def test_a_source_that_is_no_dicom_and_no_slide_is_unknown():
    assert burnt_in(dump(source("czi", {"a": "YES"})), ()) == ("unknown", None)


@pytest.mark.parametrize(("action", "state"), [("keep", "likely"), ("blank", "unknown"), ("drop", "unknown")])
def test_a_label_that_is_kept_shows_what_is_written_on_it(action, state):
    assert burnt_in(dump(), label(action))[0] == state


def test_what_a_dropped_label_says_of_itself_does_not_count(dicom):
    raw = dicom(BurnedInAnnotation="YES", ImageType=["ORIGINAL", "PRIMARY", "LABEL", "NONE"])

    assert burnt_in(raw, label("drop"))[0] == "unknown"


def test_a_policy_may_refuse_pixels_that_are_stated_to_name_somebody(dicom, write):
    chosen = write("extends: facility\nburnt_in: refuse\n")

    with pytest.raises(RefusedSample, match=r"SAN005.*mine.*BurnedInAnnotation is YES") as refused:
        treated(chosen, dicom(BurnedInAnnotation="YES"))

    assert refused.value.code == "SAN005"


def test_what_is_only_likely_is_not_refused(dicom, write):
    chosen = write("extends: facility\nburnt_in: refuse\n")

    assert treated(chosen, dicom(Modality="US")).log.burnt_in == "likely"


def test_a_policy_that_flags_says_so_in_the_log(dicom, write):
    log = treated(write("extends: facility\n"), dicom(BurnedInAnnotation="YES")).log

    assert (log.burnt_in, log.burnt_in_reason) == ("stated", "BurnedInAnnotation is YES")
