"""A headless Chromium that is told what to do through a pipe, and tells of every console message and request."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--hide-scrollbars",
    ),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *("--remote-debugging-pipe", "--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
_PATIENCE = 60.0


class Page:
    """One page; events are kept in the order in which they came."""

    def __init__(self, send: int, receive: int) -> None:
        self.send, self.receive = send, receive
        self.session = ""
        self.number = 0
        self.rest = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        self.number += 1
        told: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            told["sessionId"] = self.session
        os.write(self.send, json.dumps(told).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self.number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result

    def wait_for(self, method: str) -> None:
        """Wait until an event has come."""
        while not any(event["method"] == method for event in self.events):
            self._next()

    def named(self, *methods: str) -> list[dict[str, Any]]:
        """The events of these names."""
        return [event["params"] for event in self.events if event["method"] in methods]

    def open(self, path: Path, *, width: int = 1280, height: int = 800, dark: bool = False, media: str = "") -> None:
        """Open a file at a size."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("Page.loadEventFired")

    def said(self) -> list[dict[str, Any]]:
        """Console messages, log entries and exceptions."""
        return self.named("Runtime.consoleAPICalled", "Log.entryAdded", "Runtime.exceptionThrown")

    def requested(self) -> list[str]:
        """The addresses that were asked for, this page's own and what it holds itself left out."""
        addresses = [event["request"]["url"] for event in self.named("Network.requestWillBeSent")]
        return [address for address in addresses[1:] if not address.startswith("data:")]

    def value(self, expression: str) -> Any:
        """What an expression gives in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as PNG."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.receive], [], [], max(end - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            data = os.read(self.receive, 1 << 20)
            assert data, "the browser ended"
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message


@contextmanager
def new_page(folder: Path) -> Iterator[Page]:
    """A page of a browser that keeps everything in a folder and ends with the block."""
    assert PROGRAM
    to_it, we_write = os.pipe()
    we_read, from_it = os.pipe()

    def places() -> None:  # the browser reads from descriptor 3 and writes to 4
        os.dup2(to_it, 13)
        os.dup2(from_it, 14)
        os.dup2(13, 3)
        os.dup2(14, 4)

    browser = subprocess.Popen(
        [PROGRAM, *_FLAGS, f"--user-data-dir={folder}/profile", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
        preexec_fn=places,
        pass_fds=(3, 4, to_it, from_it),
    )
    os.close(to_it)
    os.close(from_it)
    try:
        page = Page(we_write, we_read)
        target = page.call("Target.createTarget", url="about:blank")["targetId"]
        page.session = page.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        yield page
    finally:
        browser.terminate()
        try:
            browser.wait(10)
        except subprocess.TimeoutExpired:
            browser.kill()
            browser.wait()
        os.close(we_write)
        os.close(we_read)
