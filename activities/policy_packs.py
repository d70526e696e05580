"""Policy packs from disk: checked, kept by digest; a matter is judged by the pack it opened under. Effect: reads files."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from activities.letter_checks import letter_mistakes
from cases.capabilities import Capabilities
from cases.pack_mistakes import PackMistake
from cases.pack_own import own_files, tenants_in
from cases.packs import PACK, check_files, load_pack, pack_digest, reopen_pack, templates_in
from cases.policy import PolicyError, PolicyPack

MAX_FILE_BYTES: Final = 1_000_000
"""A pack is written by people; a larger file is something else."""

_READ: Final = frozenset({".toml", ".j2", ".txt"})


def read_pack_files(folder: Path) -> dict[str, str]:
    """The pack's files: names relative to the folder, with forward slashes, and their texts; line ends as \\n.

    Hidden files and other kinds are left out: an editor's leavings must not change a digest. Raises PolicyError for a
    missing folder, a link that leads out of it, a file that is too large or not UTF-8.
    """
    if not folder.is_dir():
        raise PolicyError(f"there is no policy pack folder {folder.name!r}")
    root = folder.resolve()
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (
            path.suffix not in _READ
            or not path.is_file()
            or any(part.startswith(".") for part in path.relative_to(folder).parts)
        ):
            continue
        if not path.resolve().is_relative_to(root):
            raise PolicyError(f"{name} leads out of the pack's folder")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PolicyError(f"{name} is larger than {MAX_FILE_BYTES} bytes")
        try:
            files[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise PolicyError(f"{name} is not UTF-8") from None
    return files


def check_pack(folder: Path, platform: Capabilities | None = None) -> tuple[PackMistake, ...]:
    """Every mistake of the pack in this folder, with file, line, rule and cure; empty when it may decide.

    platform: what it must be able to carry out.
    """
    files = read_pack_files(folder)
    return (*check_files(files, platform), *letter_mistakes(files))


def read_capabilities(file: Path) -> Capabilities:
    """What a platform declares in this file. Raises PolicyError."""
    try:
        return Capabilities.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PolicyError(
            f"{file.name} declares no capabilities ({type(error).__name__}); write [kinds] with a list for each subject"
        ) from None


class PolicyPacks:
    """The packs under one folder, each in a folder of its own: `root/<pack id>/pack.toml`.

    What a tenant says of its own stands in it, under `tenants/<tenant>/`. An older version that matters still name stays at
    hand in `root/archive/<any name>/`. A pack, once read, is kept: changed files are seen by a new process or after `forget`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._packs: dict[str, PolicyPack] = {}
        self._files: dict[str, Mapping[str, str]] = {}
        self._active: dict[tuple[str, str | None], str] = {}

    def active(self, pack_id: str, tenant: str | None = None) -> PolicyPack:
        """What lies in the pack's folder, for a tenant with its own settings. Raises PolicyError: unknown, or with mistakes."""
        if (pack_id, tenant) not in self._active:
            files = read_pack_files(self._known_folder(pack_id))
            digest = self.keep(load_pack(files, tenant), files).digest
            if self._packs[digest].id != pack_id:
                raise PolicyError(
                    f"the pack in folder {pack_id!r} calls itself {self._packs[digest].id!r}; name both alike"
                )
            self._active[pack_id, tenant] = digest
        return self._packs[self._active[pack_id, tenant]]

    def load(self, pack_id: str, digest: str) -> PolicyPack:
        """The very pack a matter opened under. Raises PolicyError where no version at hand has this digest."""
        if digest not in self._packs:
            self._find(pack_id, digest)
        return self._packs[digest]

    def has(self, pack_id: str, digest: str) -> bool:
        """Whether a pack of this digest is at hand, in memory or in a folder."""
        try:
            self.load(pack_id, digest)
        except PolicyError:
            return False
        return True

    def keep(self, pack: PolicyPack, files: Mapping[str, str]) -> PolicyPack:
        """Have a pack and its files at hand."""
        self._packs.setdefault(pack.digest, pack)
        self._files[pack.digest] = files
        return pack

    def files(self, pack_id: str, digest: str) -> Mapping[str, str]:
        """The pack's files, by name. Raises PolicyError as `load`."""
        self.load(pack_id, digest)
        return self._files[digest]

    def templates(self, pack_id: str, digest: str) -> Mapping[str, str]:
        """The pack's templates: file name within its templates folder, and text. Raises PolicyError as `load`."""
        return MappingProxyType(templates_in(self.files(pack_id, digest)))

    def forget(self) -> None:
        """Read everything anew when next asked."""
        self._packs.clear()
        self._files.clear()
        self._active.clear()

    def _find(self, pack_id: str, digest: str) -> None:
        candidates = [self._root / pack_id, *sorted((self._root / "archive").glob("*"))]
        for folder in candidates:
            if not (folder / PACK).is_file():
                continue
            files = read_pack_files(folder)
            for tenant in (None, *tenants_in(files)):
                if pack_digest(own_files(files, tenant)) == digest:
                    self.keep(reopen_pack(files, tenant), files)
                    return
        raise PolicyError(
            f"no version of pack {pack_id!r} at hand has digest {digest[:19]}…; put that version under archive/ again"
        )

    def _known_folder(self, pack_id: str) -> Path:
        # matched against what is there, so that no id can be a path
        known = {path.parent.name: path.parent for path in self._root.glob(f"*/{PACK}")}
        if pack_id not in known:
            raise PolicyError(f"there is no policy pack {pack_id!r}; known: {', '.join(sorted(known)) or 'none'}")
        return known[pack_id]
