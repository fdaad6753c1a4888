"""Files of a package: linked, digested where they lie, and replaced only where nobody has worked on them."""

import errno
import os

import pytest

from deposits import deposit, make_sealed, options, read
from fixative.deposit.dataset import PublicFile
from fixative.deposit.job import curation_job, deposit_job
from fixative.deposit.links import put
from fixative.deposit.package import RefusedPackage, make_package
from fixative.deposit.repositories import kind_of
from fixative.files import digest_bytes
from fixative.findings import RefusedSample
from objects import flip_bit, unlock

CONTENT = b"pixels"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sealed.ome.tiff"
    path.write_bytes(CONTENT)
    return PublicFile("sealed.ome.tiff", path, len(CONTENT), digest_bytes(CONTENT).sha256)


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A work folder, as a job finds it."""
    folder = tmp_path / "work"
    (folder / "results").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def ask(folder, **given):
    return options(folder, **given).model_dump(mode="json")


@pytest.mark.parametrize(
    ("link", "how"), [("auto", "hard"), ("hard", "hard"), ("symlink", "symlink"), ("copy", "copy")]
)
def test_a_file_is_linked_as_asked_for(file, tmp_path, link, how):
    target = tmp_path / "package/a.ome.tiff"

    done = put(file, target, object_name="A", link=link)

    assert done == how
    assert target.read_bytes() == CONTENT


def test_where_it_cannot_be_linked_it_is_copied(file, tmp_path, monkeypatch):
    def no_links(*paths):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)

    assert put(file, tmp_path / "b.ome.tiff", object_name="A", link="auto") == "copy"


def test_hard_links_that_were_asked_for_are_not_replaced_by_copies(file, tmp_path, monkeypatch):
    def no_links(*paths):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)

    with pytest.raises(RefusedSample, match="DEP014"):
        put(file, tmp_path / "b.ome.tiff", object_name="A", link="hard")


def test_the_mode_of_a_sealed_file_stays(tmp_path):
    image = make_sealed(tmp_path, "A") / "data/A.ome.tiff"

    deposit(tmp_path, "omero")
    deposit(tmp_path, "omero")

    assert oct(image.stat().st_mode)[-3:] == "444"


def test_a_damaged_image_is_not_deposited(tmp_path):
    image = unlock(make_sealed(tmp_path, "A")) / "data/A.ome.tiff"
    flip_bit(image)

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "omero")

    assert [finding.code for finding in refused.value.findings] == ["DEP003"]
    assert not (tmp_path / "package").exists()


def test_an_object_that_is_not_complete_is_not_deposited(tmp_path):
    (unlock(make_sealed(tmp_path, "A")) / "data/README.md").write_text("short")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "omero")

    assert [finding.code for finding in refused.value.findings] == ["DEP003"]


def test_a_second_run_replaces_what_the_first_has_made(tmp_path):
    make_sealed(tmp_path, "A")
    deposit(tmp_path, "omero")
    make_sealed(tmp_path, "B")

    deposit(tmp_path, "omero")

    assert sorted(path.name for path in (tmp_path / "package/upload").glob("*.tiff")) == ["A.ome.tiff", "B.ome.tiff"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "package", "staging"]


def test_what_somebody_has_worked_on_is_not_replaced(tmp_path):
    make_sealed(tmp_path, "A")
    folder = deposit(tmp_path, "idr").folder
    (folder / "submission/idr0000-study.txt").write_text("by hand")
    (folder / "letter.txt").write_text("dear curators")

    with pytest.raises(RefusedPackage) as refused:
        deposit(tmp_path, "idr")

    assert refused.value.findings[0].code == "DEP010"
    assert refused.value.findings[0].message.endswith(": letter.txt, submission/idr0000-study.txt")
    assert (folder / "submission/idr0000-study.txt").read_text() == "by hand"


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    make_sealed(tmp_path, "A")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/thesis.tex").write_text("mine")

    with pytest.raises(RefusedPackage, match="DEP010"):
        deposit(tmp_path, "idr")

    assert (tmp_path / "package/thesis.tex").read_text() == "mine"


def test_what_a_killed_run_has_left_is_in_nobody_s_way(tmp_path):
    make_sealed(tmp_path, "A")
    (tmp_path / ".package.partial/upload").mkdir(parents=True)

    assert deposit(tmp_path, "idr").verdict == "valid"
    assert not (tmp_path / ".package.partial").exists()


def test_a_package_is_not_written_into_the_archive(tmp_path):
    make_sealed(tmp_path, "A")
    into = tmp_path / "archive/package"

    with pytest.raises(RefusedPackage) as refused:
        make_package(read(tmp_path), kind_of("idr"), options(tmp_path), into)

    assert [finding.code for finding in refused.value.findings] == ["DEP016"]
    assert not into.exists()


def test_where_nothing_can_be_written_is_said(tmp_path):
    make_sealed(tmp_path, "A")
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(RefusedPackage, match=r"DEP016.* Not a directory"):
        make_package(read(tmp_path), kind_of("idr"), options(tmp_path), tmp_path / "file/package")


def test_a_job_says_where_the_package_is(tmp_path, work):
    make_sealed(tmp_path, "A")

    lines, made = deposit_job(work, ask(tmp_path, repository="zenodo"))

    assert made
    assert (work / "results/deposits/zenodo/set1/upload/A.ome.tiff").is_file()
    assert lines[-1].split()[0] == "package"


def test_a_repository_that_is_not_known_is_refused_with_those_that_are(tmp_path, work):
    make_sealed(tmp_path, "A")

    lines, made = deposit_job(work, ask(tmp_path, repository="figshare"))

    assert not made
    assert "[DEP002] no such repository: figshare; there are bioimage_archive, idr, empiar" in lines[1]


def test_a_refused_job_tells_everything_and_lists_what_is_missing(tmp_path, work):
    make_sealed(tmp_path, "A", extra={}, license=None)

    lines, made = deposit_job(work, ask(tmp_path, repository="zenodo"))

    told = (work / "results/deposit/findings.tsv").read_text()
    assert not made
    assert [line[3:9] for line in lines if line.startswith("  [")] == ["CUR001", "DEP009"]
    assert "CUR001" in told
    assert "study_title" in (work / "results/deposit/missing.tsv").read_text()
    assert not (work / "results/deposits/zenodo/set1").exists()


def test_a_data_set_without_a_licence_is_not_curated(tmp_path, work):
    make_sealed(tmp_path, "A", license="ask me")

    lines, made = curation_job(work, ask(tmp_path))

    assert not made
    assert "[CUR001]" in lines[1]


def test_it_is_where_the_configuration_asks_for_none(tmp_path, work):
    make_sealed(tmp_path, "A", license=None)

    _, made = curation_job(work, ask(tmp_path, require_license=False))

    assert made
    assert sorted(path.name for path in (work / "results/curation/set1").iterdir()) == [
        "README.md",
        "curation.json",
        "curation.tsv",
    ]
