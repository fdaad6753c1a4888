"""Labels and macros: what a policy decides about them is so in the pixels, the documents and the records."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from lxml import etree

from fixative.convert import tags_of_staying
from fixative.findings import RefusedSample
from fixative.image.ome_tiff import _shown
from fixative.metadata_diff.record import diff_documents
from fixative.models import REDACTED, DeliveredImage, ImageTreatment, MetadataSource, SanitisationLog
from fixative.ome.schema import problems
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels, PlaneDigest
from fixative.plane_digests import root_digest, start_plane, update_rows
from fixative.privacy.apply import sanitise
from fixative.privacy.image_documents import dump_without_images, matching, ome_without_images
from fixative.privacy.images import left_out_text, pixels_as_left, require_left_out, staying_images, treat_images
from fixative.privacy.policy import load_policy
from fixative.readers.protocol import ImageInfo
from fixative.readers.staying import StayingImages, kind_of
from fixative.verify.expectation import record_problems
from fixative.xml_tree import parse_xml, xml_tree
from privacy_samples import POLICIES, dump, inventory, policy, row

KINDS = ("image", "thumbnail", "label", "macro")
SIZES = {"image": (40, 30), "thumbnail": (8, 6), "label": (12, 10), "macro": (9, 20)}
NAMES = {"image": "slide", "thumbnail": "small", "label": "Jane Roe", "macro": "glass"}


def pixels_xml(number, size):
    return (
        f'<Pixels ID="Pixels:{number}" DimensionOrder="XYZCT" Type="uint8" SizeX="{size[1]}" SizeY="{size[0]}" '
        f'SizeZ="1" SizeC="3" SizeT="1"><Channel ID="Channel:{number}:0" SamplesPerPixel="3"/>'
        "<MetadataOnly/></Pixels>"
    )


def image_xml(number, kind):
    """An Image that has an annotation and an ROI to itself, and shares one of each with all others."""
    return (
        f'<Image ID="Image:{number}" Name="{NAMES[kind]}"><InstrumentRef ID="Instrument:0"/>'
        f'{pixels_xml(number, SIZES[kind])}<ROIRef ID="ROI:{number}"/><ROIRef ID="ROI:shared"/>'
        f'<AnnotationRef ID="Annotation:{number}"/><AnnotationRef ID="Annotation:shared"/></Image>'
    )


def roi_xml(name):
    return (
        f'<ROI ID="ROI:{name}"><Union><Point ID="Shape:{name}" X="1" Y="1"/></Union>'
        f'<AnnotationRef ID="Annotation:of-{name}"/></ROI>'
    )


def annotation_xml(name):
    return f'<CommentAnnotation ID="Annotation:{name}"><Value>said of {name}</Value></CommentAnnotation>'


def document(kinds=KINDS):
    names = [*range(len(kinds)), "shared"]
    references = "".join(f'<ImageRef ID="Image:{number}"/>' for number in range(len(kinds)))
    annotations = [*(annotation_xml(name) for name in names), *(annotation_xml(f"of-{name}") for name in names)]
    return (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        f'<Dataset ID="Dataset:0" Name="all">{references}</Dataset>'
        '<Instrument ID="Instrument:0"><Microscope Model="X"/></Instrument>'
        f"{''.join(image_xml(number, kind) for number, kind in enumerate(kinds))}"
        f"<StructuredAnnotations>{''.join(annotations)}</StructuredAnnotations>"
        f"{''.join(roi_xml(name) for name in names)}</OME>"
    ).encode()


def tree(xml):
    return xml_tree(parse_xml(xml))


def delivered(kinds=KINDS):
    return tuple(
        DeliveredImage(index=number, kind=kind, size_y=SIZES[kind][0], size_x=SIZES[kind][1])
        for number, kind in enumerate(kinds)
    )


def slide_dump(*sources, kinds=KINDS):
    return dump(*sources).model_copy(update={"images": delivered(kinds)})


def source(kind, content, tool="a tool"):
    return MetadataSource(kind=kind, file="a.svs", tool=tool, version="1", tree=content)


def treated(chosen, raw, xml=None, fmt="svs"):
    files = inventory().model_copy(update={"format": fmt})
    clean = sanitise(chosen, raw, xml or document(), row(), files)
    return treat_images(clean, chosen, raw, files)


@pytest.fixture
def write(tmp_path):
    def write_policy(text):
        (tmp_path / "mine.yaml").write_text(
            f'name: mine\nversion: "1"\ndescription: a test\n{text}', encoding="utf-8"
        )
        return load_policy(str(tmp_path / "mine.yaml"), POLICIES)

    return write_policy


class Slide:
    """A reader over one array a kind, each of another value."""

    backend, library, version = "tifffile", "tifffile", "1"

    def __init__(self, kinds=KINDS):
        self.arrays = [np.full((*SIZES[kind], 3), 10 * number + 7, np.uint8) for number, kind in enumerate(kinds)]
        self.images = [info(number, kind) for number, kind in enumerate(kinds)]
        self.read, self.closed = [], False

    def read_region(self, image, t, c, z, y, x, height, width, level=0):
        self.read.append(image)
        return self.arrays[image][y : y + height, x : x + width].copy()

    def ome_xml(self):
        return None

    def vendor_metadata(self):
        return {"svs": {}}

    def files(self):
        return []

    def close(self):
        self.closed = True


def info(number, kind="image", name=None, samples=3):
    size_y, size_x = SIZES[kind]
    return ImageInfo(number, name, 1, 1, 1, size_y, size_x, samples, "uint8", kind=kind)


def digest_of(array):
    digest = start_plane("uint8", *array.shape)
    update_rows(digest, array)
    return digest.hexdigest()


def record_of(index, array, **more):
    size_y, size_x, samples = array.shape
    plane = PlaneDigest(t=0, c=0, z=0, sha256=digest_of(array))
    return ImagePixels(
        index=index,
        dtype="uint8",
        size_t=1,
        size_c=1,
        size_z=1,
        size_y=size_y,
        size_x=size_x,
        samples=samples,
        downsampling="none",
        levels=(LevelPixels(level=0, size_y=size_y, size_x=size_x, planes=(plane,)),),
        **more,
    )


def pixels(*images):
    return Pixels(root_sha256=root_digest(images), images=images)


def log_of(**actions):
    images = tuple(
        ImageTreatment(index=KINDS.index(kind), kind=kind, action=action, rule=f"associated_images.{kind}")
        for kind, action in actions.items()
    )
    return SanitisationLog(
        policy="p", policy_version="1", policy_sha256="0", strict=False, redactions=(), kept_keys=0, images=images
    )


@pytest.mark.parametrize(
    ("name", "label", "macro", "thumbnail", "burnt_in"),
    [
        ("keep_all", "keep", "keep", "keep", "flag"),
        ("facility", "drop", "drop", "keep", "flag"),
        ("gdpr_pseudonymous", "drop", "drop", "keep", "flag"),
        ("hipaa_safe_harbor", "drop", "drop", "keep", "refuse"),
        ("dicom_basic", "drop", "drop", "keep", "refuse"),
    ],
)
def test_what_shipped_policies_do_with_associated_images(name, label, macro, thumbnail, burnt_in):
    chosen = policy(name)

    assert tuple(map(chosen.image_action, ("label", "macro", "thumbnail"))) == (label, macro, thumbnail)
    assert chosen.burnt_in == burnt_in


def test_a_policy_inherits_the_kinds_that_it_does_not_name(write):
    chosen = write("extends: keep_all\nassociated_images: {label: blank}\n")

    assert tuple(map(chosen.image_action, ("label", "macro"))) == ("blank", "keep")


def test_a_policy_that_says_nothing_of_labels_drops_them(write):
    chosen = write("rules: []\n")

    assert tuple(map(chosen.image_action, ("label", "macro", "thumbnail"))) == ("drop", "drop", "keep")


@pytest.mark.parametrize("text", ["associated_images: {label: hide}", "associated_images: {slide: drop}"])
def test_an_action_or_a_kind_that_there_is_not_is_refused(write, text):
    with pytest.raises(RefusedSample, match=r"(?s)SAN003.*associated_images"):
        write(f"{text}\n")


def test_the_log_names_image_action_and_rule():
    images = treated(policy("facility"), slide_dump()).log.images

    assert [(one.index, one.kind, one.action, one.rule) for one in images] == [
        (1, "thumbnail", "keep", "associated_images.thumbnail"),
        (2, "label", "drop", "associated_images.label"),
        (3, "macro", "drop", "associated_images.macro"),
    ]


def test_a_sample_of_nothing_but_a_label_is_refused():
    with pytest.raises(RefusedSample, match=r"SAN003.*label"):
        treated(policy("facility"), slide_dump(kinds=("label",)), document(("label",)))


def test_the_reference_image_of_an_olympus_file_shows_no_glass_and_stays():
    images = treated(policy("facility"), slide_dump(kinds=("image", "macro")), fmt="oib").log.images

    assert [one.action for one in images] == ["keep"]


def test_a_dropped_image_leaves_the_document_with_what_spoke_of_it_alone():
    left = treated(policy("facility"), slide_dump()).ome_xml

    root = etree.fromstring(left)
    assert [image.get("ID") for image in root.findall("{*}Image")] == ["Image:0", "Image:1"]
    assert [one.get("ID") for one in root.iter("{*}ImageRef")] == ["Image:0", "Image:1"]
    assert [one.get("ID") for one in root.findall("{*}ROI")] == ["ROI:0", "ROI:1", "ROI:shared"]
    assert [one.get("ID").partition(":")[2] for one in root.find("{*}StructuredAnnotations")] == [
        *("0", "1", "shared", "of-0", "of-1", "of-shared")
    ]
    assert list(problems(left)) == []


def test_a_document_without_annotations_left_has_no_empty_holder():
    only_the_labels = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        f'<Image ID="Image:0">{pixels_xml(0, (4, 4))}</Image>'
        f'<Image ID="Image:1">{pixels_xml(1, (4, 4))}<AnnotationRef ID="Annotation:1"/></Image>'
        f"<StructuredAnnotations>{annotation_xml(1)}</StructuredAnnotations></OME>"
    )

    left = ome_without_images(only_the_labels.encode(), {1: "associated_images.label"})

    assert etree.fromstring(left).find("{*}StructuredAnnotations") is None
    assert list(problems(left)) == []


def test_blanked_and_kept_images_stay_in_the_document(write):
    chosen = write("extends: keep_all\nassociated_images: {label: blank}\n")

    assert treated(chosen, slide_dump()).ome_xml == document()


def test_every_readers_document_in_the_dump_loses_the_image_and_says_by_which_rule():
    raw = slide_dump(source("ome", tree(document())), source("bioformats", {"series": [{"a": "1"}] * 4}))

    ome, tables = treated(policy("facility"), raw).dump.sources

    assert ome.tree["OME"]["Image"][2] == {REDACTED: "associated_images.label"}
    assert ome.tree["OME"]["ROI"][3] == {REDACTED: "associated_images.macro"}
    assert "Jane Roe" not in ome.model_dump_json()
    assert "said of of-2" not in ome.model_dump_json()
    assert "said of shared" in ome.model_dump_json()
    assert tables.tree["series"] == [{"a": "1"}, {"a": "1"}, {}, {}]


def test_what_sources_disagree_about_in_a_dropped_image_goes_too():
    lines = [{"image": number, "field": "Image@Name", "kept": "Jane Roe"} for number in (0, 2, None)]
    raw = slide_dump(source("disagreement", lines))

    left = dump_without_images(raw, raw, {2: "associated_images.label"})

    assert [line["image"] for line in left.sources[0].tree] == [0, None]


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (["slide", "small", "Jane Roe", "glass"], {2, 3}),
        (["slide", "label image", "macro image"], {1, 2}),
        (["macro image", "slide"], {0}),
        (["slide"], set()),
    ],
)
def test_a_dropped_image_is_known_by_order_size_or_name(listed, found):
    sizes = {**{NAMES[kind]: SIZES[kind] for kind in KINDS}, "label image": (12, 10), "macro image": (999, 999)}
    images = [{"@Name": name, "Pixels": [{"@SizeY": sizes[name][0], "@SizeX": sizes[name][1]}]} for name in listed]

    assert set(matching(images, delivered(), {2: "label", 3: "macro"})) == found


def test_an_image_of_the_same_size_is_not_taken_for_the_label():
    images = delivered(("image", "label"))
    alike = (images[0], images[1].model_copy(update={"size_y": 40, "size_x": 30}))
    listed = [{"@Name": "slide", "Pixels": [{"@SizeY": "40", "@SizeX": "30"}]}]

    assert matching(listed, alike, {1: "associated_images.label"}) == {}


def test_the_metadata_diff_counts_values_of_a_dropped_image_as_redacted_by_its_rule():
    raw = slide_dump(source("ome", tree(document())))
    clean = treated(policy("facility"), raw)

    diff = diff_documents(raw.sources[0].tree, clean.dump.sources[0].tree, tree(clean.ome_xml))

    assert (diff.refused, diff.exposed, diff.dropped) == (0, 0, 0)
    assert {line.rule for line in diff.redactions} >= {"associated_images.label", "associated_images.macro"}
    assert diff.redacted == sum(line.count for line in diff.redactions)


def test_the_metadata_diff_still_misses_an_image_that_no_rule_dropped():
    raw = slide_dump(source("ome", tree(document())))
    clean = treated(policy("facility"), raw)
    lost = ome_without_images(clean.ome_xml, {1: "nobody"})

    diff = diff_documents(raw.sources[0].tree, clean.dump.sources[0].tree, tree(lost))

    assert diff.refused > 0


def test_the_staying_images_are_numbered_anew_and_read_from_their_old_places():
    with closing(StayingImages(Slide(), {1: "drop", 2: "blank"})) as reader:
        assert [(image.index, image.kind) for image in reader.images] == [(0, "image"), (1, "label"), (2, "macro")]
        assert reader.sources == (0, 2, 3)
        assert (reader.read_region(2, 0, 0, 0, 0, 0, 9, 20) == 37).all()


def test_of_a_blanked_image_nothing_is_read():
    slide = Slide()
    reader = StayingImages(slide, {2: "blank"})

    found = reader.read_region(2, 0, 0, 0, 2, 1, 5, 4)

    assert (found.shape, found.dtype, found.any(), slide.read) == ((5, 4, 3), np.uint8, False, [])


def test_a_region_outside_a_blanked_image_is_refused():
    reader = StayingImages(Slide(), {2: "blank"})

    with pytest.raises(RefusedSample, match="CNV003"):
        reader.read_region(2, 0, 0, 0, 0, 0, 13, 10)


def test_the_wrapped_reader_is_closed():
    slide = Slide()

    StayingImages(slide, {}).close()

    assert slide.closed


def test_a_reader_that_lists_other_images_than_were_decided_about_is_refused():
    with pytest.raises(RefusedSample, match="CNV003"):
        staying_images(Slide(("image", "label")), log_of(label="drop"), slide_dump())


@pytest.mark.parametrize(
    ("name", "samples", "kind"),
    [
        ("label image", 1, "label"),
        ("macro image", 3, "macro"),
        ("Overview", 3, "macro"),
        ("label", 3, "label"),
        ("label", 1, "image"),
        ("labels of nuclei", 3, "image"),
        (None, 3, "image"),
    ],
)
def test_a_converted_slides_label_is_known_by_the_name_it_was_given(name, samples, kind):
    assert kind_of(info(0, name=name, samples=samples)) == kind


def test_tags_follow_the_images_that_stay_and_a_blank_has_none():
    slide = Slide()
    tags = [{1: (1, bytes([number]))} for number in range(4)]

    found = tags_of_staying(tags, slide.images, StayingImages(slide, {1: "drop", 2: "blank"}))

    assert found == [tags[0], {}, tags[3]]


def test_tags_are_counted_with_the_page_for_planes_that_are_not_there():
    images = [replace(info(0), size_z=3, absent=frozenset([(0, 0, 1)])), info(1, "label")]
    slide = Slide(("image", "label"))
    slide.images = images

    found = tags_of_staying([{1: (1, b"a")}, {}, {}, {1: (1, b"b")}], images, StayingImages(slide, {0: "drop"}))

    assert found == [{1: (1, b"b")}]


def test_the_record_of_pixels_says_what_is_blank_and_where_images_stood():
    slide = Slide()
    reader = StayingImages(slide, {1: "drop", 2: "blank"})
    written = pixels(*(record_of(number, slide.arrays[source]) for number, source in enumerate(reader.sources)))

    left = pixels_as_left(written, reader)

    assert [(image.blanked, image.source_index) for image in left.images] == [(False, 0), (True, 2), (False, 3)]


def test_the_record_of_pixels_is_as_ever_where_nothing_is_left_out():
    slide = Slide()
    written = pixels(*(record_of(number, array) for number, array in enumerate(slide.arrays)))

    assert pixels_as_left(written, StayingImages(slide, {})) == written


def test_a_label_that_was_written_nevertheless_is_found():
    slide = Slide(("image", "thumbnail", "label"))
    written = pixels(*(record_of(number, array) for number, array in enumerate(slide.arrays)))

    with pytest.raises(RefusedSample, match=r"SAN002.*label.*associated_images.label"):
        require_left_out(log_of(label="drop"), written, slide_dump(kinds=("image", "thumbnail", "label")))


def test_a_label_that_was_not_blanked_is_found():
    written = pixels(*(record_of(number, array) for number, array in enumerate(Slide().arrays)))

    with pytest.raises(RefusedSample, match="SAN002"):
        require_left_out(log_of(label="blank"), written, slide_dump())


def test_an_image_that_no_policy_left_out_is_missed():
    written = pixels(record_of(0, Slide().arrays[0]))

    with pytest.raises(RefusedSample, match="VER003"):
        require_left_out(log_of(label="drop"), written, slide_dump())


def test_a_blanked_image_that_is_not_blank_is_damage():
    array = np.zeros((6, 5, 3), np.uint8)
    array[5, 4, 2] = 1

    found = list(record_problems(pixels(record_of(0, array, blanked=True))))

    assert [problem.code for problem in found] == ["VER001"]


def test_a_blanked_image_of_zeros_is_none():
    assert list(record_problems(pixels(record_of(0, np.zeros((6, 5, 3), np.uint8), blanked=True)))) == []


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        (("label", "macro", "image"), 2),
        (("label", "macro"), 1),
        (("macro", "thumbnail"), 1),
        (("label",), None),
    ],
)
def test_no_thumbnail_shows_a_label(kinds, shown):
    assert _shown(Slide(kinds).images) == shown


def test_people_are_told_what_is_left_out():
    text = left_out_text(log_of(thumbnail="keep", label="blank", macro="drop").images)

    assert text == "1 of the source's images left out (macro); 1 of the source's images blanked (label)"
