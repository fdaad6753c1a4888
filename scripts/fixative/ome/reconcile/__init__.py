"""One OME-XML out of what several readers say of one source.

`documents` brings each reader's words to the same form: valid 2016-06, one Image for each image that was delivered,
nothing in it that the reader makes up. `reconcile` starts from the richest and completes it from the others: value by
value where they describe the same thing (`settle`), and part by part where the richest has none (`parts`). Who has
the word where they differ stands in one table (`precedence`), and every such case is on record.
"""

from fixative.ome.reconcile.documents import Document, document_of
from fixative.ome.reconcile.inventions import Inventions, Losses, NothingInvented
from fixative.ome.reconcile.merge import reconcile
from fixative.ome.reconcile.precedence import Disagreement

__all__ = ["Disagreement", "Document", "Inventions", "Losses", "NothingInvented", "document_of", "reconcile"]
