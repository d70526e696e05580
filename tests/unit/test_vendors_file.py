"""The file of vendors: the one that is generated and the one that is documented are read whole, and a mistake is named."""

import re
import tomllib
from pathlib import Path

import pytest

from cases.vendor_hma import HmaLookup
from cases.vendor_table import FORMS, VendorFile
from workers.generated_vendors import write_vendors
from workers.running import a_second_opinion
from workers.settings import Settings, SettingsError
from workers.vendors_file import read_vendors

SECRET = "whsec_" + "c3ludGhldGljIHNlY3JldCBvZiB2ZW5kb3Jz"
DOCUMENTED = re.findall(
    r"```toml\n(\[\[vendors\]\]\nname.*?)```", Path("docs/detectors.md").read_text(), flags=re.DOTALL
)


def settings_of(file: Path) -> Settings:
    return Settings(vendors_file=file, data=file.parent)


def a_secret(folder: Path) -> Path:
    secret = folder / "vendors secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return secret


def test_the_generated_file_is_read_whole_in_a_folder_with_a_quoted_name(tmp_path: Path):
    folder = tmp_path / 'a "quoted" folder'
    folder.mkdir()
    file = write_vendors(folder / "vendors.toml", "http://127.0.0.1:8084", a_secret(folder))
    assert file.stat().st_mode & 0o077 == 0
    vendors = read_vendors(settings_of(file))
    assert sorted(vendors) == ["eyes", "hashes", "openai", "ours"]
    assert {name: one.secret for name, one in vendors.items()} == {
        "openai": SECRET, "ours": SECRET, "eyes": SECRET, "hashes": "",
    }  # fmt: skip
    assert [name for name, one in vendors.items() if one.callback_keys] == ["ours", "eyes"]
    assert {name for name, one in vendors.items() if one.table.cost_micros} == {"openai", "eyes"}


def test_it_holds_no_secret_itself(tmp_path: Path):
    file = write_vendors(tmp_path / "vendors.toml", "http://127.0.0.1:8084", a_secret(tmp_path))
    assert SECRET not in file.read_text()


def test_the_documented_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (text,) = DOCUMENTED
    read = VendorFile.model_validate(tomllib.loads(text))
    assert [one.name for one in read.vendors] == ["openai", "eyes"]
    assert all(one.form in FORMS for one in read.vendors)


def test_any_bank_of_a_lookup_may_be_named_by_a_star_as_documented(tmp_path: Path):
    file = tmp_path / "vendors.toml"
    file.write_text(
        '[[vendors]]\nname = "hashes"\nform = "hma_lookup"\nurl = "http://hma.example"\nlabels = { known_hash = ["*"] }\n'
    )
    table = read_vendors(settings_of(file))["hashes"].table
    word = HmaLookup().word(table, {"pdq": {"ANY_BANK": [{"bank_content_id": 7, "distance": "0"}]}})
    assert [(one.name, one.score) for one in word.readings] == [("*", 1.0)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('labels = { known_hash = ["*or*"] }', "vendors.0.labels.known_hash.0"),
        ('labels = { known_hash = ["BANK"] }\ncallback_secrets = ["env:NO_SUCH"]', "calls nobody back"),
        ('labels = { known_hash = ["BANK"] }\nsecret = "env:NO_SUCH"', "set this variable"),
        ('labels = { known_hash = ["BANK"] }\ncalls_a_day = 5', "calls_a_day"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, line: str, said: str):
    file = tmp_path / "vendors.toml"
    file.write_text(f'[[vendors]]\nname = "hashes"\nform = "hma_lookup"\nurl = "http://hma.example"\n{line}\n')
    with pytest.raises(SettingsError, match=re.escape(said)):
        read_vendors(settings_of(file), environment={})


def test_the_sample_of_a_second_opinion_is_taken_line_by_line():
    assert [type(message).__name__ for message in a_second_opinion()] == [
        *("FeedPost", "ReportMessage", "ReportMessage", "ReportMessage"),
        *("FeedPost", "ReportMessage", "FeedPost", "ReportMessage"),
    ]
