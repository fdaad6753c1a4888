"""Make the example storage: ``python -m fixative.example FOLDER``."""

import argparse
import sys
from pathlib import Path

from fixative.example.storage import make_storage


def main(arguments: list[str]) -> int:
    """Make the storage and print where its sheet is."""
    parser = argparse.ArgumentParser(
        prog="python -m fixative.example",
        description="Make the example storage and its sample sheet; leave it alone if it is there.",
    )
    parser.add_argument("folder", type=Path, help="folder of the storage; made if there is none")
    sys.stdout.write(f"{make_storage(parser.parse_args(arguments).folder)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
