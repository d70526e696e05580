"""The vendors of the embedded stack: a file in the documented form, written anew at every start, for the simulated ones.

It names ports and secrets of this stack. Who has vendors of their own names their file by DUEPROCESS_VENDORS_FILE.
"""

import json
from pathlib import Path
from typing import Final

from workers.generated_secrets import write_private

_FILE: Final = """\
# The simulated vendors of the embedded stack; written anew at every start. To ask your own, copy this file, change it,
# and name it by DUEPROCESS_VENDORS_FILE. What each key means: docs/detectors.md.

[[vendors]]
name = "openai"
form = "openai_moderation"
url = "{url}/openai"
secret = {secret}
model = "omni-moderation-2024-09-26"
calls_per_day = 20_000
cost_micros = 100                       # invented, so that there is a budget in money to look at
micros_per_day = 1_000_000
answer_seconds = 2
opens_after = 10
opens_for_seconds = 5

[vendors.labels]
harassment = ["harassment", "harassment/threatening"]
self_harm = ["self-harm", "self-harm/intent"]

[[vendors]]
name = "ours"                           # a detector of one's own behind HTTP
form = "signed_webhook"
url = "{url}/webhook"
secret = {secret}
callback_secrets = [{secret}]
model = "synthetic-1"
calls_per_day = 20_000
answer_seconds = 2
opens_after = 10
opens_for_seconds = 5
labels = {{ harassment = ["harassment"], spam = ["spam"] }}

[[vendors]]
name = "eyes"
form = "sightengine"
url = "{url}/sightengine"
account = "synthetic"
secret = {secret}
callback_secrets = [{secret}]
model = "nudity-2.1"
calls_per_day = 2_000
cost_micros = 2_000
micros_per_day = 4_000_000
answer_seconds = 2
opens_after = 10
opens_for_seconds = 5
labels = {{ intimate_images = ["nudity.sexual_activity"] }}

[[vendors]]
name = "hashes"
form = "hma_lookup"
url = "{url}/hma"
answer_seconds = 2
opens_after = 10
opens_for_seconds = 5
labels = {{ known_hash = ["*"] }}
"""


def write_vendors(file: Path, url: str, secret: Path) -> Path:
    """The file, written whole. url: of the simulated vendors; secret: the file of what they ask for. Raises OSError."""
    write_private(file, _FILE.format(url=url, secret=json.dumps(f"file:{secret}", ensure_ascii=False)))
    return file
