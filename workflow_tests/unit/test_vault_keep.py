"""A sample's entry, from the records of its steps: what keeps it out keeps the object unsealed."""

import json
import os

import pytest

from fixative.files import write_json
from fixative.findings import RefusedSample
from fixative.privacy.marks import key_id
from fixative.vault.keep import keep_sample, marked_with_this_key, marks_of
from fixative.vault.key import vault_key
from fixative.vault.plan import VaultPlan
from objects import make_parts
from vaults import key_pair, public_key_file, write_source


class Sample:
    """What the steps left of a sample."""

    def __init__(self, folder, **plan):
        self.parts = make_parts(folder / "staging")
        self.plan = VaultPlan(root=folder / "vault", **plan)
        key = vault_key(self.plan.root, self.plan.key_file)
        file = write_source(self.parts.row.source, b"source of A")
        self.inventory = self.parts.inventory.model_copy(update={"files": (file,)})
        self.log = self.parts.log.model_copy(update={"hmac_key": key_id(key)})
        self.folder = folder / "sample"
        write_json(self.folder / "metadata/dump.json", {"said": "Ada Lovelace"})
        (self.folder / "metadata/ome.xml").write_text("<OME/>")
        write_json(self.folder / "private/mapping.json", {"changes": []})

    def keep(self, **options):
        return keep_sample(
            self.plan,
            self.folder,
            row=self.parts.row,
            inventory=self.inventory,
            log=self.log,
            names={self.inventory.main.name: "public.tif"},
            **options,
        )


def test_an_entry_holds_dump_document_mapping_and_names(tmp_path):
    sample = Sample(tmp_path)

    entry = sample.keep()

    assert entry == tmp_path / f"vault/set1/A/{'ab' * 8}-{'cd' * 4}"
    assert json.loads((entry / "dump.json").read_text()) == {"said": "Ada Lovelace"}
    assert (entry / "ome.xml").read_text() == "<OME/>"
    assert json.loads((entry / "names.json").read_text())[0] == {
        "name": "mouse 7 (left).tif",
        "public": "public.tif",
        "here": None,
        "role": "main",
        "bytes": 11,
        "sha256": sample.inventory.main.sha256,
    }


def test_originals_are_kept_where_that_is_asked_for(tmp_path):
    entry = Sample(tmp_path, originals=True).keep()

    assert (entry / "original/public.tif").read_bytes() == b"source of A"


def test_a_source_that_changes_keeps_the_sample_out(tmp_path):
    sample = Sample(tmp_path, originals=True)
    os.utime(sample.parts.row.source, ns=(1, 1))

    with pytest.raises(RefusedSample, match=r"INV007.*modification time"):
        sample.keep()


def test_another_key_than_the_metadata_were_marked_with_keeps_the_sample_out(tmp_path):
    sample = Sample(tmp_path)
    (tmp_path / "vault/vault.key").write_bytes(os.urandom(32))

    with pytest.raises(RefusedSample, match=r"VLT002.*not the one that the metadata were marked with"):
        sample.keep()


def test_a_recipient_that_was_replaced_meanwhile_keeps_the_sample_out(tmp_path):
    sample = Sample(tmp_path, recipients=(public_key_file(tmp_path / "k.pub", key_pair()[1]),))
    (tmp_path / "k.pub").write_text("nothing")

    with pytest.raises(RefusedSample, match=r"VLT001.*a recipient: no Crypt4GH public key"):
        sample.keep()


def test_the_readme_names_the_recipients_and_how_to_decrypt(tmp_path):
    recipient = public_key_file(tmp_path / "k.pub", key_pair()[1])

    entry = Sample(tmp_path, recipients=(recipient,)).keep()

    readme = (entry / "README.txt").read_text()
    assert recipient.read_text().split("\n")[1] in readme
    assert "crypt4gh decrypt --sk PRIVATE_KEY < dump.json.c4gh > dump.json" in readme


def test_the_same_recipient_named_twice_is_one(tmp_path):
    _, public = key_pair()
    twice = (public_key_file(tmp_path / "1.pub", public), public_key_file(tmp_path / "2.pub", public))

    entry = Sample(tmp_path, recipients=twice).keep()

    assert (entry / "dump.json.c4gh").read_bytes()[12:16] == b"\x01\x00\x00\x00"


def test_a_log_says_with_which_key_it_was_marked(tmp_path):
    sample = Sample(tmp_path)
    other = VaultPlan(root=tmp_path / "other")

    assert marked_with_this_key(sample.plan, sample.log)
    assert not marked_with_this_key(other, sample.log)
    assert not marked_with_this_key(None, sample.log)
    assert marked_with_this_key(None, sample.parts.log)


def test_without_a_vault_nothing_is_marked(tmp_path):
    assert marks_of(None, make_parts(tmp_path).inventory) is None
