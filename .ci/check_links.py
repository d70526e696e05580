"""Fail on a link in our Markdown that leads to no file or no heading. Addresses on the web are not asked."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    pages = [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    dead = [complaint for page in pages for complaint in dead_links(page)]
    sys.stdout.writelines(f"{complaint}\n" for complaint in dead)
    sys.stdout.write(f"{len(pages)} pages, {len(dead)} dead links\n")
    return 1 if dead else 0


def dead_links(page: Path) -> list[str]:
    """A complaint for every link of the page that leads nowhere."""
    found = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return [f"{page.relative_to(ROOT)}: {link} leads nowhere" for link in found if not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return True
    path, _, heading = link.partition("#")
    target = (page.parent / path) if path else page
    if not target.exists():
        return False
    return not heading or target.suffix != ".md" or heading.lower() in headings(target)


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    lines = re.findall(r"^#+\s+(.+?)\s*$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


if __name__ == "__main__":
    sys.exit(main())
