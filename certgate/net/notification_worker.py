"""The process that sends a message to notification services.

Reads a line with the URLs as JSON, and answers the numbers of those that name a service. Then it reads a line with the
message, and answers the number of each URL to which it went. It tells nothing else, because what Apprise says may
contain the URLs.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from threading import Lock, Thread
from typing import Any

__all__ = ["main"]


def main() -> None:
    """Answer both lines. Exits at once when it is done: threads of services do not delay it."""
    logging.disable(logging.CRITICAL)
    from apprise import Apprise, AppriseAsset

    answers, lock = os.dup(1), Lock()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    asset = AppriseAsset(secure_logging=True, async_mode=False)
    services = {number: Apprise.instantiate(url, asset=asset) for number, url in enumerate(_line(), 1)}

    def answer(value: Any) -> None:
        with lock:
            os.write(answers, json.dumps(value).encode() + b"\n")

    def send(number: int, message: Mapping[str, str]) -> None:
        if services[number] and _goes(services[number], message):
            answer(number)

    answer([number for number, service in services.items() if service])
    message = _line()
    threads = [Thread(target=send, args=(number, message), daemon=True) for number in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)


def _line() -> Any:
    """The next line; without one, the process ends."""
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(0)
    return json.loads(line)


def _goes(service: Any, message: Mapping[str, str]) -> bool:
    from apprise import Apprise, NotifyFormat

    alone = Apprise()
    alone.add(service)
    try:
        return bool(alone.notify(title=message["title"], body=message["body"], body_format=NotifyFormat.MARKDOWN))
    except Exception:
        return False
