"""A real Chromium, driven over its debugging pipe: nothing but the standard library, no port, no driver."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
PATIENCE_S = 60.0


def find_chromium() -> str | None:
    """Path of a browser of the Chromium family, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Chromium:
    """One browser with one page. Everything the page logs, throws or asks for is kept."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.mkdtemp(prefix="fixative-browser-")
        to_read, self._write = _pipe()
        self._read, to_write = _pipe()
        flags = [*FLAGS, f"--user-data-dir={self._profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]

        def at_three_and_four() -> None:
            os.dup2(to_read, 3)
            os.dup2(to_write, 4)

        self._process = subprocess.Popen(
            [program, *flags],
            pass_fds=(3, 4),
            preexec_fn=at_three_and_four,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self._answers: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    def open(self, address: str) -> "Chromium":
        """Open an address in a new page and wait until it is loaded."""
        if self._session:
            self.call("Page.close")
        self._session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1400, height=1000, deviceScaleFactor=1, mobile=False)
        # What one page has kept for itself, the next must not find.
        self.call("Storage.clearDataForOrigin", origin="file://", storageTypes="local_storage")
        self.events = []
        self.call("Page.navigate", url=address)
        self._wait(lambda: any(event["method"] == "Page.loadEventFired" for event in self.events))
        return self

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the DevTools protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda: self._answers.pop(self._number, None))
        assert "error" not in answer, answer["error"]
        return dict(answer["result"])

    def run(self, expression: str) -> Any:
        """Value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        """Give the window a size in pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def texts(self, selector: str) -> list[str]:
        """Visible text of every element that the selector finds."""
        return list(self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)"))

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        again = f"{condition} ? done() : requestAnimationFrame(look)"
        self.run(f"new Promise((done) => {{ const look = () => {again}; look(); }})")

    def when(self, selector: str) -> list[str]:
        """Visible text of every element that the selector finds, once it finds one."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        return self.texts(selector)

    def print(self) -> bytes:
        """Print the page as a PDF on A4."""
        size = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": False, "preferCSSPageSize": True}
        return base64.b64decode(self.call("Page.printToPDF", **size)["data"])

    def click(self, selector: str) -> None:
        """Click the first element that the selector finds, as a mouse does."""
        place = self.run(
            f"(() => {{ const found = document.querySelector({json.dumps(selector)});"
            " found.scrollIntoView({block: 'center'}); const box = found.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def press(self, key: str, text: str = "") -> None:
        """Press a key; ``text`` is what it types."""
        codes = {"Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowUp": 38, "ArrowDown": 40}
        code = codes.get(key, 0)
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def choose(self, identity: str, value: str) -> None:
        """Give a control of a form a value, as a person does who picks it."""
        asked = f"const it = document.getElementById({json.dumps(identity)}); it.value = {json.dumps(value)};"
        self.run(f"(() => {{ {asked} it.dispatchEvent(new Event('input')); }})()")

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def complaints(self) -> list[str]:
        """Everything the console was told, and every exception that nobody caught."""
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(event["params"]) for event in self.events if event["method"] in kinds]

    def requests(self) -> list[str]:
        """Addresses that the page asked for, those of embedded data left out."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        addresses = [request["request"]["url"] for request in sent]
        return [address for address in addresses if not address.startswith("data:")]

    def close(self) -> None:
        """End the browser and remove its profile."""
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _wait(self, condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + PATIENCE_S
        while not (result := condition()):
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            block = os.read(self._read, 1 << 20)
            assert block, "the browser has ended"
            *messages, self._buffer = (self._buffer + block).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self._answers[message["id"]] = message
                else:
                    self.events.append(message)
        return result


def _pipe() -> tuple[int, int]:
    """A pipe whose ends keep clear of 3 and 4, where the browser looks for its own."""
    low = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low]
    for end in low:
        os.close(end)
    return high[0], high[1]


def address_of(page: Path, state: str = "") -> str:
    """Address of a page on disk, showing a state."""
    return page.absolute().as_uri() + (f"#{state}" if state else "")
