"""The account of a demo: every step, whether it held, and the evidence for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[str], None]
_SHOWN = 3  # entries of a list in a line for people; the JSON has them all


@dataclass(frozen=True)
class Step:
    """One checked claim. evidence: ids, times and numbers; no content."""

    text: str
    held: bool
    evidence: dict[str, Any]
    seconds: float


@dataclass
class ActAccount:
    """One act as it went. seconds: from its first step to its last."""

    number: int
    title: str
    steps: list[Step] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether there were steps, and every one held."""
        return bool(self.steps) and all(step.held for step in self.steps)


class Account:
    """Every act of one demo. say: where lines for people go."""

    def __init__(self, say: Say) -> None:
        self.acts: list[ActAccount] = []
        self._say = say
        self._since = time.monotonic()

    @property
    def held(self) -> bool:
        """Whether every step of every act held."""
        return bool(self.acts) and all(act.held for act in self.acts)

    @contextmanager
    def act(self, number: int, title: str) -> Iterator[None]:
        """An act. What nobody expected ends it as a step that did not hold; the next act goes on."""
        current = ActAccount(number, title)
        self.acts.append(current)
        began = self._since = time.monotonic()
        self._say(f"\nAct {number}. {title}")
        try:
            yield
        except Exception as error:
            self.step("the act went to its end", False, error=f"{type(error).__name__}: {error}"[:500])
        current.seconds = round(time.monotonic() - began, 1)
        held = sum(step.held for step in current.steps)
        self._say(f"  {held} of {len(current.steps)} steps held, in {current.seconds:.0f} s.")

    def step(self, text: str, held: object, **evidence: Any) -> bool:
        """Note a step and show it; whether it held."""
        now = time.monotonic()
        step = Step(text, bool(held), evidence, round(now - self._since, 2))
        self._since = now
        self.acts[-1].steps.append(step)
        self._say(f"  {'✓' if step.held else '✗'} {text}  [{_line(evidence)}]")
        return step.held

    def note(self, text: str) -> None:
        """A line for people that claims nothing."""
        self._say(f"    {text}")

    def as_data(self) -> dict[str, Any]:
        """The account for programs."""
        return {
            "ok": self.held,
            "acts": [
                {
                    "act": act.number,
                    "title": act.title,
                    "ok": act.held,
                    "seconds": act.seconds,
                    "steps": [
                        {"step": step.text, "ok": step.held, "seconds": step.seconds, "evidence": step.evidence}
                        for step in act.steps
                    ],
                }
                for act in self.acts
            ],
        }


def _line(evidence: dict[str, Any]) -> str:
    return "; ".join(f"{name.replace('_', ' ')}: {_short(value)}" for name, value in evidence.items())


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        more = f" … {len(value) - _SHOWN} more" if len(value) > _SHOWN else ""
        return ", ".join(_short(one) for one in value[:_SHOWN]) + more if value else "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items())
    return str(value)
