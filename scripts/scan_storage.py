"""Walk the source roots and write a sample sheet (rule `scan_storage`)."""


def main(job):
    """Scan ``params.roots``; what the archive holds already is left out."""
    from fixative.scan import scan_to_sheet

    scan_to_sheet(job)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
