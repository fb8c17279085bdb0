"""Solves and links one conda prefix; runs as a script of its own, with its job as JSON on standard input.

py-rattler may crash while Python shuts down right after a solve, so this process ends without shutting down.
"""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


async def _link(job: dict[str, Any], port: int) -> None:
    from rattler import Channel, ChannelPriority, Client, Gateway, MatchSpec, VirtualPackage, install, solve
    from rattler.networking import MirrorMiddleware

    mirrors = {url: [f"http://127.0.0.1:{port}/{name}"] for name, url in job["channels"].items()}
    client = Client([MirrorMiddleware(mirrors)])
    records = await solve(
        sources=[Channel(url) for url in job["channels"].values()],
        specs=job["specs"],
        platforms=["linux-64", "noarch"],
        constraints=job["constraints"],
        gateway=Gateway(cache_dir=Path(job["root"]).with_name("repodata"), client=client),
        virtual_packages=VirtualPackage.detect(),
        channel_priority=ChannelPriority.Disabled,
    )
    wanted = [MatchSpec(spec) for spec in job["requested"]]
    await install(
        records,
        target_prefix=job["prefix"],
        cache_dir=Path(job["cache"]) / "pkgs",
        client=client,
        show_progress=False,
        reinstall_packages=set(job["reinstall"]),
        requested_specs=[getattr(spec, "_match_spec", spec) for spec in wanted],  # the inner object is what it takes
    )


def main() -> None:
    """Serve the channels on the loopback interface under their real addresses and link from them."""
    job = json.load(sys.stdin)
    handler = functools.partial(_Quiet, directory=job["root"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status = 0
    try:
        asyncio.run(_link(job, server.server_port))
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        status = 1
    os._exit(status)


if __name__ == "__main__":
    main()
