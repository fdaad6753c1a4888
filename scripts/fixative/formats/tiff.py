"""TIFF and its dialects.

Some dialects leave Bio-Formats out on purpose, since it does not deliver the stored values: it takes the square
of Amersham GEL, multiplies FLEX planes by factors, and interpolates the colours of DNG.
"""

from fixative.formats.rows import BF, TIFF, Row

ROWS: tuple[Row, ...] = (
    Row("tiff", "TIFF", "", ".tif .tiff .btf .tf2 .tf8", TIFF, "TiffDelegateReader"),
    Row("ome_tiff", "OME-TIFF", "OME", ".ome.tif .ome.tiff .ome.btf .ome.tf2 .ome.tf8", TIFF, "OMETiffReader"),
    Row("companion_ome", "OME-TIFF set with a companion file", "OME", ".companion.ome", TIFF),
    Row("imagej_tiff", "ImageJ TIFF", "ImageJ", ".tif .tiff", TIFF),
    Row("micromanager", "Micro-Manager image stack", "Micro-Manager", ".ome.tif .tif", TIFF),
    Row("ndtiff", "NDTiff", "Micro-Manager", ".tif", TIFF),
    Row("scitiff", "SciTIFF", "SciTIFF", ".tif .tiff", "scitiff tifffile bioformats"),
    Row("geotiff", "GeoTIFF", "OGC", ".tif .tiff", "rasterio tifffile bioformats"),
    Row("lsm", "LSM", "Zeiss", ".lsm", TIFF, "ZeissLSMReader"),
    Row("metamorph", "MetaMorph stack", "Molecular Devices", ".stk .tif", TIFF, "MetamorphTiffReader"),
    Row("metaxpress", "MetaXpress TIFF", "Molecular Devices", ".tif", TIFF),
    Row("fluoview", "FluoView or Andor TIFF", "Olympus", ".tif", TIFF, "FluoviewReader"),
    Row("scanimage", "ScanImage TIFF", "Vidrio", ".tif", TIFF),
    Row("improvision_tiff", "Improvision TIFF", "Improvision", ".tif", TIFF, "ImprovisionTiffReader"),
    Row("nikon_tiff", "Nikon EZ-C1 TIFF", "Nikon", ".tif", TIFF, "NikonTiffReader"),
    Row("nikon_elements_tiff", "Nikon Elements TIFF", "Nikon", ".tif", TIFF, "NikonElementsTiffReader"),
    Row("simplepci_tiff", "SimplePCI TIFF", "Hamamatsu", ".tif", TIFF, "SimplePCITiffReader"),
    Row("slidebook_tiff", "SlideBook TIFF", "3i", ".tif", TIFF, "SlidebookTiffReader"),
    Row("photoshop_tiff", "Photoshop TIFF", "Adobe", ".tif", TIFF, "PhotoshopTiffReader"),
    Row("ionpath_mibi", "MIBI TIFF", "Ionpath", ".tif .tiff", TIFF, "IonpathMIBITiffReader"),
    Row("pyramid_tiff", "Pyramid TIFF", "Faas", ".tif", TIFF, "PyramidTiffReader"),
    Row("imaris_tiff", "Imaris 3 (TIFF)", "Bitplane", ".ims", TIFF, "ImarisTiffReader"),
    Row("image_pro_seq", "Image-Pro sequence", "Media Cybernetics", ".seq .ips", TIFF, "SEQReader"),
    Row("pcoraw", "PCORAW", "PCO", ".pcoraw", TIFF, "PCORAWReader"),
    Row("fei_tiff", "FEI SEM TIFF", "Thermo Fisher", ".tif", TIFF, "FEITiffReader"),
    Row("sem_tiff", "Zeiss SEM TIFF", "Zeiss", ".tif .sxm", TIFF, "LEOReader"),
    Row("sis_tiff", "Olympus SIS TIFF", "Olympus", ".tif", TIFF, "SISReader"),
    Row("jpk", "JPK TIFF", "Bruker", ".jpk", TIFF, "JPKReader"),
    Row("gel", "GEL", "Amersham Biosciences", ".gel", "tifffile rasterio", "GelReader"),
    Row("imacon", "Imacon 3F", "Hasselblad", ".fff", TIFF, "ImaconReader"),
    Row("flowsight", "FlowSight CIF", "Amnis", ".cif", BF, "FlowSightReader"),
    Row("dng", "DNG", "Adobe", ".dng .tif", "tifffile", "DNGReader"),
    Row("nef", "NEF", "Nikon", ".nef", "tifffile bioformats", "NikonReader"),
)
