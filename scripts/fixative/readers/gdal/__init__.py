"""GeoTIFF, JPEG 2000 and GDAL's other rasters, through rasterio."""
