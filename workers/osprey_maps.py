"""The map that a command names, or the default one."""

from pathlib import Path

from api.cli.exits import BadUsage
from api.peers.osprey_map import OspreyMap, default_map, read_map


def map_at(file: Path | None) -> OspreyMap:
    """The map in this file, or the default. Raises BadUsage, BadInput."""
    if file is None:
        return default_map()
    try:
        return read_map(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"--map: {file} cannot be read ({type(error).__name__}); name a TOML file") from None
