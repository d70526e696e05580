"""`dueprocess detectors hash`: what a bank would hold of some files."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode
from api.cli.output import print_json, print_lines
from cases.banks import HashKind


def hash_pictures(
    *files: Annotated[Path, Parameter(help="Pictures: JPEG, PNG, GIF, WebP, AVIF.")],
    kind: Annotated[HashKind, Parameter(help="What the bank holds.")] = HashKind.PDQ,
    json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")] = False,
) -> int:
    """Print the hash of each picture and a reference, in the form that `dueprocess banks add --from-file` reads.

    PDQ as everybody works it out; of an animation, one for each frame looked at. The reference is the beginning of the
    SHA-256, since names of files say too much. Of a picture with too little in it there is no PDQ hash. Nothing is sent.

    Exit codes: 0, 1 a file gave no hash, 2 wrong usage.
    """
    from activities.pictures import PictureReader, PictureUnread

    if not files:
        raise BadUsage("Name the files.")
    found, without = [], 0
    with PictureReader() as reader:
        for file in files:
            try:
                hashes = reader.hashes(_bytes(file))
            except PictureUnread as unread:
                without += 1
                sys.stderr.write(f"{file}: no picture that can be read ({unread})\n")
                continue
            reference = f"sha256:{hashes.sha256[:16]}"
            values = [view.hashes[0] for view in hashes.views if view.usable]
            if kind is HashKind.SHA256:
                values = [hashes.sha256]
            if not values:
                without += 1
                sys.stderr.write(f"{file}: too little in it for a PDQ hash\n")
            found += [{"hash": value, "reference": reference} for value in dict.fromkeys(values)]
    if json:
        print_json({"kind": kind, "entries": found, "without": without})
    else:
        for one in found:
            print_lines(f"{one['hash']} {one['reference']}")
    return ExitCode.FAILED if without else ExitCode.OK


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadUsage(f"{file} cannot be read ({type(error).__name__}); name a file") from None
