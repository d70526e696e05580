"""Policy packs on disk: `policy check`, `policy test`, `policy show`, `policy diff`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from api.cli.exits import BadUsage, CheckFailed
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import PlaceHere

if TYPE_CHECKING:
    from cases.policy import PolicyPack, Rule

JsonOption = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]
PlatformOption = Annotated[
    Path | None, Parameter(name="--platform", help="What the platform can do: a file. Default: policies/platform.toml.")
]
TenantOption = Annotated[str | None, Parameter(name="--tenant", help="With what this tenant says of its own.")]
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


def policy_test(
    folder: FolderArgument = None,
    /,
    *,
    examples: Annotated[
        Path | None, Parameter(help="Worked examples of your own, in the form of examples.toml. Default: the pack's.")
    ] = None,
    json: JsonOption = False,
    place: PlaceHere,
) -> None:
    """Run worked examples through a pack, and say of each what came of it.

    Exit codes: 0 all come to what they expect, 1 some do not, or the pack has mistakes, 2 no such folder or file.
    """
    from cases.packs import read_examples, run_example

    files, pack = _pack(place, folder)
    worked = read_examples({"examples.toml": _text(examples)} if examples else files)
    found = [(example, run_example(pack, example)) for example in worked]
    failed = sum(bool(differences) for _, differences in found)
    if json:
        print_json(
            {
                "pack": f"{pack.id} {pack.version}",
                "digest": pack.digest,
                "examples": [{"name": one.name, "ok": not wrong, "differences": wrong} for one, wrong in found],
            }
        )
    else:
        print_table(
            ("", "example", "differs in"),
            [("ok" if not wrong else "WRONG", one.name, "; ".join(wrong)) for one, wrong in found],
            empty="No worked example.",
        )
    if failed:
        raise CheckFailed("" if json else f"{failed} of {len(found)} examples come to something else.")


def policy_show(
    folder: FolderArgument = None, /, *, tenant: TenantOption = None, json: JsonOption = False, place: PlaceHere
) -> None:
    """Show a pack: its version and digest, its rules, how far each counts, and why it stands there.

    Exit codes: 0, 1 it has mistakes, 2 no such folder.
    """
    _, pack = _pack(place, folder, tenant)
    if json:
        return print_json(pack)
    print_lines(f"{pack.id} {pack.version}  {pack.digest}", pack.description)
    print_table(
        ("rule", "mode", "when", "why"),
        [(rule.id, _mode(pack, rule), rule.when, rule.why) for rule in pack.rules],
        empty="It has no rules.",
    )
    return None


def policy_diff(
    before: Annotated[Path, Parameter(help="The earlier pack's folder.")],
    after: Annotated[Path, Parameter(help="The later pack's folder.")],
    /,
    *,
    tenant: TenantOption = None,
    json: JsonOption = False,
    place: PlaceHere,
) -> None:
    """Show what one pack says otherwise than another, and which of its rules would newly act without a person.

    Neither is checked: an older pack may lack what is asked of a pack today.

    Exit codes: 0 (also where they are alike), 1 one cannot be read, 2 no such folder.
    """
    from cases.pack_diff import automatic_rules_changed, differences
    from cases.packs import templates_in

    (old_files, old), (new_files, new) = _read(place, before, tenant), _read(place, after, tenant)
    found = differences(old, new, (templates_in(old_files), templates_in(new_files)))
    acting = automatic_rules_changed(old, new)
    if json:
        return print_json(
            {
                "before": {"version": old.version, "digest": old.digest},
                "after": {"version": new.version, "digest": new.digest},
                "changes": [{"kind": one.kind, **one.model_dump(mode="json")} for one in found],
                "newly_automatic": acting,
            }
        )
    print_lines(f"{old.id} {old.version} → {new.id} {new.version}")
    print_table(
        ("", "where", "what", "before", "after"),
        [
            (one.kind, one.section, ": ".join(filter(None, (one.name, one.field))), one.before, one.after)
            for one in found
        ],
        empty="No difference.",
    )
    if acting:
        print_lines(f"Decide without a person, newly or otherwise than before: {', '.join(acting)}.")
    return None


def _pack(place: PlaceHere, folder: Path | None, tenant: str | None = None) -> "tuple[Mapping[str, str], PolicyPack]":
    """The files of a folder and the pack they make. Raises CheckFailed for mistakes."""
    from cases.packs import load_pack
    from cases.policy import PolicyError

    files = place.pack_files(folder or place.pack_folder)
    try:
        return files, load_pack(files, tenant)
    except PolicyError as error:
        raise CheckFailed(str(error)) from None


def _read(place: PlaceHere, folder: Path, tenant: str | None) -> "tuple[Mapping[str, str], PolicyPack]":
    """The same, unchecked. Raises CheckFailed for what cannot be read."""
    from cases.packs import reopen_pack
    from cases.policy import PolicyError

    files = place.pack_files(folder)
    try:
        return files, reopen_pack(files, tenant)
    except PolicyError as error:
        raise CheckFailed(str(error)) from None


def _mode(pack: "PolicyPack", rule: "Rule") -> str:
    if rule.id in pack.shadowed:
        return "shadow (the tenant's)"
    return f"{rule.mode} {rule.share:.0%}" if rule.share is not None else rule.mode


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"--examples: {file} cannot be read ({type(error).__name__}); name a TOML file") from None
