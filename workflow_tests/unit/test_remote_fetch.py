"""Sources on an S3 store of our own, fetched, compared, and asked for again."""

import pytest

from fixative.findings import RefusedSample
from fixative.forecast import source_bytes
from fixative.inventory import take_inventory
from fixative.models import SampleRow
from fixative.remote import rclone
from fixative.remote.address import address_of, fetched_place
from fixative.remote.fetch import drop_orphans, fetch, is_listed_still, of_the_set, require_room, require_unchanged
from fixative.remote.proof import compare
from fixative.remote.sizes import ask_sizes
from fixative.sections import Remote
from objects import stack, write_tiff
from served import environment_of, serving


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def work(store, tmp_path, monkeypatch):
    """A work folder, with the remote `served` in the environment and a source `day/stack.tif` on it."""
    monkeypatch.chdir(tmp_path)
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    store.put("day/stack.tif", write_tiff(tmp_path / "stack.tif", [stack()]))
    (tmp_path / "results/samples/A").mkdir(parents=True)
    return tmp_path


def row_of(store, work, path="day/stack.tif"):
    address = address_of(store.address(path))
    return SampleRow(
        line=2,
        sample_id="A",
        source=fetched_place(work, "A", address, "set"),
        dataset="set1",
        privacy_policy="facility",
        remote=str(address),
    )


def fetched(store, work, path="day/stack.tif", **settings):
    return fetch(row_of(store, work, path), work / "results/samples/A", Remote(**settings))


def inventoried(store, work):
    row, files = row_of(store, work), fetched(store, work)
    inventory = take_inventory(row)
    return inventory.model_copy(update={"remote": of_the_set(inventory, row, files)})


def test_a_source_comes_with_what_bears_its_name_and_the_hash_of_the_store(store, work):
    store.put("day/stack_notes.txt", work / "stack.tif")
    store.put("day/stack2.tif", work / "stack.tif")

    files = fetched(store, work)

    assert [(file.path, file.proven_by) for file in files] == [("stack.tif", "md5"), ("stack_notes.txt", "md5")]
    assert (work / "results/fetched/A/set/stack.tif").read_bytes() == (work / "stack.tif").read_bytes()


def test_a_folder_is_fetched_whole(store, work):
    store.put("day/store.zarr/.zgroup", work / "stack.tif")
    store.put("day/store.zarr/0/0.0", work / "stack.tif")

    files = fetched(store, work, "day/store.zarr")

    assert [file.path for file in files] == ["store.zarr/.zgroup", "store.zarr/0/0.0"]
    assert row_of(store, work, "day/store.zarr").source.is_dir()


def test_what_is_there_already_is_not_fetched_again(store, work):
    fetched(store, work)
    before = (work / "results/fetched/A/set/stack.tif").stat().st_ino

    fetched(store, work)

    assert (work / "results/fetched/A/set/stack.tif").stat().st_ino == before


def test_a_damaged_copy_is_fetched_again(store, work):
    fetched(store, work)
    copy = work / "results/fetched/A/set/stack.tif"
    copy.write_bytes(b"damaged")

    fetched(store, work)

    assert copy.read_bytes() == (work / "stack.tif").read_bytes()


def test_a_source_that_is_not_there_is_refused(store, work):
    with pytest.raises(RefusedSample, match="REM002") as refused:
        fetched(store, work, "day/nothing.tif")

    assert refused.value.message == "not found on the remote: nothing.tif"


def test_a_source_replaced_on_the_remote_is_no_longer_the_one_that_was_fetched(store, work):
    inventory = inventoried(store, work)
    store.put("day/stack.tif", write_tiff(work / "other.tif", [stack(z=3)]))

    with pytest.raises(RefusedSample, match="INV007"):
        require_unchanged(inventory)


def test_an_unchanged_source_is_found_unchanged(store, work):
    inventory = inventoried(store, work)

    require_unchanged(inventory)

    assert is_listed_still(work / "results/samples/A")


def test_wrong_credentials_are_told_without_a_word_of_rclone(store, work, monkeypatch):
    monkeypatch.setenv("RCLONE_CONFIG_SERVED_SECRET_ACCESS_KEY", "wrong")

    with pytest.raises(RefusedSample, match="access refused: wrong credentials, or no permission") as refused:
        fetched(store, work)

    assert refused.value.code == "REM001"


def test_a_store_that_does_not_answer_is_told(store, work, monkeypatch):
    away = environment_of(work, "http://127.0.0.1:9")
    monkeypatch.setenv("RCLONE_CONFIG_SERVED_ENDPOINT", away["RCLONE_CONFIG_SERVED_ENDPOINT"])

    with pytest.raises(RefusedSample, match=r"REM001.*connection refused"):
        fetched(store, work)


def test_a_name_that_cannot_be_written_is_refused(store, work):
    store.put("odd/stack.tif", work / "stack.tif")
    store.put("odd/stack\n2.tif", work / "stack.tif")

    with pytest.raises(RefusedSample, match="REM009"):
        fetched(store, work, "odd/stack.tif")


def test_a_copy_that_is_not_what_the_store_says_is_refused(work):
    listed = rclone.RemoteFile("stack.tif", (work / "stack.tif").stat().st_size, "", {"md5": "0" * 32})

    with pytest.raises(RefusedSample, match=r"REM003.*md5"):
        compare(address_of("rclone:served:x"), work, [listed], reread=True)


def test_a_file_without_a_hash_is_read_a_second_time(store, work):
    listed = rclone.RemoteFile("stack.tif", (work / "stack.tif").stat().st_size, "")
    store.put("again/stack.tif", work / "stack.tif")

    proven = compare(address_of(store.address("again")), work, [listed], reread=True)

    assert proven == {"stack.tif": "second read"}


def test_a_second_read_that_differs_is_refused(store, work):
    listed = rclone.RemoteFile("stack.tif", (work / "stack.tif").stat().st_size, "")
    store.put("differing/stack.tif", write_tiff(work / "other.tif", [stack(z=3)]))

    with pytest.raises(RefusedSample, match=r"REM003.*second read"):
        compare(address_of(store.address("differing")), work, [listed], reread=True)


def test_what_would_not_fit_is_refused_before_it_is_fetched(tmp_path):
    listed = rclone.RemoteFile("huge.tif", 10**18, "")

    with pytest.raises(RefusedSample, match="REM004"):
        require_room(tmp_path, [listed], "huge.tif")


def test_a_run_knows_how_much_there_is_to_fetch_before_it_begins(store, work):
    row = row_of(store, work)

    ask_sizes([row])

    assert source_bytes(row) == (work / "stack.tif").stat().st_size


def test_what_a_killed_run_has_fetched_of_a_sealed_sample_is_removed(store, work):
    fetched(store, work)

    drop_orphans(pending={"B"})

    assert list((work / "results/fetched").iterdir()) == []


def test_what_was_fetched_before_a_run_was_killed_is_not_fetched_again(store, work):
    partial = work / "results/fetched/A/.set.part"
    partial.mkdir(parents=True)
    copy = partial / "stack.tif"
    fetched(store, work)
    (work / "results/fetched/A/set").rename(partial)
    (partial / "gone_meanwhile.tif").write_bytes(b"")
    (work / "results/fetched/A/.set.json").unlink()
    before = copy.stat().st_ino

    fetched(store, work)

    there = work / "results/fetched/A/set"
    assert (there / "stack.tif").stat().st_ino == before
    assert not (there / "gone_meanwhile.tif").exists()


def test_a_remote_that_did_not_answer_is_not_waited_for_again(store, work, monkeypatch):
    monkeypatch.setenv("RCLONE_CONFIG_SERVED_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(RefusedSample, match="connection refused"):
        fetched(store, work)
    monkeypatch.setenv("PATH", "")
    rclone.binary.cache_clear()
    monkeypatch.setattr("sysconfig.get_path", lambda name: "")

    with pytest.raises(RefusedSample, match="connection refused"):
        fetched(store, work)


def test_a_folder_that_has_grown_on_the_remote_is_no_longer_the_one_that_was_fetched(store, work):
    store.put("day/grown.zarr/.zarray", work / "stack.tif")
    files = fetched(store, work, "day/grown.zarr")
    folder = row_of(store, work, "day/grown.zarr").source
    inventory = inventoried(store, work).model_copy(update={"remote": files, "folder": folder})
    store.put("day/grown.zarr/0.0", work / "stack.tif")

    with pytest.raises(RefusedSample, match=r"INV007.*new on the remote"):
        require_unchanged(inventory)
