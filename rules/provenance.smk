"""Provenance: the sidecars, the bag, the last search for private values; then the object is sealed.

Reads   results/shards/{shard}.json, results/samples/<sample>/, STAGING/<sample>/<sample>.ome.tiff
        the remote of a source that was fetched      whether it is unchanged
Writes  VAULT_ROOT/<dataset>/<sample>/               what was taken out of it, before the object (where configured)
        ARCHIVE_ROOT/<dataset>/<sample>/             the object, by rename: whole or not at all
        results/samples/<sample>/sealed.json         its receipt
        results/provenance/{shard}.json              the outcome of each sample
"""


rule write_provenance:
    input:
        shard="results/shards/{shard}.json",
        previous="results/verify/{shard}.json",
    output:
        outcomes="results/provenance/{shard}.json",
    log:
        "results/logs/write_provenance/{shard}.log",
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=RUN.needs.mem_mb("write_provenance"),
        runtime=RUN.needs.runtime("write_provenance"),
        disk_mb=RUN.needs.disk_mb(),
    params:
        staging=RUN.staging,
        archive_root=RUN.archive_root,
        keep_original=CONFIG.keep_original,
        vault=RUN.vault,
        permissions=CONFIG.permissions.model_dump(),
        provenance=CONFIG.provenance.model_dump(),
        ome_tiff=CONFIG.ome_tiff.model_dump(),
    script:
        "../scripts/write_provenance.py"
