"""Signs of life: none from what is over in a moment, one every few seconds from what is not."""

from temporalio.testing import ActivityEnvironment

from activities.pulse import QUIET_SECONDS, Pulse


def beats(*at: float) -> list[int]:
    """The numbers that went out, for beats at these seconds after the start."""
    out: list[int] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: out.append(details[0])
    now = iter((0.0, *at))

    def living() -> None:
        pulse = Pulse(lambda: next(now))
        for number in range(len(at)):
            pulse.beat(number)

    environment.run(living)
    return out


def test_a_short_activity_gives_none():
    assert beats(0.0, 0.1, QUIET_SECONDS - 0.1) == []


def test_a_long_one_gives_one_every_few_seconds():
    assert beats(1.0, QUIET_SECONDS, QUIET_SECONDS + 0.1, 2 * QUIET_SECONDS) == [1, 3]
