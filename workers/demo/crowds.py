"""Act 5: crowds. A mob's reports are one voice, three people's are three; and a raid is one case."""

from workers.demo import mob, raid
from workers.demo.scene import Scene


async def play(scene: Scene) -> None:
    """The mob, and the raid."""
    await mob.play(scene)
    await raid.play(scene)
