"""Rows of a table that stands as columns: `fixative.columns`, read row by row without copying it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fixative.columns import ROWS


class Row(Mapping[str, Any]):
    """One row; a column with one value for all rows has that value in each, a nested table is a row of its own."""

    def __init__(self, table: Mapping[str, Any], number: int) -> None:
        self._table = table
        self._number = number

    def __getitem__(self, name: str) -> Any:
        value = self._table[name]
        if isinstance(value, list):
            return value[self._number] if self._number < len(value) else None
        return Row(value, self._number) if isinstance(value, Mapping) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def rows_of(table: Any) -> Sequence[Row]:
    """Every row of a table; none of what is no table."""
    count = table.get(ROWS) if isinstance(table, Mapping) else None
    return [Row(table, number) for number in range(count)] if isinstance(count, int) else []
