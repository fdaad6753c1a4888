"""Pictures, films and camera raws."""

from fixative.formats.rows import BF, RASTER, Row

_GEO = "rasterio imagecodecs bioformats av"

ROWS: tuple[Row, ...] = (
    Row("jpeg", "JPEG", "", ".jpg .jpeg .jpe", RASTER, "JPEGReader"),
    Row("png", "PNG", "", ".png .apng", f"{RASTER} av", "APNGReader"),
    Row("gif", "GIF", "CompuServe", ".gif", RASTER, "GIFReader"),
    Row("bmp", "BMP", "Microsoft", ".bmp", f"{RASTER} av", "BMPReader"),
    Row("webp", "WebP", "Google", ".webp", "imagecodecs pillow"),
    Row("jp2", "JPEG 2000", "", ".jp2 .jpx .jpf", _GEO, "JPEG2000Reader JPXReader"),
    Row("j2k", "JPEG 2000 codestream", "", ".j2k .j2c .jpc", _GEO),
    Row("pnm", "Portable any map", "Netpbm", ".pnm .pbm .pgm .ppm", "pillow bioformats rasterio", "PGMReader"),
    Row("pcx", "PCX", "ZSoft", ".pcx", "pillow bioformats av", "PCXReader"),
    Row("dcx", "DCX", "ZSoft", ".dcx", "pillow"),
    Row("psd", "PSD", "Adobe", ".psd", "bioformats pillow", "PSDReader"),
    Row("eps", "EPS with a preview", "Adobe", ".eps .epsi .ps", BF, "EPSReader"),
    Row("pict", "PICT", "Apple", ".pict .pct", BF, "PictReader"),
    Row("tga", "Targa", "Truevision", ".tga", "pillow bioformats av", "TargaReader"),
    Row("sgi", "SGI image", "Silicon Graphics", ".sgi .rgb .rgba .bw", "pillow rasterio av"),
    Row("sun", "Sun raster", "Sun", ".ras .sun", "pillow av"),
    Row("xbm", "X bitmap", "X", ".xbm", "pillow"),
    Row("xpm", "X pixmap", "X", ".xpm", "pillow"),
    Row("ico", "Windows icon", "Microsoft", ".ico", "pillow"),
    Row("icns", "macOS icon", "Apple", ".icns", "pillow"),
    Row("dds", "DirectDraw surface", "Microsoft", ".dds", "pillow"),
    Row("qoi", "QOI", "", ".qoi", "pillow av"),
    Row("im", "IFUNC image", "IFUNC", ".im", "pillow"),
    Row("msp", "Microsoft Paint", "Microsoft", ".msp", "pillow"),
    Row("flashpix", "FlashPix", "Kodak", ".fpx .mic", "pillow"),
    Row("mng", "MNG", "", ".mng", BF, "MNGReader"),
    Row("avi", "AVI film", "Microsoft", ".avi", "av bioformats", "AVIReader"),
    Row("mp4", "MPEG-4 or QuickTime film", "Apple", ".mp4 .mov .m4v", "av bioformats", "QTReader"),
    Row("matroska", "Matroska or WebM film", "", ".mkv .webm", "av"),
    Row("canon_raw", "Canon RAW", "Canon", ".cr2 .crw", BF, "CanonRawReader"),
    Row("mrw", "Minolta MRW", "Minolta", ".mrw", BF, "MRWReader"),
)
