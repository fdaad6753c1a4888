"""The writers of the example files, one per format; the OME-TIFF has a module of its own."""

import re
import uuid
from pathlib import Path

import numpy as np

from fixative.example import content

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "example.fixative")
"""Identifiers in the example files are version 5 in this name space, so that every machine makes the same."""


def write_czi_stack(path: Path) -> None:
    """Write a z-stack of two channels, CZI, Zstandard.

    Notes
    -----
    pylibCZIrw writes a title, channel names, scaling and attributes of one's own. A microscope's CZI has
    more: Information/User, instrument, time line, attachments. Those are to be had from real files only.
    """
    from pylibCZIrw import czi

    with czi.create_czi(str(path), compression_options="zstd1:ExplicitLevel=2") as writer:
        for z in range(5):
            dna = content.nuclei(1, 192, 256, count=18, focus=(z - 2) / 1.5)
            actin = content.filaments(2 + z // 2, 192, 256, count=14)
            for c, (image, gain) in enumerate(((dna, 3000), (actin, 900))):
                plane = content.as_camera(image, 10 * z + c, dtype=np.uint16, offset=100, gain=gain)
                writer.write(plane[..., None], plane={"C": c, "Z": z})
        writer.write_metadata(
            document_name="Aktin_60x_Brzeziński",
            channel_names={0: "DAPI", 1: "Phalloidin-488"},
            scale_x=0.108e-6,
            scale_y=0.108e-6,
            scale_z=0.3e-6,
            custom_attributes={
                "UserName": "Tomasz Brzeziński",
                "UserEmail": "t.brzezinski@example.org",
                "FilePath": r"D:\Users\tbrzezinski\2024-03-12\Aktin_60x.czi",
                "ObjectiveMagnification": 60,
                "LaserPower": 0.4,
            },
        )
    _settle_identifiers(path)


def write_czi_scenes(path: Path) -> None:
    """Write three scenes of different sizes that lie apart on the stage, CZI."""
    from pylibCZIrw import czi

    places = (((0, 0), 128, 160), ((4000, 300), 128, 160), ((900, 5200), 96, 120))
    with czi.create_czi(str(path), compression_options="zstd0:ExplicitLevel=2") as writer:
        for scene, (location, size_y, size_x) in enumerate(places):
            image = content.nuclei(30 + scene, size_y, size_x, count=12)
            for c, gain in enumerate((180, 90)):
                plane = content.as_camera(image, 60 + 2 * scene + c, dtype=np.uint8, offset=12, gain=gain)
                writer.write(plane[..., None], location=location, plane={"C": c}, scene=scene)
        writer.write_metadata(
            document_name="three wells, overview",
            channel_names={0: "Hoechst", 1: "GFP"},
            scale_x=0.65e-6,
            scale_y=0.65e-6,
            custom_attributes={"Operator": "Jonas Weidmann", "ComputerName": "CONFOCAL-1-PC"},
        )
    _settle_identifiers(path)


def _settle_identifiers(path: Path) -> None:
    """Replace the random identifiers that libCZI gives each file: the same storage on every machine.

    They are the two GUIDs of the file header (bytes 48 to 79) and the RetilingId of each subblock.
    """
    data = path.read_bytes()
    file_id = uuid.uuid5(NAMESPACE, path.name)
    data = data[:48] + file_id.bytes_le * 2 + data[80:]
    retiling = f"<RetilingId>{uuid.uuid5(file_id, 'retiling')}<".encode()
    path.write_bytes(re.sub(rb"<RetilingId>[0-9a-f-]{36}<", retiling, data))


def write_imagej_hyperstack(path: Path) -> None:
    """Write a time lapse of two channels as ImageJ does, with an Info text that names a person."""
    import tifffile

    stack = np.zeros((3, 2, 2, 128, 160), np.uint16)
    for t, z, c in np.ndindex(3, 2, 2):
        image = content.nuclei(40 + c, 128, 160, count=10, focus=0.3 * t - 0.5 * z)
        stack[t, z, c] = content.as_camera(image, 12 * t + 2 * z + c, dtype=np.uint16, offset=90, gain=1500)
    info = (
        "Title = stack.tif\n"
        "Operator = Mei Lindqvist <mei.lindqvist@example.org>\n"
        "Path = C:\\Users\\mlindqvist\\Documents\\timelapse\\stack.tif\n"
        "Exposure = 50 ms\n"
    )
    tifffile.imwrite(
        path,
        stack,
        imagej=True,
        resolution=(1 / 0.2167, 1 / 0.2167),
        metadata={
            "axes": "TZCYX",
            "unit": "um",
            "spacing": 0.5,
            "finterval": 30.0,
            "mode": "composite",
            "Info": info,
            "Ranges": (90.0, 1600.0, 90.0, 1600.0),
        },
    )


def write_rgb_pyramid(path: Path) -> None:
    """Write a stained section as a tiled RGB TIFF whose smaller levels are SubIFDs."""
    import tifffile

    level = content.tissue(50, 512, 768)
    with tifffile.TiffWriter(path) as writer:
        for number in range(3):
            writer.write(
                level,
                photometric="rgb",
                tile=(128, 128),
                compression="zlib",
                predictor=True,
                software="SlideMaker 4.2",
                datetime="2024:05:06 14:21:09" if number == 0 else None,
                resolution=(20000 / 2**number, 20000 / 2**number),
                resolutionunit="CENTIMETER",
                subifds=2 if number == 0 else None,
                subfiletype=1 if number else 0,
                metadata=None,
                extratags=[
                    (315, "s", 0, "Dr. Jonas Weidmann", True),
                    (316, "s", 0, "SLIDE-SCANNER-PC", True),
                ],
            )
            level = level.reshape(level.shape[0] // 2, 2, level.shape[1] // 2, 2, 3).mean((1, 3)).astype(np.uint8)


def write_image_with_sidecar(path: Path) -> None:
    """Write one plain plane and, beside it, what the acquisition software noted as XML."""
    import tifffile

    image = content.filaments(70, 256, 320, count=40)
    tifffile.imwrite(
        path,
        content.as_camera(image, 71, dtype=np.uint16, offset=400, gain=12000),
        compression="zlib",
        predictor=True,
        metadata=None,
        software="AcquireIt 2.1",
    )
    path.with_suffix(".xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Acquisition version="2.1">\n'
        "  <Operator>Mei Lindqvist</Operator>\n"
        "  <Email>mei.lindqvist@example.org</Email>\n"
        "  <SavedTo>C:\\Users\\mlindqvist\\Desktop\\stack.tif</SavedTo>\n"
        "  <Started>2024-04-19T10:02:41+02:00</Started>\n"
        '  <Objective magnification="100" na="1.45" immersion="oil"/>\n'
        '  <PixelSize unit="um" x="0.065" y="0.065"/>\n'
        '  <Camera model="Zyla 5.5" serial="VSC-12345"><Exposure unit="ms">20</Exposure></Camera>\n'
        "</Acquisition>\n",
        encoding="utf-8",
    )
