"""Whole slides."""

from fixative.formats.rows import BF, SLIDE, TIFF, Row

ROWS: tuple[Row, ...] = (
    Row("svs", "Aperio SVS", "Leica", ".svs .tif", SLIDE, "SVSReader"),
    Row("afi", "Aperio AFI", "Leica", ".afi", BF, "AFIReader"),
    Row("scn", "Leica SCN", "Leica", ".scn", SLIDE, "LeicaSCNReader"),
    Row("ndpi", "Hamamatsu NDPI", "Hamamatsu", ".ndpi", SLIDE, "NDPIReader"),
    Row("ndpis", "Hamamatsu NDPIS", "Hamamatsu", ".ndpis", BF, "NDPISReader"),
    Row("hamamatsu_vms", "Hamamatsu VMS", "Hamamatsu", ".vms", "openslide bioformats", "HamamatsuVMSReader"),
    Row("hamamatsu_vmu", "Hamamatsu VMU", "Hamamatsu", ".vmu", "openslide"),
    Row("qptiff", "PerkinElmer QPTIFF", "Akoya", ".qptiff .tif", TIFF, "VectraReader"),
    Row("philips_tiff", "Philips TIFF", "Philips", ".tiff", SLIDE),
    Row("bif", "Ventana BIF", "Roche", ".bif .tif", SLIDE, "VentanaReader"),
    Row("mikroscan", "Mikroscan TIFF", "Mikroscan", ".tif", TIFF, "MikroscanTiffReader"),
    Row("trestle", "Trestle TIFF", "Trestle", ".tif", SLIDE, "TrestleReader"),
    Row("vsi", "cellSens VSI", "Olympus", ".vsi", BF, "CellSensReader"),
    Row("apl", "APL slide", "Olympus", ".apl .tnb .mtb", BF, "APLReader"),
    Row("mrxs", "MIRAX", "3DHISTECH", ".mrxs", "openslide"),
)
