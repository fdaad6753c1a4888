"""DICOM, volumes, HDF5 and Zarr with a canary in every slot, by the libraries of their own communities."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from canary_scan import Nest
from canary_sources import PIXELS

CUBE = np.stack([PIXELS, PIXELS + 1, PIXELS + 2])


def write_dicom(path: Path, nest: Nest) -> None:
    """DICOM: persons in three alphabets, sequences within sequences, private groups, overlays, texts of each kind."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    meta.MediaStorageSOPInstanceUID = UID("1.2.826.0.1.3680043.8.498.1")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = nest.person("SourceApplicationEntityTitle")
    data = Dataset()
    data.file_meta = meta
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.2", "1.2.826.0.1.3680043.8.498.3"
    latin, ideographic = nest.person("PatientName"), nest.person("PatientName in ideographs")
    data.PatientName = f"{latin}^Ada={ideographic}山田^太郎={nest.person('PatientName in syllables')}"
    data.PatientID = nest.person("PatientID")
    data.OperatorsName = [nest.person("OperatorsName 1"), nest.person("OperatorsName 2")]
    data.StudyDescription, data.ImageComments = nest.text("StudyDescription"), nest.text("ImageComments")
    data.StudyDate, data.Modality = nest.day("StudyDate").replace("-", ""), "OT"
    data.InstitutionName, data.StationName = nest.person("InstitutionName"), nest.person("StationName")
    inner, outer = Dataset(), Dataset()
    inner.PersonName = nest.person("PersonName in a sequence within a sequence")
    inner.TextValue = nest.text("TextValue in a sequence within a sequence")
    outer.ContentSequence = Sequence([inner])
    outer.ReferringPhysicianName = nest.person("ReferringPhysicianName in a sequence")
    data.RequestAttributesSequence = Sequence([outer])
    private = data.private_block(0x0099, "QZ TEST", create=True)
    private.add_new(1, "LO", nest.person("private LO"))
    private.add_new(2, "UN", nest.person("private UN").encode())
    private.add_new(3, "UT", nest.person("private UT"))
    data.add_new((0x6000, 0x4000), "LT", nest.text("OverlayComments"))
    data.add_new((0x6000, 0x0022), "LO", nest.text("OverlayDescription"))
    data.add_new((0x5000, 0x0022), "LO", nest.text("CurveDescription"))
    data.Rows, data.Columns, data.SamplesPerPixel = 64, 80, 1
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation, data.PhotometricInterpretation = 15, 0, "MONOCHROME2"
    data.PixelSpacing, data.BurnedInAnnotation = [0.1317, 0.1317], "NO"
    data.PixelData = PIXELS.tobytes()
    data.DataSetTrailingPadding = nest.person("DataSetTrailingPadding").encode()
    data.save_as(path, enforce_file_format=True)


def write_fits(path: Path, nest: Nest) -> None:
    """FITS: cards of persons and texts, COMMENT and HISTORY, comments of cards, long values, a table behind."""
    from astropy.io import fits

    header = fits.Header()
    header["OBSERVER"], header["AUTHOR"] = nest.person("OBSERVER"), nest.person("AUTHOR")
    header["OBJECT"] = nest.text("OBJECT")
    header["GAIN"] = (2.5, nest.bird("comment of a card"))
    header["DATE-OBS"] = f"{nest.day('DATE-OBS')}T09:41:02"
    header["LONGTEXT"] = f"{'x ' * 60}{nest.text('CONTINUE')}"
    header.add_comment(nest.text("COMMENT"))
    header.add_history(f"/home/{nest.bird('HISTORY', 'path')}/bin/reduce x.fits by {nest.bird('HISTORY')}")
    header["HIERARCH ESO OBS PI-COI NAME"] = nest.person("HIERARCH PI")
    main = fits.PrimaryHDU(PIXELS.astype(np.int16), header)
    column = fits.Column("who", "30A", array=np.array([nest.bird("cell of a table")]))
    fits.HDUList([main, fits.BinTableHDU.from_columns([column])]).writeto(path)


def write_nifti(path: Path, nest: Nest) -> None:
    """NIfTI: descrip, intent_name, aux_file, db_name, and extensions of texts."""
    import nibabel

    image = nibabel.Nifti1Image(CUBE.T.astype(np.int16), np.diag([0.1317, 0.1317, 0.32, 1]))
    image.header["descrip"] = nest.text("descrip").encode()
    image.header["aux_file"], image.header["intent_name"] = nest.bird("aux_file"), nest.bird("intent_name")
    image.header["db_name"] = nest.person("db_name").encode()
    for code, name in ((6, "comment extension"), (4, "AFNI extension"), (44, "JSON extension")):
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(code, nest.text(name).encode()))
    nibabel.save(image, path)


def write_nrrd(path: Path, nest: Nest) -> None:
    """NRRD: comments, key-value pairs, content and labels, the header as text."""
    head = ["NRRD0005", f"# made by {nest.text('NRRD comment')}", "type: uint16", "dimension: 3", "sizes: 80 64 3"]
    head += [
        "spacings: 0.1317 0.1317 0.32",
        "endian: little",
        "encoding: raw",
        f"content: {nest.text('NRRD content')}",
    ]
    head += [f"operator:={nest.person('NRRD operator')}", f"note:={nest.text('NRRD note')}"]
    head += [f"{nest.bird('NRRD key')}:=7"]
    path.write_bytes("\n".join(head).encode() + b"\n\n" + CUBE.tobytes())


def write_mha(path: Path, nest: Nest) -> None:
    """MetaImage by SimpleITK: keys of one's own."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(CUBE)
    image.SetSpacing((0.1317, 0.1317, 0.32))
    for key in ("Operator", "PatientName"):
        image.SetMetaData(key, nest.person(f"MHA {key}"))
    image.SetMetaData("Comment", nest.text("MHA Comment"))
    SimpleITK.WriteImage(image, str(path))


def write_zarr(path: Path, nest: Nest) -> None:
    """OME-Zarr 0.4: attributes of group and array, names of groups, of channels, and a label image."""
    import zarr

    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    array = group.create_array("0", shape=(1, 1, 1, 64, 80), chunks=(1, 1, 1, 64, 80), dtype="u2")
    array[:] = PIXELS[None, None, None]
    axes = [{"name": n, "type": t} for n, t in zip("tczyx", ("time", "channel", *["space"] * 3), strict=True)]
    scale = [{"type": "scale", "scale": [1, 1, 1, 0.1317, 0.1317]}]
    dataset = {"path": "0", "coordinateTransformations": scale}
    group.attrs["multiscales"] = [
        {"version": "0.4", "axes": axes, "datasets": [dataset], "name": nest.text("multiscales name")}
    ]
    group.attrs["omero"] = {"channels": [{"label": nest.text("channel label"), "color": "FFFFFF"}], "name": "x"}
    group.attrs["creator"] = {"name": nest.person("creator name"), "note": nest.text("note")}
    group.attrs["experimenter"] = nest.person("experimenter")
    group.attrs[nest.bird("attribute key")] = 7
    array.attrs["operator"] = nest.person("operator of an array")
    other = group.create_group(nest.bird("group name"))
    other.attrs["note"] = nest.text("note of another group")


def write_emd(path: Path, nest: Nest) -> None:
    """EMD (Berkeley): HDF5 with attributes fixed, variable, in arrays, in compounds, as JSON, and names of groups."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["version_major"], file.attrs["version_minor"] = 0, 2
        data = file.create_group("data")
        signal = data.create_group("signal")
        signal.attrs["emd_group_type"] = 1
        signal.create_dataset("data", data=CUBE)
        for number, (name, size) in enumerate((("z", 3), ("y", 64), ("x", 80)), start=1):
            dim = signal.create_dataset(f"dim{number}", data=np.arange(size) * 0.1317)
            dim.attrs["name"], dim.attrs["units"] = name, "um"
        user = file.create_group("user")
        user.attrs["name"], user.attrs["email"] = nest.person("user name"), nest.person("user email") + "@x.org"
        user.attrs["institution"] = nest.text("user institution")
        comments = file.create_group("comments")
        comments.attrs["02/03/2011"] = nest.text("comments")
        comments.attrs["fixed"] = np.bytes_(nest.text("fixed length"))
        comments.attrs["several"] = [nest.text("array 0"), nest.text("array 1")]
        pair = np.dtype([("operator", "S40"), ("n", "i4")])
        comments.attrs["compound"] = np.array([(nest.person("compound operator").encode(), 1)], dtype=pair)
        comments.attrs["json"] = json.dumps(
            {"operator": nest.person("JSON operator"), "note": nest.text("JSON note")}
        )
        scope = file.create_group("microscope")
        scope.attrs["operator"] = nest.person("microscope operator")
        file.create_group("sample").attrs["name"] = nest.text("sample name")
        file.create_group(nest.bird("group name")).attrs["n"] = 7


VOLUMES: dict[str, tuple[str, Callable[[Path, Nest], object]]] = {
    "dicom": ("source.dcm", write_dicom),
    "fits": ("source.fits", write_fits),
    "nifti": ("source.nii", write_nifti),
    "nrrd": ("source.nrrd", write_nrrd),
    "mha": ("source.mha", write_mha),
    "zarr": ("source.ome.zarr", write_zarr),
    "emd": ("source.emd", write_emd),
}
"""Source to name of file and writer."""
