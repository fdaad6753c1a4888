"""LIF files: which images readlif reads truly, and scans of other planes than XY, which aicsimageio refuses."""

from math import prod
from pathlib import Path

MOST_STACK_BYTES = 256 * 1024 * 1024
LIF_AXES = {4: "T", 3: "Z", 5: "C", 9: "C", 10: "M"}
"""Leica's numbers of dimensions; 2 is Y, further ones are taken for T."""


def lif_images(reader, path, tiles):
    """Every image of a LIF file that holds pixels; ``tiles(reader, scene)`` gives those that aicsimageio reads."""
    from readlif.reader import LifFile

    file = LifFile(path)
    elements = [element for element in file.xml_root.iter("Element") if element.find("./Data/Image") is not None]
    if len(elements) != len(file.image_list):
        raise ValueError("images that readlif does not list")
    size = Path(path).stat().st_size
    for scene, element in enumerate(elements):
        image = file.get_image(scene)
        start, present = image.offsets
        promised = int(element.find("./Memory").get("Size"))
        if not promised:
            continue  # no pixels: readlif would deliver zeros
        # readlif takes the blocks in the order in which they lie in the file.
        if promised != present:
            raise ValueError("blocks of memory in another order than the images")
        check_layout(image, element.find("./Data/Image/ImageDescription"), promised)
        if start + promised > size:
            raise ValueError("an image reaches past the end of the file")
        if image.display_dims == (1, 2):
            yield from tiles(reader, scene)
        else:
            for tile in range(image.dims_n.get(10, 1)):
                yield ScanImage(image, tile)


class ScanImage:
    """A scan of planes other than XY in a LIF file, through readlif.

    Where there are rows Y, they are the rows here too, as in Fixative's own reader: planes are put together from
    the scanned ones. Otherwise the rows of the scan stand as Y.
    """

    def __init__(self, image, tile):
        if image.channel_as_second_dim:
            raise ValueError("a scan whose rows are not stored one after the other")
        self._image, self._tile, self._sizes = image, tile, image.dims_n
        self._column, self._row = image.display_dims
        self._across = 2 if self._row != 2 and self._sizes.get(2, 1) > 1 else None
        if self._across and (self._row != 3 or prod(self._stack_shape()) > MOST_STACK_BYTES // 2):
            raise ValueError("a scan across rows that is too large to be put together")
        folded = [number for number in self._sizes if number not in (*image.display_dims, self._across, 10)]
        # As Fixative folds axes: the axis of that name is the slowest, the others follow as the file has them.
        self._axes = {
            name: sorted((n for n in folded if LIF_AXES.get(n, "T") == name), key=lambda n: n not in (3, 4))
            for name in "TCZ"
        }
        self._stack = (None, None)

    def _stack_shape(self):
        return self._sizes[self._across], self._sizes[self._row], self._sizes[self._column]

    def describe(self):
        """Name, sizes, dtype."""
        sizes = {name: prod(self._sizes[n] for n in numbers) for name, numbers in self._axes.items()}
        sizes["C"] *= self._image.channels
        sizes |= {"X": self._sizes[self._column], "Y": self._sizes[self._across or self._row], "S": 1}
        if self._across:
            sizes["Z"] = self._sizes[self._row]
        order = " ".join(str(number) for number in self._sizes)
        dtype = "uint8" if self._image.bit_depth[0] == 8 else "uint16"
        return {"name": self._image.name, "tile": self._tile, "order": order, "sizes": sizes, "dtype": dtype}

    def plane(self, t, c, z):
        """One plane, (Y, X)."""
        import numpy as np

        place = {10: self._tile}
        for name, index in (("T", t), ("C", c), ("Z", 0 if self._across else z)):
            for number in reversed(self._axes[name]):
                index, place[number] = divmod(index, self._sizes[number])
            if name == "C":
                c = index
        if not self._across:
            return self._scanned(c, place)
        if self._stack[0] != (t, c):
            rows = [self._scanned(c, {**place, self._across: y}) for y in range(self._sizes[self._across])]
            self._stack = ((t, c), np.stack(rows))
        return self._stack[1][:, z]

    def _scanned(self, c, place):
        import numpy as np

        return np.asarray(self._image.get_plane(c=c, requested_dims=dict(place)))


def check_layout(image, description, promised):
    """Refuse memory that readlif would misread: interleaved samples, padding, channels of several types."""
    if len(set(image.bit_depth)) != 1:
        raise ValueError("channels of different types")
    itemsize = 1 if image.bit_depth[0] == 8 else 2
    if promised != image.channels * prod(image.dims_n.values()) * itemsize:
        raise ValueError("a block of memory of another size than its dimensions need")
    steps = [int(item.get("BytesInc")) for item in description.iter("DimensionDescription")]
    starts = [int(item.get("BytesInc")) for item in description.iter("ChannelDescription")]
    plane = prod(image.dims_n[number] for number in image.display_dims) * itemsize
    if steps[0] != itemsize:
        raise ValueError("samples that are interleaved")
    if not image.channel_as_second_dim and starts != [number * plane for number in range(image.channels)]:
        raise ValueError("channels that are not stored plane after plane")
