"""The catalogue's tables as Parquet files, for pandas, DuckDB and R."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from fixative.catalogue.schema import VERSION
from fixative.catalogue.search import opened
from fixative.clock import utc_text
from fixative.files import replacing

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("objects", "images", "channels", "files", "sources")
AT_ONCE = 50_000
"""Rows of one row group."""


def export(root: Path, folder: Path) -> list[Path]:
    """Write each table as ``<table>.parquet``; returns the files.

    Each file is written whole or not at all; all tell one state of the catalogue.

    Raises
    ------
    fixative.catalogue.search.NoCatalogue
        Where the archive has none that can be read.
    """
    base, _ = opened(root)
    with closing(base):
        base.execute("BEGIN")
        folder.mkdir(parents=True, exist_ok=True)
        return [_export(base, table, folder / f"{table}.parquet") for table in TABLES]


def _export(base: sqlite3.Connection, table: str, path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(base, table)
    cursor = base.execute(f"SELECT {', '.join(schema.names)} FROM {table}")  # noqa: S608  constants
    with replacing(path) as stream, pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        while rows := cursor.fetchmany(AT_ONCE):
            columns = zip(zip(*rows, strict=True), schema.types, strict=True)
            arrays = [pa.array(values, kind) for values, kind in columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return path


def _schema(base: sqlite3.Connection, table: str) -> "pa.Schema":
    """Types as the tables declare them; times are texts, as objects state them: some state no more than a date."""
    import pyarrow as pa

    types = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}
    columns = [(row[1], types[row[2]]) for row in base.execute(f"PRAGMA table_info ({table})")]
    about = {"fixative_catalogue": str(VERSION), "exported": utc_text()}
    return pa.schema([pa.field(name, kind) for name, kind in columns], metadata=about)
