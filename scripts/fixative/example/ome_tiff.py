"""The example OME-TIFF: two images, instrument, planes, ROIs, annotations, a person with an e-mail."""

import uuid
from pathlib import Path
from typing import Any

import numpy as np

from fixative.example import content
from fixative.example.writers import NAMESPACE

SIZE_T, SIZE_C, SIZE_Z = 3, 2, 2


def write_multi_image_ome_tiff(path: Path) -> None:
    """Write a time-lapse z-stack and an overview into one OME-TIFF."""
    import tifffile

    stack = np.zeros((SIZE_T, SIZE_C, SIZE_Z, 128, 160), np.uint16)
    for t, c, z in np.ndindex(SIZE_T, SIZE_C, SIZE_Z):
        image = content.nuclei(90 + c, 128, 160, count=9, focus=0.4 * t + 0.6 * z - 0.6)
        stack[t, c, z] = content.as_camera(image, 12 * t + 4 * c + z, dtype=np.uint16, offset=200, gain=2500)
    overview = content.as_camera(content.nuclei(95, 192, 256, count=40), 96, dtype=np.uint8, offset=10, gain=200)
    xml = _describe(path.name, stack, overview)
    with tifffile.TiffWriter(path, ome=False) as writer:
        for number, plane in enumerate([*stack.reshape(-1, *stack.shape[-2:]), overview]):
            writer.write(
                plane,
                description=xml if number == 0 else None,
                compression="zlib",
                predictor=True,
                contiguous=False,
                metadata=None,
                software=False,
            )


def _describe(name: str, stack: Any, overview: Any) -> bytes:
    """OME-XML of the file, by ome-types: every plane once, IFDs in the order written."""
    from ome_types import model

    file_id = f"urn:uuid:{uuid.uuid5(NAMESPACE, name)}"
    images = [
        _image(model, 0, "mitosis, position 1", stack.shape, "uint16", 0.325, file_id, name, first_ifd=0),
        _image(
            model,
            *(1, "overview", (1, 1, 1, *overview.shape), "uint8", 1.3, file_id, name),
            first_ifd=SIZE_T * SIZE_C * SIZE_Z,
        ),
    ]
    ome = model.OME(
        uuid=file_id,
        creator="AcquireIt 2.1",
        experimenters=[
            model.Experimenter(
                id="Experimenter:0",
                first_name="Mei",
                last_name="Lindqvist",
                email="mei.lindqvist@example.org",
                institution="Institute of Examples",
                user_name="mlindqvist",
            )
        ],
        instruments=[_instrument(model)],
        images=images,
        rois=_rois(model),
        structured_annotations=_annotations(model),
    )
    return str(ome.to_xml()).encode("utf-8")


def _image(
    model: Any,
    index: int,
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    pixel_um: float,
    file_id: str,
    file_name: str,
    *,
    first_ifd: int,
) -> Any:
    size_t, size_c, size_z, size_y, size_x = shape
    order = list(np.ndindex(size_t, size_c, size_z))
    channels = [("DAPI", 405, 450), ("GFP-tubulin", 488, 520)][:size_c]
    return model.Image(
        id=f"Image:{index}",
        name=name,
        acquisition_date="2024-04-18T09:30:00+00:00",
        description="HeLa, released from nocodazole; imaged by Mei Lindqvist",
        experimenter_ref={"id": "Experimenter:0"},
        instrument_ref={"id": "Instrument:0"},
        objective_settings={"id": "Objective:0", "refractive_index": 1.515},
        roi_refs=[{"id": "ROI:0"}, {"id": "ROI:1"}] if index == 0 else [],
        annotation_refs=[{"id": f"Annotation:{n}"} for n in range(4)] if index == 0 else [],
        pixels=model.Pixels(
            id=f"Pixels:{index}",
            dimension_order="XYZCT",
            type=dtype,
            size_x=size_x,
            size_y=size_y,
            size_z=size_z,
            size_c=size_c,
            size_t=size_t,
            physical_size_x=pixel_um,
            physical_size_y=pixel_um,
            physical_size_z=0.8 if size_z > 1 else None,
            time_increment=60.0 if size_t > 1 else None,
            channels=[
                model.Channel(
                    id=f"Channel:{index}:{c}",
                    name=label,
                    excitation_wavelength=excitation,
                    emission_wavelength=emission,
                    detector_settings={"id": "Detector:0", "gain": 2.0, "binning": "1x1"},
                )
                for c, (label, excitation, emission) in enumerate(channels)
            ],
            planes=[
                model.Plane(
                    the_t=t,
                    the_c=c,
                    the_z=z,
                    delta_t=60.0 * t + 0.2 * c + 0.05 * z,
                    exposure_time=0.05,
                    position_x=1203.4,
                    position_y=-87.5,
                    position_z=0.8 * z,
                )
                for t, c, z in order
            ],
            tiff_data_blocks=[
                model.TiffData(
                    ifd=first_ifd + number,
                    first_t=t,
                    first_c=c,
                    first_z=z,
                    plane_count=1,
                    uuid={"value": file_id, "file_name": file_name},
                )
                for number, (t, c, z) in enumerate(order)
            ],
        ),
    )


def _instrument(model: Any) -> Any:
    return model.Instrument(
        id="Instrument:0",
        microscope=model.Microscope(
            manufacturer="Examplon", model="Widefield 3", serial_number="WF3-0815", type="Inverted"
        ),
        objectives=[
            model.Objective(
                id="Objective:0",
                manufacturer="Examplon",
                model="Plan Apo 40x",
                serial_number="OBJ-1177",
                lens_na=1.3,
                nominal_magnification=40,
                immersion="Oil",
                correction="PlanApo",
            )
        ],
        detectors=[model.Detector(id="Detector:0", model="Zyla 5.5", serial_number="VSC-12345", type="CMOS")],
    )


def _rois(model: Any) -> list[Any]:
    cell = model.Ellipse(id="Shape:0", x=60, y=48, radius_x=9, radius_y=7, text="cell 1", the_t=0)
    field = model.Rectangle(id="Shape:1", x=10, y=12, width=80, height=64)
    division = model.Polygon(id="Shape:2", points="20,20 44,22 40,52 18,50", the_t=2)
    return [
        model.ROI(id="ROI:0", name="dividing", union=[cell, division]),
        model.ROI(id="ROI:1", name="analysed field", description="drawn by mlindqvist", union=[field]),
    ]


def _annotations(model: Any) -> Any:
    return model.StructuredAnnotations(
        map_annotations=[
            model.MapAnnotation(
                id="Annotation:0",
                namespace="openmicroscopy.org/omero/client/mapAnnotation",
                value={"cell line": "HeLa", "treatment": "nocodazole 100 nM", "imaged by": "Mei Lindqvist"},
            )
        ],
        tag_annotations=[model.TagAnnotation(id="Annotation:1", value="mitosis")],
        comment_annotations=[
            model.CommentAnnotation(
                id="Annotation:2",
                value="Raw data on \\\\fileserver\\groups\\lindqvist; ask mei.lindqvist@example.org",
            )
        ],
        double_annotations=[
            model.DoubleAnnotation(id="Annotation:3", namespace="example.org/temperature", value=37.0)
        ],
    )
