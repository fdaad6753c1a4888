"""Pictures, films and camera raws."""

from fixative.formats.rows import BF, RASTER, Row

_GEO = "rasterio imagecodecs bioformats"

ROWS: tuple[Row, ...] = (
    Row("jpeg", "JPEG", "", ".jpg .jpeg .jpe", RASTER, "JPEGReader"),
    Row("png", "PNG", "", ".png .apng", RASTER, "APNGReader"),
    Row("gif", "GIF", "CompuServe", ".gif", RASTER, "GIFReader"),
    Row("bmp", "BMP", "Microsoft", ".bmp", RASTER, "BMPReader"),
    Row("webp", "WebP", "Google", ".webp", "imagecodecs pillow"),
    Row("avif", "AVIF", "AOMedia", ".avif", "pillow"),
    Row("jp2", "JPEG 2000", "", ".jp2 .jpx .jpf", _GEO, "JPEG2000Reader JPXReader"),
    Row("j2k", "JPEG 2000 codestream", "", ".j2k .j2c .jpc", _GEO),
    Row("pnm", "Portable any map", "Netpbm", ".pnm .pbm .pgm .ppm", "pillow bioformats rasterio", "PGMReader"),
    Row("pcx", "PCX", "ZSoft", ".pcx", "pillow bioformats", "PCXReader"),
    Row("dcx", "DCX", "ZSoft", ".dcx", "pillow"),
    Row("psd", "PSD", "Adobe", ".psd", "bioformats pillow", "PSDReader"),
    Row("eps", "EPS with a preview", "Adobe", ".eps .epsi .ps", BF, "EPSReader"),
    Row("pict", "PICT", "Apple", ".pict .pct", BF, "PictReader"),
    Row("tga", "Targa", "Truevision", ".tga", "pillow bioformats", "TargaReader"),
    Row("sgi", "SGI image", "Silicon Graphics", ".sgi .rgb .rgba .bw", "pillow rasterio"),
    Row("sun", "Sun raster", "Sun", ".ras .sun", "pillow"),
    Row("xbm", "X bitmap", "X", ".xbm", "pillow"),
    Row("xpm", "X pixmap", "X", ".xpm", "pillow"),
    Row("ico", "Windows icon", "Microsoft", ".ico", "pillow"),
    Row("icns", "macOS icon", "Apple", ".icns", "pillow"),
    Row("dds", "DirectDraw surface", "Microsoft", ".dds", "pillow"),
    Row("qoi", "QOI", "", ".qoi", "pillow"),
    Row("im", "IFUNC image", "IFUNC", ".im", "pillow"),
    Row("msp", "Microsoft Paint", "Microsoft", ".msp", "pillow"),
    Row("pcd", "Photo CD", "Kodak", ".pcd", "pillow"),
    Row("flc", "FLC film", "Autodesk", ".flc .fli", "pillow"),
    Row("flashpix", "FlashPix", "Kodak", ".fpx .mic", "pillow"),
    Row("mng", "MNG", "", ".mng", BF, "MNGReader"),
    Row("avi", "AVI film", "Microsoft", ".avi", BF, "AVIReader"),
    Row("mp4", "MPEG-4 or QuickTime film", "Apple", ".mp4 .mov", BF, "QTReader"),
    Row("canon_raw", "Canon RAW", "Canon", ".cr2 .crw", BF, "CanonRawReader"),
    Row("mrw", "Minolta MRW", "Minolta", ".mrw", BF, "MRWReader"),
)
