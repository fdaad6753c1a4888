"""Addresses on remote storage: what may stand in a sheet, and what must not."""

import pytest

from fixative.findings import BadBatch, RefusedSample
from fixative.remote.address import address_of, address_problem
from fixative.remote.fetch import belongs
from fixative.remote.rclone import binary_in, reason_of
from fixative.settings import load_settings
from fixative.sheet import read_sheet

BY_STRING = 'rclone::s3,provider=Other,env_auth=true,endpoint="https://s3.example.org":bucket/day 1/a.czi'


def test_an_address_is_a_remote_and_a_path():
    address = address_of("rclone:facility:bucket/day 1/a.czi")

    assert (address.fs, address.path, address.name) == ("facility:", "bucket/day 1/a.czi", "a.czi")


def test_a_connection_string_needs_no_configuration_file():
    address = address_of(BY_STRING)

    assert (address.path, str(address.parent.joined("b.czi"))) == (
        "bucket/day 1/a.czi",
        BY_STRING.replace("a.czi", "b.czi"),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rclone:facility", "not an address"),
        ("rclone:-rc:x", "not an address"),
        ("rclone:facility:a/../../b", "must be plain"),
        ("rclone:facility:a\nb", "must be plain"),
        ("rclone::s3,secret_access_key=hunter2:b/c", "no place in an address"),
        ("rclone::sftp,host=h,ssh=hunter2:b/c", "no place in an address"),
        ('rclone::webdav,url="https://anna:hunter2@example.org":b/c', "holds credentials"),
    ],
)
def test_credentials_commands_and_ways_out_are_no_part_of_an_address(text, told):
    problem = address_problem(text)

    assert told in problem
    assert "hunter2" not in problem


def test_a_sheet_maps_what_is_remote_to_a_place_in_the_work_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sheet = tmp_path / "samples.tsv"
    sheet.write_text("sample_id\tsource\tsidecars\nA\trclone:f:b/a.czi\trclone:f:b/a.txt; rclone:f:c/a.txt; x.txt\n")

    (row,) = read_sheet(sheet, dataset="set1", privacy_policy="facility")

    fetched = tmp_path / "results/fetched/A"
    assert (row.source, row.origin) == (fetched / "set/a.czi", "rclone:f:b/a.czi")
    assert row.sidecars == (fetched / "set/a.txt", fetched / "sidecar-1/a.txt", tmp_path / "x.txt")
    assert list(row.remote_sidecars.values()) == ["rclone:f:b/a.txt", "rclone:f:c/a.txt"]


def test_a_sheet_with_a_secret_in_an_address_stops_the_batch_and_does_not_repeat_it(tmp_path):
    sheet = tmp_path / "samples.tsv"
    sheet.write_text("sample_id\tsource\nA\trclone::s3,access_key_id=hunter2:b/a.czi\n")

    with pytest.raises(BadBatch, match="line 2: source: option 'access_key_id'") as refused:
        read_sheet(sheet, dataset="set1", privacy_policy="facility")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "yes"),
    [
        ("stack-1.nd", True),
        ("stack-1_w1.TIF", True),
        ("stack-1/slices/0.tif", True),
        ("_stack-1_/frame.ets", True),
        ("stack-10.nd", False),
        ("stack-2.nd", False),
    ],
)
def test_what_bears_the_stem_of_a_source_comes_along(path, yes):
    assert belongs(path, "stack-1.nd") is yes


def test_what_rclone_says_of_an_error_is_told_in_other_words():
    told = 'Get "https://s3.example.org/?X-Amz-Credential=AKIA123": dial tcp: lookup s3.example.org: no such host'

    assert reason_of(1, told) == "no such host"


def test_without_rclone_it_is_said_how_to_get_it(tmp_path):
    with pytest.raises(RefusedSample, match="REM006"):
        binary_in(str(tmp_path))


def test_a_replica_keeps_its_address_as_it_is_written():
    settings = load_settings({"replicas": ['rclone::s3,env_auth=true,endpoint="https://h":b//c', "/mnt/b"]})

    assert str(settings.replicas[0].root).endswith('https://h":b//c')


def test_an_archive_is_a_folder_of_this_machine():
    with pytest.raises(BadBatch, match=r"archive_root: .*must be a folder of this machine"):
        load_settings({"archive_root": "rclone:facility:archive"})
