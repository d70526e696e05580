"""The key-encryption key, from the file the settings name."""

import base64

from record.sealing import Kek
from workers.settings import Settings, SettingsError


def read_kek(settings: Settings) -> Kek:
    """The key-encryption key. Raises SettingsError."""
    try:
        return Kek("1", base64.b64decode(settings.kek_file.read_text().strip(), validate=True))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"DUEPROCESS_KEK_FILE: cannot be used ({type(error).__name__}): "
            "give a file of 32 random bytes in base64: head -c 32 /dev/urandom | base64"
        ) from None
