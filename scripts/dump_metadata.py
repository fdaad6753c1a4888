"""Write down everything a source says, and its OME-XML corrected to its pixels (rule `dump_metadata`)."""

from fixative.stage import run_shard


def dump(sample, job):
    """Dump one sample's metadata."""
    from fixative.files import write_bytes
    from fixative.metadata.dump import dump_metadata
    from fixative.models import Inventory
    from fixative.ome.build import build_ome_xml
    from fixative.ome.corrections import with_corrections
    from fixative.readers.whole_planes import open_inventoried
    from fixative.recognise import require_known_files
    from fixative.settings import reader_options

    inventory = sample.read(Inventory, "inventory.json")
    reader, tried = open_inventoried(inventory, reader_options(job))
    try:
        require_known_files(reader.files(), inventory)
        record = dump_metadata(reader, inventory, sample.row, tried)
        built = build_ome_xml(reader, record, inventory)
    finally:
        reader.close()
    sample.write("metadata/dump.json", with_corrections(record, built.corrections))
    write_bytes(sample.folder / "metadata/ome.xml", built.xml)


def main(job):
    """Dump every sample of ``input.shard`` that has an inventory."""
    from fixative.metadata.exiftool import exiftool_session

    with exiftool_session(job.params.exiftool):
        run_shard(job, dump, results=["metadata/dump.json", "metadata/ome.xml"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
