"""What a night tells: the summary, and the messages that carry it."""

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fixative.nightly.facts import nights_until_full
from fixative.nightly.notify import send, wanted
from fixative.nightly.options import Notify
from fixative.nightly.record import Audited, Disk, Failing, Night, Scanned
from fixative.nightly.summary import changed, clean_lines, size_text, summary_lines, time_text
from fixative.privacy.secrets import Secret
from fixative.privacy.store import write_secrets

NIGHT = Night(number=2, state="ended", started="2026-11-22T01:15:00Z", pid=1, exit_status=0, before="x")
LAST = NIGHT.model_copy(update={"number": 1, "started": "2026-11-21T01:15:00Z"})
LINES = ["Fixative, night of 2026-11-22 01:15 UTC: all is well (exit status 0)", "sealed  3 samples"]


def lines(last=LAST, *, until_full=None, **facts):
    told = summary_lines(
        NIGHT.model_copy(update=facts), last, until_full=until_full, report=Path("/srv/w/index.html")
    )
    return {line.split(" ")[0]: line for line in told}


class Sink(socketserver.StreamRequestHandler):
    """Takes one mail, as any SMTP server does."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self.wfile.write(b"250-sink\r\n250 AUTH PLAIN\r\n" if verb == b"EHLO" else self.answer(verb))

    def answer(self, verb):
        return {b"QUIT": b"221 bye\r\n", b"AUTH": b"535 no\r\n"}.get(verb, b"250 fine\r\n")


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, self.headers["Content-Type"], body.decode()))
        self.send_response(500 if "fails" in self.path else 204)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving(server):
    """Serve on the loopback as long as this lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mail_server():
    server = socketserver.TCPServer(("127.0.0.1", 0), Sink)
    server.mails = []
    with serving(server):
        yield server


@pytest.fixture
def web_server():
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.posts = []
    with serving(server):
        yield server


def mail_to(server, **more):
    mail = {"to": ["a@example.org", "b@example.org"], "from": "fixative@example.org", "host": "127.0.0.1"}
    return Notify(mail={**mail, "port": server.server_address[1], **more})


def hook_at(server, path="/hook", **more):
    return Notify(webhook={"url": f"http://127.0.0.1:{server.server_address[1]}{path}", **more})


def test_a_summary_has_about_ten_lines_and_says_what_is_new():
    told = lines(
        sealed=("a", "b"),
        sealed_bytes=2_500_000,
        failing=(
            Failing(sample="c", outcome="refused", code="INV004", nights=3),
            Failing(sample="d", outcome="refused", code="SAN001"),
        ),
        awaiting=("e",),
        audit=Audited(sound=False, objects=9, read=4, bytes=1000, bad=("set1/f: damaged",)),
        scan=Scanned(new=3, still_written=2, roots=1, changed=("g",)),
        disks={"archive": Disk(free=50, total=100)},
        unended=("2026-11-21T20:00:00Z",),
        exit_status=1,
        last=LAST.model_copy(update={"failing": (Failing(sample="c", outcome="refused", code="INV004", nights=2),)}),
        until_full=12,
    )

    assert 9 <= len(told) <= 12
    assert told["Fixative,"].endswith("somebody has to look (exit status 1)")
    assert told["sealed"].endswith("2 samples, 2.5 MB (the night before: 0, 0 B)")
    assert told["refused"].endswith("2 samples: INV004 x 1, SAN001 x 1 (1 new)")
    assert told["waiting"].endswith("1 sample for approval, 1 new: e")
    assert told["failing"].endswith("c INV004 for 3 nights")
    assert told["audit"].endswith("4 copies read, 1.0 kB, of 9 objects; NOT GOOD: 1 (1 new): set1/f: damaged")
    assert told["scan"].endswith("2 left out, still being written; changed after sealing: 1 (1 new): g")
    assert told["disk"].endswith("archive 50 B free (50%); as the last nights went, full in 12 nights")
    assert told["before"].endswith(
        "2026-11-21 20:00:00 did not end (killed, or the power failed); its work was taken up"
    )
    assert told["report"].endswith("/srv/w/index.html")


def test_a_sample_that_fails_for_another_reason_is_new():
    last = LAST.model_copy(update={"failing": (Failing(sample="c", outcome="refused", code="INV004"),)})

    told = lines(failing=(Failing(sample="c", outcome="refused", code="SAN002", nights=2),), last=last)

    assert told["refused"].endswith("SAN002 x 1 (1 new)")


def test_many_names_are_counted_and_not_listed():
    failing = tuple(Failing(sample=f"s{number}", outcome="error", nights=2) for number in range(30))

    assert lines(failing=failing)["failing"].endswith("s3 error for 2 nights, and 26 more")


def test_a_source_root_that_is_not_there_and_a_scan_that_failed_are_told():
    missing = Scanned(new=0, still_written=0, roots=3, roots_missing=(2,))

    assert lines(scan=missing)["scan"].endswith("NOT THERE: source root 2 of 3")
    assert "FAILED" in lines(scan=missing.model_copy(update={"failed": True}))["scan"]


def test_a_private_value_in_the_name_of_a_sample_is_not_told(tmp_path):
    private = tmp_path / "results/samples/Maximilian-Musterfrau-1/private/secrets.json"
    write_secrets(private, [Secret("people", "Musterfrau")])

    told = clean_lines(tmp_path, ["failing  Maximilian-Musterfrau-1 for 2 nights"], ["Maximilian-Musterfrau-1"])

    assert "Musterfrau" not in told[0]
    assert "for 2 nights" in told[0]


def test_where_what_is_private_cannot_be_read_no_name_is_told(tmp_path):
    private = tmp_path / "results/samples/Musterfrau-1/private/secrets.json"
    write_secrets(private, []).write_text("[")

    told = clean_lines(tmp_path, ["Fixative: all is well", "failing  Musterfrau-1 for 2 nights"], ["Musterfrau-1"])

    assert told[0] == "Fixative: all is well"
    assert "Musterfrau" not in "".join(told)


def test_words_of_the_summary_are_no_names_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.setenv("USER", "root")

    told = clean_lines(tmp_path, ["scan  NOT THERE: source root 2 of 3"], [])

    assert told == ["scan  NOT THERE: source root 2 of 3"]


def test_what_drives_a_terminal_is_escaped(tmp_path):
    assert clean_lines(tmp_path, ["a\x1b[2Jb\nc"], []) == ["a\\x1b[2Jb c"]


@pytest.mark.parametrize(
    ("facts", "other"),
    [
        ({}, False),
        ({"sealed": ("a",)}, True),
        ({"failing": (Failing(sample="c", outcome="error"),)}, True),
        ({"unended": ("x",)}, True),
        ({"disks": {"archive": Disk(free=1, total=2)}}, False),
        ({"audit": Audited(sound=False, objects=1, read=1, bytes=1, bad=("x: damaged",))}, True),
    ],
)
def test_a_night_like_the_one_before_has_not_changed(facts, other):
    assert changed(NIGHT.model_copy(update=facts), LAST) is other


@pytest.mark.parametrize(
    ("when", "status", "is_changed", "expected"),
    [
        ("always", 0, False, True),
        ("changes", 0, False, False),
        ("changes", 1, False, False),
        ("changes", 0, True, True),
        ("trouble", 0, True, False),
        ("trouble", 1, False, True),
    ],
)
def test_a_message_is_sent_when_it_is_asked_for(when, status, is_changed, expected):
    night = NIGHT.model_copy(update={"exit_status": status})

    assert wanted(Notify(when=when), night, changed=is_changed) is expected


def test_a_mail_holds_the_summary_and_the_report(mail_server):
    told = send(mail_to(mail_server), NIGHT, LINES, report="report  /srv/w/index.html")

    assert told == ("mail sent",)
    (mail,) = mail_server.mails
    assert "To: a@example.org, b@example.org" in mail
    assert "Subject: Fixative: 0 sealed, 0 not (exit status 0)" in mail
    assert "sealed  3 samples" in mail
    assert "/srv/w/index.html" in mail


def test_a_mail_server_that_refuses_the_password_is_told_without_the_password(mail_server, monkeypatch):
    monkeypatch.setenv("MY_PASSWORD", "dragonfly77")

    (told,) = send(mail_to(mail_server, user="fixative", password_env="MY_PASSWORD"), NIGHT, LINES)

    assert told == "mail not sent: the server answered 535"


def test_a_password_that_is_not_set_names_the_variable(mail_server, monkeypatch):
    monkeypatch.delenv("MY_PASSWORD", raising=False)

    (told,) = send(mail_to(mail_server, user="fixative", password_env="MY_PASSWORD"), NIGHT, LINES)

    assert told == "mail not sent: the environment variable MY_PASSWORD is not set"


def test_a_webhook_gets_the_summary_without_a_path_of_this_machine(web_server, monkeypatch):
    monkeypatch.setenv("MY_HOOK", f"http://127.0.0.1:{web_server.server_address[1]}/token")

    told = send(Notify(webhook={"url_env": "MY_HOOK"}), NIGHT, LINES, report="report  /srv/w/index.html")

    assert told == ("webhook sent",)
    ((path, kind, body),) = web_server.posts
    assert (path, kind) == ("/token", "application/json")
    assert json.loads(body)["text"] == "\n".join(LINES)
    assert "/srv" not in body


def test_a_webhook_may_be_plain_text(web_server):
    send(hook_at(web_server, format="text"), NIGHT, LINES)

    assert web_server.posts == [("/hook", "text/plain; charset=utf-8", "\n".join(LINES))]


def test_a_webhook_that_fails_is_told_without_its_address(web_server):
    assert send(hook_at(web_server, "/fails?token=s3cret"), NIGHT, LINES) == (
        "webhook not sent: the server answered 500",
    )


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://127.0.0.1:1/x", "http://no such host/", "file:///etc/passwd"]
)
def test_an_address_that_leads_nowhere_never_fails_the_night(address, monkeypatch):
    monkeypatch.setenv("MY_HOOK", address)

    (told,) = send(Notify(webhook={"url_env": "MY_HOOK"}, timeout_s=2), NIGHT, LINES)

    assert told.startswith("webhook not sent: ")
    assert "passwd" not in told


def test_the_disk_is_full_after_as_many_nights_as_the_growth_of_the_last_ones_allows():
    nights = [LAST.model_copy(update={"sealed_bytes": size}) for size in (0, 30)]
    tonight = NIGHT.model_copy(update={"sealed_bytes": 30, "disks": {"archive": Disk(free=2000, total=4000)}})

    assert nights_until_full(nights, tonight) == 100
    assert nights_until_full([], tonight) is None
    assert nights_until_full(nights, NIGHT) is None


def test_sizes_and_times_are_for_a_person():
    assert [size_text(size) for size in (0, 999, 1500, 123_456_789, 2e12)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "123 MB",
        "2.0 TB",
    ]
    assert [time_text(seconds) for seconds in (5, 600, 9000)] == ["5 s", "10 min", "2.5 h"]
