"""Policy packs: `policy check`, `policy show`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from api.cli.exits import CheckFailed
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import PlaceHere

JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]
PlatformOption = Annotated[
    Path | None, Parameter(name="--platform", help="What the platform can do: a file. Default: policies/platform.toml.")
]
FolderArgument = Annotated[Path | None, Parameter(help="A pack's folder. Default: the pack in use.")]


def policy_check(
    folder: FolderArgument = None, /, *, platform: PlatformOption = None, json: JsonOption = False, place: PlaceHere
) -> None:
    """Check a pack whole, its worked examples included; every mistake with file, line, rule and cure.

    A pack that asks for enforcement which the platform does not declare has a mistake.

    Exit codes: 0 the pack may decide, 1 it has mistakes, 2 no such folder.
    """
    chosen = folder or place.pack_folder
    mistakes = place.check_pack(chosen, platform)
    if json:
        print_json({"folder": str(chosen), "mistakes": [mistake._asdict() for mistake in mistakes]})
    else:
        print_lines(*(f"{chosen}/{mistake}" for mistake in mistakes))
    if mistakes:
        raise CheckFailed("" if json else f"{len(mistakes)} mistakes; this pack decides nothing until they are mended.")
    if not json:
        print_lines(f"{chosen}: in order, worked examples included.")


def policy_show(folder: FolderArgument = None, /, *, json: JsonOption = False, place: PlaceHere) -> None:
    """Show a pack: its version and digest, its areas, its rules and why each stands there.

    Exit codes: 0, 1 it has mistakes, 2 no such folder.
    """
    from cases.packs import load_pack
    from cases.policy import PolicyError

    try:
        pack = load_pack(place.pack_files(folder or place.pack_folder))
    except PolicyError as error:
        raise CheckFailed(str(error)) from None
    if json:
        return print_json(pack)
    print_lines(f"{pack.id} {pack.version}  {pack.digest}", pack.description)
    print_table(
        ("rule", "when", "why"), [(rule.id, rule.when, rule.why) for rule in pack.rules], empty="It has no rules."
    )
    return None
