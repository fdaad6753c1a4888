"""Plates of high-content screening."""

from fixative.formats.rows import BF, Row

ROWS: tuple[Row, ...] = (
    Row(
        "metaxpress_plate",
        "MetaXpress plate",
        "Molecular Devices",
        ".htd",
        "metaxpress_plate metaxpress_plate-bioformats",
        "MetaxpressTiffReader",
    ),
    Row("cellworx", "CellWorx", "Applied Precision", ".htd .pnl", BF, "CellWorxReader"),
    Row("operetta", "Operetta or Phenix", "PerkinElmer", "index.idx.xml index.xml .xml", BF, "OperettaReader"),
    Row("columbus", "Columbus", "PerkinElmer", "measurementindex.columbusidx.xml .xml", BF, "ColumbusReader"),
    Row("flex", "FLEX", "Evotec", ".flex", "tifffile", "FlexReader"),
    Row("incell", "IN Cell Analyzer", "Cytiva", ".xdce .xml", BF, "InCellReader"),
    Row("incell3000", "IN Cell 3000", "Cytiva", ".frm", BF, "InCell3000Reader"),
    Row("scanr", "scanR", "Olympus", "experiment_descriptor.xml experiment_descriptor.dat", BF, "ScanrReader"),
    Row("cellomics", "Cellomics C01", "Thermo Fisher", ".c01 .dib", BF, "CellomicsReader"),
    Row("cv7000", "CV7000 or CV8000", "Yokogawa", ".wpi", BF, "CV7000Reader"),
    Row("cellvoyager", "CellVoyager", "Yokogawa", "measurementresult.xml", BF, "CellVoyagerReader"),
    Row("bd_pathway", "Pathway", "BD", "experiment.exp", BF, "BDReader"),
    Row("mias", "MIAS", "Maia Scientific", ".tif", BF, "MIASReader"),
    Row("tecan", "Spark Cyto", "Tecan", ".db", BF, "TecanReader"),
)
