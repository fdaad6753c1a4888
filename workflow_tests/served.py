"""An S3 store of our own: `rclone serve s3` on the loopback, over a folder that a test can look into and damage."""

import http.client
import http.server
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fixative.remote.rclone import binary

KEY, SECRET = "an-access-key-of-the-tests", "a-secret-that-must-stand-nowhere"
BUCKET = "facility"


@dataclass
class Served:
    """A running store."""

    folder: Path
    endpoint: str
    process: "subprocess.Popen[str]"
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> Path:
        """The folder behind the bucket."""
        return self.folder / BUCKET

    def address(self, path: str) -> str:
        """Address of a place in the bucket, by the remote that `environment` configures."""
        return f"rclone:served:{BUCKET}/{path}"

    def put(self, path: str, source: Path) -> Path:
        """Lay a file into the bucket."""
        target = self.bucket / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        return target

    def close(self) -> None:
        """Stop answering."""
        self.process.terminate()
        self.process.wait()


@contextmanager
def serving(folder: Path, *, anonymous: bool = False) -> Iterator[Served]:
    """Serve a folder on a free port for as long as this lasts; to anybody (``anonymous``) or to who has the key."""
    (folder / "store" / BUCKET).mkdir(parents=True)
    (folder / "home").mkdir()
    command = [binary(), "serve", "s3", "--addr", "127.0.0.1:0"]
    command += [] if anonymous else ["--auth-key", f"{KEY},{SECRET}"]
    command += ["--dir-cache-time", "1ms", "--poll-interval", "0", "--config", str(folder / "home/server.conf")]
    process = subprocess.Popen([*command, str(folder / "store")], stderr=subprocess.PIPE, text=True)
    try:
        told = ""
        while not (found := re.search(r"server on \[(http://127\.0\.0\.1:\d+)/\]", told)):
            line = process.stderr.readline()
            assert line, f"rclone serves nothing: {told}"
            told += line
        yield Served(folder / "store", found[1], process, environment_of(folder, found[1]))
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def environment_of(folder: Path, endpoint: str, *, secret: str = SECRET) -> dict[str, str]:
    """Configure the remote `served` as an operator may: by the environment alone."""
    return {
        "RCLONE_CONFIG": str(folder / "home/rclone.conf"),
        "RCLONE_CONFIG_SERVED_TYPE": "s3",
        "RCLONE_CONFIG_SERVED_PROVIDER": "Rclone",
        "RCLONE_CONFIG_SERVED_ENDPOINT": endpoint,
        "RCLONE_CONFIG_SERVED_ACCESS_KEY_ID": KEY,
        "RCLONE_CONFIG_SERVED_SECRET_ACCESS_KEY": secret,
        "RCLONE_LOW_LEVEL_RETRIES": "1",
    }


class _Forgetful(http.server.BaseHTTPRequestHandler):
    """Passes requests on, but for what they say of object lock."""

    protocol_version = "HTTP/1.1"
    behind = ""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if "object-lock" not in name.lower()}
        behind = http.client.HTTPConnection(self.behind)
        behind.request(self.command, self.path, body, headers)
        answer = behind.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        behind.close()

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on  # noqa: N815  the names are the library's

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def forgetting(served: Served) -> Iterator[str]:
    """Stand before a store, and forget what object lock is asked for; gives the endpoint."""
    handler = type("Forgetful", (_Forgetful,), {"behind": served.endpoint.removeprefix("http://")})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
