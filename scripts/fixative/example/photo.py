"""The example photograph: a TIFF with EXIF, XMP and a GPS position, written by Pillow."""

from pathlib import Path

from fixative.example import content

XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="CameraDock 1.3"
    xmp:CreateDate="2024-05-21T16:40:03">
   <dc:creator><rdf:Seq><rdf:li>Jonas Weidmann</rdf:li></rdf:Seq></dc:creator>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Colonies after 48 h</rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def write_photograph(path: Path) -> None:
    """Write an agar plate as a laboratory camera would: maker, author, exposure, place and time."""
    from PIL import ExifTags, Image, TiffImagePlugin

    tag = ExifTags.Base
    image = Image.fromarray(content.colonies(80, 240, 320))
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[tag.Make] = "Examplon"
    tags[tag.Model] = "LabCam 12"
    tags[tag.Software] = "CameraDock 1.3"
    tags[tag.DateTime] = "2024:05:21 16:40:03"
    tags[tag.Artist] = "Jonas Weidmann"
    tags[tag.Copyright] = "Jonas Weidmann, Institute of Examples"
    tags[tag.XMLPacket] = XMP
    tags.tagtype[tag.XMLPacket] = 1  # BYTE, as the XMP specification wants it
    tags[tag.ExifOffset] = {
        tag.ExposureTime: TiffImagePlugin.IFDRational(1, 60),
        tag.FNumber: TiffImagePlugin.IFDRational(56, 10),
        tag.ISOSpeedRatings: 200,
        tag.DateTimeOriginal: "2024:05:21 16:40:03",
        tag.CameraOwnerName: "Jonas Weidmann",
        tag.BodySerialNumber: "LC12-004711",
    }
    gps = ExifTags.GPS
    tags[tag.GPSInfo] = {
        gps.GPSLatitudeRef: "N",
        gps.GPSLatitude: (52.0, 12.0, 19.5),
        gps.GPSLongitudeRef: "E",
        gps.GPSLongitude: (0.0, 7.0, 10.2),
        gps.GPSDateStamp: "2024:05:21",
    }
    image.save(path, format="TIFF", tiffinfo=tags)
