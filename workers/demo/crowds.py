"""Act 5: crowds. A mob's reports are one voice, three people's are three."""

from workers.demo import mob
from workers.demo.scene import Scene


async def play(scene: Scene) -> None:
    """The mob."""
    await mob.play(scene)
