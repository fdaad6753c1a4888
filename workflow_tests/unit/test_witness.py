"""The witness: a second reader that sees something else is heard, one that sees the same is on record."""

from pathlib import Path

import numpy as np
import pytest

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.models import Completeness, Inventory, MetadataDump, MetadataSource, ReaderTrial
from fixative.pixel_models import ImagePixels, LevelPixels, Pixels, PlaneDigest
from fixative.plane_digests import root_digest, start_plane, update_rows
from fixative.readers.backends import BACKENDS
from fixative.readers.options import ReaderOptions
from fixative.readers.protocol import ImageInfo
from fixative.verification_models import Attestation
from fixative.witness import attest as attest_module
from fixative.witness import rules
from fixative.witness.attest import attest, witnesses
from fixative.witness.said import is_lossy
from sources import named_file

RANDOM = np.random.default_rng(5)


class StubReader:
    """A reader over arrays of shape (T, C, Z, Y, X) or (T, C, Z, Y, X, samples)."""

    version = "1.0"

    def __init__(self, backend, library, *arrays, failing=None):
        self.backend, self.library, self._arrays, self._failing = backend, library, arrays, failing
        self.images = [self._info(index, array) for index, array in enumerate(arrays)]
        self.closed = False

    @staticmethod
    def _info(index, array):
        t, c, z, y, x, *samples = array.shape
        return ImageInfo(
            index=index,
            name=f"scene {index}",
            size_t=t,
            size_c=c,
            size_z=z,
            size_y=y,
            size_x=x,
            samples=samples[0] if samples else 1,
            dtype=array.dtype.name,
        )

    def read_region(self, image, t, c, z, y, x, height, width, level=0):
        if self._failing:
            raise self._failing
        return np.ascontiguousarray(self._arrays[image][t, c, z, y : y + height, x : x + width])

    def close(self):
        self.closed = True


def values(*shape, dtype="uint16"):
    return RANDOM.integers(0, 250, shape).astype(dtype)


def pixels_of(*arrays, absent=()):
    return Pixels(
        root_sha256=root_digest(()), images=tuple(image_of(n, array, absent) for n, array in enumerate(arrays))
    )


def image_of(index, array, absent):
    t, c, z, y, x, *samples = array.shape
    planes = []
    for at in np.ndindex(t, c, z):
        if at not in absent:
            digest = start_plane(array.dtype.name, y, x, samples[0] if samples else 1)
            update_rows(digest, array[at])
            planes.append(PlaneDigest(t=at[0], c=at[1], z=at[2], sha256=digest.hexdigest()))
    return ImagePixels(
        index=index,
        dtype=array.dtype.name,
        size_t=t,
        size_c=c,
        size_z=z,
        size_y=y,
        size_x=x,
        samples=samples[0] if samples else 1,
        downsampling="none",
        absent=tuple(absent),
        levels=(LevelPixels(level=0, size_y=y, size_x=x, planes=tuple(planes)),),
    )


def inventory_of(fmt):
    file = named_file(Path("/nowhere/source"), "main")
    return Inventory(
        format=fmt, files=(file,), completeness=Completeness(checked=False, method="none"), fileset_sha256="0" * 64
    )


def dump_of(reader="pylibCZIrw", library="libCZI", tried=(), sources=()):
    return MetadataDump(reader=reader, reader_version="5", reader_library=library, tried=tried, sources=sources)


@pytest.fixture
def ask(monkeypatch):
    """Ask stub witnesses about a CZI that pylibCZIrw has converted."""

    def run(converted, readers, asked="independent", fmt="czi", tried=(), sources=(), absent=(), pixels=None):
        converter = BACKENDS[FORMATS[fmt].backends[0]]
        name = FORMATS[fmt].backends[0]
        mine = StubReader(name, converter.library, *converted)
        opened = {name: mine, **readers}

        def open_backend(request):
            found = opened.get(request.backend)
            if found is None:
                raise RefusedSample("MET001", tried="not in this test")
            if isinstance(found, RefusedSample):
                raise found
            return found

        monkeypatch.setattr(attest_module, "open_backend", open_backend)
        return attest(
            inventory_of(fmt),
            dump_of(name, converter.library, tried, sources),
            pixels or pixels_of(*converted, absent=absent),
            ReaderOptions(),
            asked,
        )

    return run


def test_a_witness_that_sees_the_same_is_on_record(ask):
    array = values(2, 2, 3, 20, 30)
    witness = StubReader("bioformats", "Bio-Formats", array)

    found = ask([array], {"bioformats": witness})

    assert (found.reader, found.library, found.planes, found.exact, found.rules) == (
        "bioformats",
        "Bio-Formats",
        12,
        True,
        (),
    )
    assert witness.closed


def test_one_sample_that_differs_is_named_with_both_readers(ask):
    array = values(2, 1, 3, 20, 30)
    other = array.copy()
    other[1, 0, 2, 7, 11] += 1

    with pytest.raises(RefusedSample) as caught:
        ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", other)})

    assert caught.value.code == "VER005"
    message = caught.value.message
    assert "pylibCZIrw 5 against bioformats 1.0" in message
    assert "image 0 T1 C0 Z2 Y7 X11" in message
    assert f"{array[1, 0, 2, 7, 11]} against {other[1, 0, 2, 7, 11]}" in message


def test_bands_are_put_together_to_planes(ask, monkeypatch):
    monkeypatch.setattr("fixative.witness.seen.BAND_BYTES", 100)
    array = values(1, 1, 2, 37, 11)
    other = array.copy()
    other[0, 0, 1, 36, 10] += 1

    assert ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", array)}).planes == 2
    with pytest.raises(RefusedSample, match="Y36 X10"):
        ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", other)})


def test_not_a_number_is_the_same_as_itself(ask):
    array = np.full((1, 1, 1, 4, 4), np.nan, "float32")

    assert ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", array)}).planes == 1


def test_a_witness_of_another_size_is_told_with_what_it_lists(ask):
    array = values(1, 1, 1, 20, 30)

    with pytest.raises(RefusedSample, match=r"the second reader lists T1 C1 Z1 Y20 X29 uint16"):
        ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", array[..., :29])})


def test_an_image_that_the_witness_lacks_is_a_disagreement_and_one_more_is_counted(ask):
    first, second = values(1, 1, 1, 20, 30), values(1, 1, 1, 20, 30)

    with pytest.raises(RefusedSample, match="VER005"):
        ask([first, second], {"bioformats": StubReader("bioformats", "Bio-Formats", first)})
    found = ask([first], {"bioformats": StubReader("bioformats", "Bio-Formats", first, second)})
    assert found.further_images == 1


def test_images_in_another_order_are_found_by_their_pixels(ask):
    first, second = values(1, 1, 2, 20, 30), values(1, 1, 2, 20, 30)

    assert ask([first, second], {"bioformats": StubReader("bioformats", "Bio-Formats", second, first)}).planes == 4


def test_two_images_are_not_proven_by_one(ask):
    array = values(1, 1, 1, 20, 30)

    with pytest.raises(RefusedSample, match="VER005"):
        ask([array, array], {"bioformats": StubReader("bioformats", "Bio-Formats", array, values(1, 1, 1, 20, 30))})


def test_absent_planes_are_not_asked_about(ask):
    array = values(1, 1, 3, 20, 30)
    other = array.copy()
    other[0, 0, 1] = 0

    found = ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", other)}, absent=((0, 0, 1),))

    assert found.planes == 2


def test_one_that_agrees_is_enough_and_the_other_stays_on_record(ask):
    array = values(1, 1, 1, 20, 30)
    readers = {
        "bioformats": StubReader("bioformats", "Bio-Formats", array + 1),
        "aicsimageio-lif": StubReader("aicsimageio-lif", "readlif", array),
    }

    found = ask([array], readers, fmt="lif")

    assert found.reader == "aicsimageio-lif"
    assert [dissent.reader for dissent in found.dissents] == ["bioformats"]
    assert "image 0 T0 C0 Z0 Y0 X0" in found.dissents[0].finding


def test_one_that_agrees_to_the_bit_is_preferred_to_one_that_agrees_within_a_tolerance(ask):
    array = values(1, 1, 1, 20, 30, dtype="uint8")
    near = StubReader("bioformats", "Bio-Formats", array + np.uint8(1))

    found = ask([array], {"bioformats": near, "libjpeg": StubReader("libjpeg", "libjpeg", array)}, fmt="jpeg")
    assert (found.reader, found.exact) == ("libjpeg", True)
    found = ask(
        [array], {"bioformats": near, "libjpeg": StubReader("libjpeg", "libjpeg", array[:, :, :, :9])}, fmt="jpeg"
    )
    assert (found.reader, found.exact, len(found.dissents)) == ("bioformats", False, 1)


def test_a_witness_that_says_the_file_is_cut_short_disagrees(ask):
    array = values(1, 1, 1, 20, 30)
    cut = RefusedSample("INV004", promised="2 planes", present="1", where="file")

    with pytest.raises(RefusedSample, match=r"VER005.*truncated"):
        ask([array], {"bioformats": cut})


def test_without_a_second_reader_only_required_refuses(ask):
    array = values(1, 1, 1, 20, 30)

    found = ask([array], {})

    assert found.reader is None
    assert [trial.backend for trial in found.tried] == ["bioformats", "czi-tiles"]
    with pytest.raises(RefusedSample, match="VER006"):
        ask([array], {}, asked="required")
    assert ask([array], {}, asked="none") == Attestation(asked="none")


def test_a_witness_that_cannot_decode_is_no_disagreement(ask):
    array = values(1, 1, 1, 20, 30)
    failing = RefusedSample("CNV001", where="image 0", reason="unknown codec")
    readers = {"bioformats": StubReader("bioformats", "Bio-Formats", array, failing=failing)}

    assert "unknown codec" in ask([array], readers).tried[0].error


def test_where_one_reader_could_not_decode_two_must_agree(ask):
    array = values(1, 1, 1, 20, 30)
    doubted = (ReaderTrial(backend="other", error="[CNV001] ...", undecodable=True),)

    with pytest.raises(RefusedSample, match="VER006"):
        ask([array], {}, tried=doubted)
    assert ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", array)}, tried=doubted).planes == 1


def test_a_reader_that_decodes_with_the_same_code_is_not_asked(ask):
    array = values(1, 1, 1, 20, 30)

    found = ask([array], {"bioformats": StubReader("bioformats", "libCZI", array)})

    assert found.reader is None
    assert "libCZI" in found.tried[0].error


def test_witnesses_are_of_another_code_base():
    for fmt, form in FORMATS.items():
        for backend in form.backends:
            library = BACKENDS[backend].library
            for name in witnesses(fmt, backend, library, ReaderOptions()):
                assert BACKENDS[name].library != library, (fmt, backend, name)


def test_known_bad_readers_are_not_heard_and_the_reason_is_on_record(ask):
    array = values(1, 1, 1, 20, 30)

    found = ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", array)}, fmt="fits")

    assert found.reader is None
    assert "tile-compressed" in found.tried[0].error


def test_a_reader_without_complex_numbers_is_not_asked_about_them(ask):
    array = values(1, 1, 1, 4, 6).astype("complex64")

    found = ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", values(1, 1, 1, 4, 6))}, fmt="dm4")

    assert found.reader is None
    assert "complex" in found.tried[0].error


def test_films_of_luma_and_chroma_are_not_asked_of_readers_that_convert_them(ask):
    array = values(3, 1, 1, 4, 6, dtype="uint8")
    tree = {"streams": [{"pixel_format": "yuv420p"}]}
    source = MetadataSource(kind="av", file="a", tool="av", version="1", tree=tree)
    converted = StubReader("bioformats", "Bio-Formats", values(3, 1, 1, 4, 6, 3, dtype="uint8"))

    found = ask([array], {"bioformats": converted}, fmt="avi", sources=(source,))

    assert found.reader is None
    assert "luma and chroma" in found.tried[0].error


class TestRules:
    """Each rule with the difference it is for, and with one that it must not hide."""

    def check(self, ask, archived, seen, rule, fmt="czi", **options):
        found = ask([archived], {"bioformats": StubReader("bioformats", "Bio-Formats", seen)}, fmt=fmt, **options)
        assert found.rules == (rule,)
        broken = seen.copy()
        broken[(-1,) * broken.ndim] ^= 1 if broken.dtype != "bool" else True
        with pytest.raises(RefusedSample, match="VER005"):
            ask([archived], {"bioformats": StubReader("bioformats", "Bio-Formats", broken)}, fmt=fmt, **options)

    def test_pages_by_another_name(self, ask):
        array = values(5, 1, 1, 20, 30)
        self.check(ask, array, array.reshape(1, 1, 5, 20, 30), "other-axis")

    def test_two_axes_by_other_names_stay_a_disagreement(self, ask):
        array = values(2, 3, 1, 20, 30)
        swapped = StubReader("bioformats", "Bio-Formats", array.transpose(1, 0, 2, 3, 4))
        with pytest.raises(RefusedSample, match="VER005"):
            ask([array], {"bioformats": swapped})

    def test_samples_as_channels(self, ask):
        array = values(1, 1, 2, 20, 30, 3)
        self.check(ask, array, array.transpose(0, 5, 2, 3, 4, 1)[..., 0], "samples-as-channels")

    def test_a_grey_gif_as_colours(self, ask):
        array = np.repeat(values(1, 1, 1, 20, 30, dtype="uint8")[..., np.newaxis], 3, axis=-1)
        self.check(ask, array, array[..., 0], "grey-as-colours", fmt="gif")

    def test_planes_as_samples(self, ask):
        array = values(1, 3, 2, 20, 30)
        self.check(ask, array, array[:, None].transpose(0, 1, 3, 4, 5, 2), "planes-as-samples")

    def test_rows_from_the_bottom_in_deltavision_alone(self, ask):
        array = values(1, 2, 2, 21, 30)
        self.check(ask, array, array[:, :, :, ::-1], "mirrored-rows", fmt="dv")
        with pytest.raises(RefusedSample, match="VER005"):
            ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", array[:, :, :, ::-1])})

    def test_bits_as_bytes(self, ask):
        array = values(1, 1, 1, 20, 30) > 100
        seen = array.astype("uint8") * 255
        found = ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", seen)})
        assert found.rules == ("bits-as-bytes",)
        seen[0, 0, 0, 3, 4] = 7
        with pytest.raises(RefusedSample, match="VER005"):
            ask([array | (seen == 7)], {"bioformats": StubReader("bioformats", "Bio-Formats", seen)})

    def test_lossy_decoders_may_differ_by_little_and_only_they(self, ask):
        array = values(1, 1, 1, 20, 30, dtype="uint8")
        near = array + np.uint8(1)
        far, many = array.copy(), array + np.uint8(2)
        far[0, 0, 0, 7, 7] ^= 32

        found = ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", near)}, fmt="jpeg")
        assert (found.rules, found.exact) == (("lossy-decoder",), False)
        for fmt, other in (("jpeg", far), ("jpeg", many), ("png", near)):
            with pytest.raises(RefusedSample, match="VER005"):
                ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", other)}, fmt=fmt)

    def test_a_flat_list_of_planes_in_the_files_order(self, ask):
        array = values(2, 3, 1, 20, 30)
        self.check(ask, array, array.reshape(6, 1, 1, 20, 30), "flat-list")
        self.check(ask, array, array.transpose(1, 0, 2, 3, 4).reshape(6, 1, 1, 20, 30), "flat-list")

    def test_pages_as_images_of_their_own(self, ask):
        array, other = values(3, 1, 1, 20, 30), values(1, 1, 1, 40, 60)
        pages = [array[n : n + 1] for n in range(3)]
        found = ask([array, other], {"bioformats": StubReader("bioformats", "Bio-Formats", *pages, other)})
        assert (found.rules, found.planes, found.further_images) == (("pages-as-images",), 4, 0)
        with pytest.raises(RefusedSample, match="VER005"):
            ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", pages[0], pages[2], pages[1])})

    def test_a_mask_that_is_a_channel_there(self, ask):
        array = values(2, 3, 2, 20, 30)
        archived = [array[:, :2], array[:, 2:]]
        found = ask(archived, {"bioformats": StubReader("bioformats", "Bio-Formats", array)}, fmt="scitiff")
        assert (found.rules, found.further_images) == (("part-of-the-channels",), 0)
        with pytest.raises(RefusedSample, match="VER005"):
            ask(archived, {"bioformats": StubReader("bioformats", "Bio-Formats", array)}, fmt="czi")

    def test_an_xz_scan(self, ask):
        array = values(1, 2, 12, 5, 30)
        self.check(ask, array, array.transpose(0, 1, 3, 2, 4), "rows-as-slices", fmt="lif")

    def test_packed_colours(self, ask):
        array = values(1, 1, 1, 20, 30, 4, dtype="uint8")
        seen = array.view("<u4")[..., 0]
        self.check(ask, array, seen, "packed-colours", fmt="dm4")

    def test_signed_integers_taken_for_unsigned_ones(self, ask):
        array = values(1, 1, 3, 20, 30).astype("int16") - 100
        self.check(ask, array, array.view("uint16"), "other-sign", fmt="nrrd")

    def test_values_counted_from_white(self, ask):
        array = values(1, 1, 1, 20, 30, dtype="uint8")
        source = MetadataSource(
            kind="tiff", file="a", tool="t", version="1", tree={"ifd": [{"PhotometricInterpretation": 0}]}
        )
        self.check(ask, array, np.invert(array), "inverted", fmt="tiff", sources=(source,))
        with pytest.raises(RefusedSample, match="VER005"):
            ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", np.invert(array))}, fmt="tiff")

    def test_any_byte_that_is_not_zero_is_true(self, ask):
        array = values(1, 1, 1, 20, 30, dtype="uint8") > 100
        odd = (array.astype("uint8") * 255).view(bool)
        found = ask([array], {"bioformats": StubReader("bioformats", "Bio-Formats", odd)})
        assert (found.planes, found.rules) == (1, ())

    def test_every_rule_has_a_name_of_its_own_and_a_reason(self):
        names = [rule.name for rule in rules.RULES]
        assert len(set(names)) == len(names)
        assert all(rule.reason for rule in rules.RULES)


@pytest.mark.parametrize(
    ("kind", "tree", "lossy"),
    [
        ("tiff", {"ifd": [{"Compression": 7}]}, True),
        ("tiff", {"ifd": [{"Compression": 5}]}, False),
        ("dicom", {"file_meta": {"TransferSyntaxUID": "1.2.840.10008.1.2.4.50"}}, True),
        ("dicom", {"file_meta": {"TransferSyntaxUID": "1.2.840.10008.1.2.4.90"}}, False),
    ],
)
def test_loss_is_told_by_the_sources_own_tags(kind, tree, lossy):
    source = MetadataSource(kind=kind, file="a", tool="t", version="1", tree=tree)

    assert is_lossy("tiff", dump_of(sources=(source,))) is lossy
    assert is_lossy("jpeg", dump_of())


def test_a_blanked_image_is_not_asked_about(ask):
    slide, label = values(1, 1, 1, 6, 8), values(1, 1, 1, 4, 4)
    images = image_of(0, slide, ()), image_of(1, np.zeros_like(label), ()).model_copy(update={"blanked": True})
    pixels = Pixels(root_sha256=root_digest(()), images=images)

    found = ask([slide, label], {"bioformats": StubReader("bioformats", "Bio-Formats", slide, label)}, pixels=pixels)

    assert (found.reader, found.planes) == ("bioformats", 1)


def test_an_image_behind_one_that_was_left_out_is_compared_with_its_own_source(ask):
    label, slide = values(1, 1, 1, 6, 8), values(1, 1, 1, 6, 8)
    other = slide.copy()
    other[0, 0, 0, 2, 3] += 1
    pixels = Pixels(
        root_sha256=root_digest(()), images=(image_of(0, slide, ()).model_copy(update={"source_index": 1}),)
    )

    with pytest.raises(RefusedSample, match=f"VER005.*Y2 X3: {slide[0, 0, 0, 2, 3]} against {other[0, 0, 0, 2, 3]}"):
        ask([label, slide], {"bioformats": StubReader("bioformats", "Bio-Formats", other)}, pixels=pixels)
