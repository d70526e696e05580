"""What a reviewer saw when they decided, by digests and ids: the conversation around it, and a translation of it."""

from typing import Annotated

from pydantic import StringConstraints

from cases.facts import Message

Translator = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}/[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$")]
"""Who translated: name and version."""


class ShownAs(Message):
    """Beside the evidence version, which every decision names. context: digest of what stood around it, as captured.

    translation_id: the text that was shown, sealed and never changed; translator: whose it is.
    """

    context: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    translation_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")] | None = None
    translator: Translator | None = None
