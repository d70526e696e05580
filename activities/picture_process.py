"""The process that decodes strangers' pictures, apart from everything that has a secret. Reads bytes, answers JSON.

It is started by `activities.pictures` with an empty environment, limits its own memory and files before it reads anything,
and ends with its worker.
"""

import json
import os
import resource
import sys
from typing import BinaryIO, Final

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy: threads would only reserve memory

from cases.pictures import LACKS_LIBRARY, MOST_BYTES

try:
    from activities.picture_decoding import PictureRefused, hashed
except ModuleNotFoundError:  # Pillow or numpy: no picture is read, and whoever asked says so of each
    raise SystemExit(LACKS_LIBRARY) from None

MEMORY: Final = 2_000_000_000
"""Bytes of address space. macOS does not hold a process to it; there the limits on pixels alone bound it."""


def main() -> None:
    confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)


def confine() -> None:
    """No more memory than a large picture needs, no file written, no core dump that would hold a picture."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(limit)
        resource.setrlimit(limit, (value, value) if most == resource.RLIM_INFINITY else (min(value, most), most))


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Until the other end closes. A request of another form ends the process, which the asker sees."""
    while len(head := asked.read(8)) == 8:
        length = int.from_bytes(head, "big")
        if length > MOST_BYTES:
            return
        data = asked.read(length)
        if len(data) < length:
            return
        try:
            answer = hashed(data)
        except PictureRefused as refused:
            answer = {"refused": str(refused)}
        except MemoryError:
            answer = {"refused": "pixels"}
        body = json.dumps(answer).encode()
        answers.write(len(body).to_bytes(4, "big") + body)
        answers.flush()


if __name__ == "__main__":
    main()
