"""Hostile sources at the inventory: refused by a code, or found whole, in seconds and little memory."""

import json
import os
import resource
import signal
from pathlib import Path

import pytest

from fixative.findings import RefusedSample
from fixative.inventory import take_inventory
from fixative.models import SampleRow
from hostile import HOSTILE, SEALED, sources

SECONDS = 20
MEMORY_BYTES = 1 << 30


def inventory_of(source, sidecar):
    """What an inventory says, in a process of its own with bounds on time and memory."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        held = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_BYTES, held + MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        signal.alarm(10 * SECONDS)
        row = SampleRow(
            line=2,
            sample_id="A",
            source=source,
            sidecars=(sidecar,) if sidecar else (),
            dataset="d",
            privacy_policy="facility",
        )
        try:
            take_inventory(row)
            said = "whole"
        except RefusedSample as refused:
            said = refused.code
        except BaseException as error:  # noqa: BLE001  told by the parent
            said = f"error: {error!r}"
        os.write(write, json.dumps(said).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        said = stream.read()
    _, status = os.waitpid(process, 0)
    return json.loads(said) if said else f"died: {status}"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    import fixative.structure.czi
    import fixative.structure.tiff  # noqa: F401  imported before memory is bounded

    made = sources(tmp_path_factory.mktemp("hostile"))
    return {name: inventory_of(*paths) for name, paths in made.items()}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_source_is_refused_by_a_code_or_harmless(told, name):
    later = {"whole"} if not told[name].startswith("INV") else set()

    assert told[name] in HOSTILE[name].codes | later


@pytest.mark.parametrize(
    "name", [name for name, one in HOSTILE.items() if one.codes <= {"INV002", "INV004", "INV005"}]
)
def test_what_only_the_structure_can_tell_is_refused_before_anything_is_decoded(told, name):
    assert told[name] in HOSTILE[name].codes


@pytest.mark.parametrize("name", [name for name, one in HOSTILE.items() if one.codes == {SEALED}])
def test_an_odd_name_or_sidecar_is_no_reason_to_refuse(told, name):
    assert told[name] == "whole"
