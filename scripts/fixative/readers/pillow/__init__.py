"""FlashPix, SPIDER and raster files, through Pillow."""
