"""Write down everything a source says, and its OME-XML corrected to its pixels (rule `dump_metadata`)."""

from fixative.stage import reader_options, run_shard


def dump(sample, job):
    """Dump one sample's metadata."""
    from fixative.files import write_bytes
    from fixative.metadata.dump import dump_metadata
    from fixative.metadata.voices import voices
    from fixative.models import Inventory
    from fixative.ome.build import build_ome_xml, with_vendor_document
    from fixative.ome.corrections import with_corrections
    from fixative.ome.reconcile import Inventions
    from fixative.readers.whole_planes import open_inventoried
    from fixative.recognise import require_known_files
    from fixative.required.check import complete_from_sheet, refuse_missing
    from fixative.required.profile import RequiredMetadata

    inventory = sample.read(Inventory, "inventory.json")
    options = reader_options(job)
    reader, tried = open_inventoried(inventory, options)
    try:
        require_known_files(reader.files(), inventory)
        words, silent = voices(reader, inventory, options)
        record = dump_metadata(reader, inventory, sample.row, tried, words=words, silent=silent)
        record = with_vendor_document(record, reader.images)
        made_up = Inventions.of(job.params.allowed_loss, inventory)
        built = build_ome_xml(reader, record, inventory, words=words, losses=made_up)
    finally:
        reader.close()
    sample.write("metadata/dump.json", with_corrections(record, built.corrections, built.disagreements))
    checklists = job.params.required and RequiredMetadata.model_validate(job.params.required)
    xml, required = complete_from_sheet(built.xml, checklists, sample.row, reader.images, record.sources)
    write_bytes(sample.folder / "metadata/ome.xml", xml, durable=False)
    sample.write("metadata/required.json", required)
    refuse_missing(required)


def main(job):
    """Dump every sample of ``input.shard`` that has an inventory."""
    from fixative.metadata.exiftool import exiftool_session

    with exiftool_session(job.params.exiftool):
        run_shard(job, dump, results=["metadata/dump.json", "metadata/ome.xml", "metadata/required.json"])


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
