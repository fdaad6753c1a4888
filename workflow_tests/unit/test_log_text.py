"""A log tells no path, name or private value, and a developer still where the code failed."""

import json
import logging
import re
import socket
import sys
import traceback
from pathlib import Path

import pytest

from fixative.models import SampleRow
from fixative.privacy.secrets import Secret
from fixative.privacy.store import write_secrets
from fixative.report.log_text import LogText

PERSON = "Qzvkxwbhmp Ñuñez"


@pytest.fixture
def text(tmp_path: Path) -> LogText:
    source = tmp_path / "data" / PERSON / "of qzvkxwbhmp 7.czi"
    text = LogText(tmp_path / "work")
    text.begin(SampleRow(line=2, sample_id="S_7", source=source, dataset="kidney", privacy_policy="x"), tmp_path)
    return text


def row_of(text: LogText) -> SampleRow:
    assert text._row is not None
    return text._row


def traced(error: Exception) -> str:
    try:
        raise error
    except type(error) as caught:
        return "".join(traceback.format_exception(caught))


def test_paths_of_the_source_are_told_by_what_they_mean(text: LogText, tmp_path: Path) -> None:
    said = text.clean(f"cannot read {row_of(text).source} in {tmp_path / 'work'}")

    assert said == "cannot read <source> in <work folder>"


@pytest.mark.parametrize(
    "message",
    [
        "not a TIFF file: 'of qzvkxwbhmp 7.czi'",
        f"folder {PERSON} is not readable",
        f"no such file: '/elsewhere/{PERSON}/x.czi'",
        f"of /tmp/alone-1/{PERSON}/of qzvkxwbhmp 7.czi",
        f"by {PERSON.upper()}",
    ],
)
def test_names_of_files_and_folders_go_before_any_private_value_is_known(text: LogText, message: str) -> None:
    assert not re.search("qzvkxwbhmp|uñez", text.clean(message), re.IGNORECASE)


def test_private_values_go_as_soon_as_they_are_known(text: LogText, tmp_path: Path) -> None:
    assert text.clean("bad value 'Lovelace'") == "bad value 'Lovelace'"
    write_secrets(tmp_path / "private/secrets.json", [Secret("people", "Lovelace")])

    assert text.clean("bad value 'LOVELACE'") == "bad value '<private: people>'"


def test_what_one_sample_hides_is_hidden_of_it_alone(text: LogText, tmp_path: Path) -> None:
    write_secrets(tmp_path / "private/secrets.json", [Secret("people", "Lovelace")])
    (tmp_path / "other").mkdir()

    text.begin(row_of(text).model_copy(update={"source": tmp_path / "b.tif"}), tmp_path / "other")

    assert text.clean("Lovelace") == "Lovelace"


@pytest.mark.parametrize("told", ["jane.doe@example.org", "00:1B:44:11:3A:B7", "host 141.14.16.9", "/home/jdoe7/x"])
def test_the_cleaners_clean_what_a_library_says(text: LogText, told: str) -> None:
    assert told.rpartition(" ")[2] not in text.clean(f"cannot open {told} again")


def test_the_name_of_this_machine_goes(text: LogText, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "scope77.lab")

    assert text.clean("on scope77 and scope77.lab") == "on <host> and <host>"


def test_a_traceback_keeps_file_line_and_function_of_the_code(text: LogText) -> None:
    try:
        json.loads("{")
    except ValueError as error:
        said = text.clean("".join(traceback.format_exception(error)))

    assert 'File "json/decoder.py", line' in said
    assert 'File "test_log_text.py", line' in said or 'unit/test_log_text.py", line' in said
    assert "JSONDecodeError: Expecting property name" in said
    assert sys.prefix not in said


def test_a_file_of_the_package_is_named_from_the_package_on(text: LogText) -> None:
    import fixative.stage

    said = text.clean(f'  File "{fixative.stage.__file__}", line 7, in run_shard')

    assert said == '  File "fixative/stage.py", line 7, in run_shard'


def test_a_warning_of_a_library_keeps_its_module_and_line(text: LogText) -> None:
    import tifffile

    module = Path(tifffile.__file__).with_name("tifffile.py")

    assert text.clean(f"{module}:12: UserWarning: bad") == "tifffile/tifffile.py:12: UserWarning: bad"


@pytest.mark.parametrize(
    "message",
    [
        "S_7: refused: [VER001] pixels differ, first at T0 C1 Z5 Y0 X1: source 0, archive 1",
        "verify_archive: sample 1 of 3 (S_7)",
        "kidney/S_7: Bio-Formats 7.3.1, 36 of 40 planes, 1,024 x 1,024 px, 100%",
    ],
)
def test_what_fixative_says_itself_stays(text: LogText, message: str) -> None:
    assert text.clean(message) == message


def test_a_line_of_the_log_is_cleaned_with_its_traceback(text: LogText) -> None:
    error = FileNotFoundError(2, "No such file", str(row_of(text).source))
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "S_7: error\n%s", (traced(error),), None)

    said = text.format(record)

    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ERROR S_7: error\n", said)
    assert said.rstrip().endswith("FileNotFoundError: [Errno 2] No such file: '<source>'")


def test_an_exception_that_ends_the_process_is_printed_cleaned(
    text: LogText, capsys: pytest.CaptureFixture[str]
) -> None:
    text.uncaught(OSError, OSError(f"disk of {PERSON}"), None)

    assert capsys.readouterr().err == "OSError: disk of <folder>\n\n"
