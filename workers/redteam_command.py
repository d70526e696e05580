"""`dueprocess redteam`: the active pack and its detectors, attacked with a labelled corpus."""

import json as json_lines
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from cyclopts import Parameter

from api.cli.exits import BadUsage, ExitCode, Unavailable
from api.cli.output import print_json, print_lines, print_table
from workers.libraries import missing_library
from workers.redteam import CLEAN, LEAST_KEPT, Change, Labelled, Report, Scored, changes, keep, last_like
from workers.shadow_command import BASELINE, pack_at

if TYPE_CHECKING:
    from activities.detector_port import Detector
    from workers.redteam_pictures import PictureReport

OUR_LABEL: Final = "harassment"
"""What the sensitive texts of the corpus that is fetched at set-up are positives of; of `toxicity` too, where it is there."""


def redteam(
    *,
    corpus: Annotated[
        Path | None, Parameter(help="NDJSON of text and label (null: ordinary). Default: what `make run` fetched.")
    ] = None,
    pack: Annotated[Path, Parameter(help="A policy pack's folder.", show_default=False)] = BASELINE,
    sample: Annotated[int, Parameter(help="Texts of each label, drawn by the seed.")] = 300,
    seed: Annotated[int, Parameter(help="The same seed attacks the same texts in the same way.")] = 1,
    threshold: Annotated[float, Parameter(help="From which score a detector counts as having caught a text.")] = 0.5,
    reports: Annotated[int, Parameter(help="Independent reports the pack is told of, with each text.")] = 3,
    pictures: Annotated[int, Parameter(help="Drawn pictures to attack the picture hashes with; 0: none.")] = 24,
    json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")] = False,
) -> int:
    """Attack a pack and its detectors with disguised texts, and tell how much they still catch. Only files are read.

    Sixteen attacks (look-alike and invisible letters, spacing, digits, encodings, ...) on each labelled text. Prints recall
    as written and under attack, by label and attack, false alarms on ordinary texts, and what changed since the last run
    like this one. Then pictures, drawn from the seed, are changed in thirty ways (saved anew, mirrored, cropped, marked,
    framed, ...) and looked for by their hashes. Reports are kept in the data folder, in redteam/; they hold counts, no texts.
    What each attack is, and what is out of reach: docs/adversaries.md.

    Exit codes: 0, 1 an attack in reach leaves less than 0.9 of clean recall, 2 wrong usage, 4 a library is not installed.
    """
    if sample < 1 or not 0 < threshold <= 1 or reports < 0 or not 0 <= pictures <= 1_000:
        raise BadUsage("--sample is above 0, --threshold within 0 and 1, --reports not below 0, --pictures 0 to 1000")
    from activities.detectors import in_process_detectors, toxicity_detector
    from workers.pinned import toxicity_file
    from workers.redteam import RedTeam
    from workers.settings import Settings

    if pictures:
        _can_draw()

    settings = Settings.from_environment()
    toxicity = toxicity_detector(toxicity_file(settings.cache))
    detectors = (*in_process_detectors(), *((toxicity,) if toxicity else ()))
    _look(detectors)
    also = toxicity.about.labels if toxicity else ()
    texts = _drawn(list(_read(corpus) if corpus else _fetched(settings.cache, also)), sample, seed)
    team = RedTeam(pack_at(pack), detectors, seed=seed, threshold=threshold, reports=reports)
    report = team.run(texts)
    folder = settings.data / "redteam"
    before = last_like(report, folder)
    changed = changes(before, report) if before else ()
    at = f"{datetime.now().astimezone():%Y%m%dT%H%M%S}"
    file = keep(report, folder, f"{at}-{report.pack_digest[-8:]}")
    seen = _pictures(seed, pictures, folder / "pictures", at) if pictures else None
    if json:
        told: dict[str, Any] = {"report": report, "since_last": [one._asdict() for one in changed], "file": str(file)}
        if seen:
            told["pictures"] = {"report": seen.report, "since_last": [one._asdict() for one in seen.changed]}
        print_json(told)
    else:
        _print(report, changed, compared=before is not None)
        if seen:
            _print_pictures(seen)
        print_lines(f"Kept in {file}")
    return ExitCode.FAILED if report.failed or (seen and seen.report.failed) else ExitCode.OK


def _can_draw() -> None:
    """Said before minutes are spent on texts."""
    try:
        from workers import redteam_pictures  # noqa: F401 - what it needs is looked for
    except ModuleNotFoundError as error:
        if missing := missing_library(error):
            raise Unavailable(f"{missing}. Or leave pictures out: --pictures 0") from None
        raise


def _look(detectors: Sequence["Detector"]) -> None:
    """A detector that answers nothing would count as one that was evaded."""
    from activities.detector_port import Given, failed_labels
    from activities.detectors import look_at

    if lacking := failed_labels(look_at(Given(text="Is this read?"), detectors)):
        labels = ", ".join(sorted(lacking))
        raise Unavailable(f"The detector of {labels} is not available; dueprocess doctor says what is not installed")


class _SeenPictures(NamedTuple):
    report: "PictureReport"
    changed: tuple[Change, ...]


def _pictures(seed: int, count: int, folder: Path, at: str) -> _SeenPictures:
    """The pictures' own report, kept, and what changed since the last like it."""
    from workers.redteam_pictures import ALIKE, attack_pictures

    report = attack_pictures(seed, count)
    before = last_like(report, folder, ALIKE)
    keep(report, folder, f"{at}-{report.hashing}")
    return _SeenPictures(report, changes(before, report) if before else ())


def _drawn(texts: list[Labelled], sample: int, seed: int) -> list[Labelled]:
    """So many of each label, in an order of the seed's."""
    Random(seed).shuffle(texts)  # noqa: S311 - to be the same again
    by_label: dict[str | None, list[Labelled]] = {}
    for one in texts:
        by_label.setdefault(one.label, []).append(one)
    if not by_label.keys() - {None}:
        raise BadUsage("--corpus: no text has a label, so there is nothing to catch; give lines with a label")
    return [one for label in sorted(by_label, key=str) for one in by_label[label][:sample]]


def _fetched(cache: Path, also: tuple[str, ...]) -> Iterator[Labelled]:
    from workers.corpus import is_real, read_corpus

    if not is_real(cache / "corpus"):
        raise BadUsage(
            "--corpus: no texts were fetched; run `make run` once near a registry, or name a file of your own"
        )
    for one in read_corpus(cache / "corpus"):
        yield Labelled(one.text, OUR_LABEL, also) if one.sensitive else Labelled(one.text, None)


def _read(file: Path) -> Iterator[Labelled]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"--corpus: {file} cannot be read ({type(error).__name__}); name a file of JSON lines") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = json_lines.loads(line)
            text, label = values["text"], values.get("label")
        except (ValueError, KeyError, TypeError, AttributeError):
            text, label = None, None
        if not isinstance(text, str) or not (label is None or isinstance(label, str)):
            raise BadUsage(
                f'--corpus: line {number} is not {{"text": "...", "label": "spam"}}, or label null'
            ) from None
        yield Labelled(text, label)


def _print(report: Report, changed: tuple[Change, ...], *, compared: bool) -> None:
    print_lines(f"{report.pack}, seed {report.seed}, caught from {report.threshold} on; {report.reports} reports each")
    print_table(
        ("label", "attack", "in reach", "texts", "caught clean", "under attack", "kept", "pack clean", "pack"),
        [
            (
                one.label,
                one.attack,
                "yes" if one.in_reach else "no",
                one.texts,
                one.caught_clean,
                one.caught,
                "" if one.kept is None else f"{one.kept:.2f}{' !' if one.too_little_kept else ''}",
                one.by_pack_clean,
                one.by_pack,
            )
            for one in report.outcomes
        ],
        empty="No text has a label.",
    )
    clean = next(one for one in report.ordinary if one.attack == CLEAN)
    alarms = ", ".join(f"{label} {count}" for label, count in clean.flagged.items()) or "none"
    print_lines(f"False alarms on {clean.texts} ordinary texts: {alarms}; {clean.evasive} of them look evasive.")
    if not compared:
        print_lines("The first run like this one; the next is compared with it.")
    _print_news(changed, report.failed)


def _print_pictures(seen: _SeenPictures) -> None:
    report = seen.report
    print_lines(
        f"{report.pictures} drawn pictures, {report.caught_clean} of them found as they are, by {report.hashing}."
    )
    print_table(
        ("attack", "in reach", "found", "kept", "median bits", "found as another"),
        [
            (
                one.attack,
                "yes" if one.in_reach else "no",
                one.caught,
                "" if one.kept is None else f"{one.kept:.2f}{' !' if one in report.failed else ''}",
                one.bits,
                one.false,
            )
            for one in report.outcomes
        ],
        empty="No picture was attacked.",
    )
    _print_news(seen.changed, report.failed)


def _print_news(changed: Iterable[Change], failed: Iterable[Scored]) -> None:
    for one in changed:
        print_lines(f"Since the last run: {one.label} under {one.attack} {one.before} -> {one.now}")
    for attack in failed:
        print_lines(_too_little(attack))


def _too_little(failed: Scored) -> str:
    return f"Too little is left of {failed.label} under {failed.attack}: {failed.kept} of 1, wanted {LEAST_KEPT}."
