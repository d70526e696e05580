"""Timeouts and retries, by effect."""

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy

# Our own record: a few quick tries inside the workflow task, then, if Postgres is away, as long as it takes.
RECORD_TRY_SECONDS: Final = timedelta(seconds=1)
RECORD_TRIES: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), backoff_coefficient=2.0, maximum_attempts=3
)
RECORD_ATTEMPT: Final = timedelta(seconds=30)
FOR_EVER: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=10)
)

OUTSIDE_ATTEMPT: Final = timedelta(seconds=30)  # one request to the platform, a mail server or a database
TELLING_ATTEMPT: Final = timedelta(minutes=15)  # one telling may be thousands of mails, with breaks between
TELLING_SILENCE: Final = timedelta(minutes=1)  # without a mail sent or a batch rendered: the worker is gone
FILING_PAGE_ATTEMPT: Final = timedelta(minutes=15)  # some hundred statements of a campaign, at the rate that is set
FILING_SILENCE: Final = timedelta(minutes=1)  # without a request answered: the worker is gone
SPREADING_ATTEMPT: Final = timedelta(minutes=10)  # a decision brought to thousands of copies
SPREADING_SILENCE: Final = timedelta(minutes=1)
PROMPT_WITHIN: Final = timedelta(minutes=1)  # an order unconfirmed for this long is stuck: alarmed, and still retried
TRY_AGAIN_AFTER: Final = timedelta(minutes=10)  # after an effect failed in a way that retrying cannot cure

ROLL_EVENTS_BEFORE_A_LONG_WAIT: Final = 200
ROLL_EVENTS: Final = 1_000
LONG_WAIT: Final = timedelta(days=1)
ROLL_AFTER: Final = timedelta(days=90)
FIRST_SECOND: Final = timedelta(seconds=1)  # the server delays a continue-as-new within it

# A storm is mail taken so many times within so long; from then on it is taken no sooner than a pause after the last time.
STORM_TAKINGS: Final = 20
STORM_WITHIN: Final = timedelta(minutes=1)
STORM_PAUSE: Final = timedelta(seconds=2)
STORM_LARGE: Final = 2_000  # reports of a case; with more of them the pause grows in proportion
STORM_LONGEST_PAUSE: Final = timedelta(seconds=10)
DRAIN_WITHIN: Final = timedelta(minutes=1)  # what is in flight when a run grew long has so long to end by itself

# Vendors: one request and what is read and kept around it; then, after the whole chain gave no word, a pause, each later one
# twice as long.
ASKING_ATTEMPT: Final = timedelta(seconds=60)
ASKING_TRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=1),
    maximum_attempts=3,
)
FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(days=2)
ROUNDS_A_RUN: Final = 8  # some fifteen events each
