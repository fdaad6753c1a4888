"""Conversion: each source becomes one tiled, pyramidal, lossless OME-TIFF, in one pass.

Reads   results/shards/{shard}.json, results/samples/<sample>/{inventory.json,sanitised/ome.xml}
        results/experience.json                      what earlier samples came to
Writes  STAGING/<sample>/<sample>.ome.tiff           gone once sealed
        results/samples/<sample>/pixels.json         a digest per plane
        results/samples/<sample>/converted.json      which file that is
        results/samples/<sample>/carried_tags.json   tags that it has from the source: GeoTIFF's
        results/samples/<sample>/thumbnail.png
        results/samples/<sample>/picture.json        what it shows: pixel size, channels, their colours
        results/samples/<sample>/histogram_source.json  a few samples of the planes, counted     (for the page)
        results/samples/<sample>/prediction.json     what it is expected to come to
        results/convert/{shard}.json                 the outcome of each sample
"""


rule convert_to_ome_tiff:
    input:
        shard="results/shards/{shard}.json",
        previous="results/sanitise/{shard}.json",
    output:
        outcomes="results/convert/{shard}.json",
    log:
        "results/logs/convert_to_ome_tiff/{shard}.log",
    conda:
        "../envs/imaging.yaml"
    threads: lambda wildcards: RUN.threads[wildcards.shard]
    resources:
        mem_mb=RUN.needs.mem_mb("convert_to_ome_tiff"),
        runtime=RUN.needs.runtime("convert_to_ome_tiff"),
        disk_mb=RUN.needs.disk_mb(),
    params:
        staging=RUN.staging,
        ome_tiff=CONFIG.ome_tiff.model_dump(),
        readers=RUN.readers,
    script:
        "../scripts/convert_to_ome_tiff.py"
