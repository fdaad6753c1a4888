"""The example storage: what a facility's file share looks like, small and made on the spot.

Every file is written by a real writer of its format, and its metadata name (invented) people, so that
sanitising has something to do. The light part is here; the writers are imported when they are needed.
"""

from fixative.example.storage import make_storage

__all__ = ["make_storage"]
