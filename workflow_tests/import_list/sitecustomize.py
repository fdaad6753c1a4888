"""Says what a Python process has imported: by itself where ``FIXATIVE_IMPORTS`` names a folder.

Written when the process ends: ``<script>.json``, the names of all modules in memory.
"""

import os

if os.environ.get("FIXATIVE_IMPORTS"):
    import atexit
    import json
    import sys
    from pathlib import Path

    def _write() -> None:
        name = Path(sys.argv[0]).stem.split(".")[-1] if sys.argv and sys.argv[0] else "none"
        modules = sorted(name for name in sys.modules if not name.startswith("_"))
        (Path(os.environ["FIXATIVE_IMPORTS"]) / f"{name}.json").write_text(json.dumps(modules))

    atexit.register(_write)
