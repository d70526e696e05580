"""Pictures as a browser gets them: drawn anew by a process of their own, blurred or grey where that was asked."""

import asyncio
import sys
from pathlib import Path
from typing import Final

WITHIN_SECONDS: Final = 20.0
_COMMAND: Final = (sys.executable, "-I", str(Path(__file__).with_name("veil_process.py")))


class Unreadable(Exception):
    """No picture could be drawn of these bytes."""


async def drawn(content: bytes, *, blur: bool, grey: bool) -> bytes:
    """A PNG of this picture. Raises Unreadable for what is broken, too large, or takes too long."""
    asked = [name for name, wanted in (("blur", blur), ("grey", grey)) if wanted]
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        *asked,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            picture, _ = await process.communicate(content)
    except TimeoutError:
        raise Unreadable("it takes too long") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not picture:
        raise Unreadable("it is broken, too large, or no picture")
    return picture
