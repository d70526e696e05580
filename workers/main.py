"""The worker process, `python -m workers.main`: a library that is not installed is said in one line, before anything works."""

import sys

from workers.libraries import missing_library


def main() -> None:
    """Work until asked to stop (`workers.worker`). What cannot be cured by waiting ends it with 2."""
    try:
        from workers.worker import main as work
    except ImportError as error:
        if (missing := missing_library(error)) is None:
            raise
        sys.stderr.write(f"{missing}\n")
        raise SystemExit(2) from None
    work()


if __name__ == "__main__":
    main()
