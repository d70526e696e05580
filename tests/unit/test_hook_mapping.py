"""A vendor's payload as a signal, by the table of sources; and the table itself, checked whole. All data is synthetic."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.hook_sources import HookSourcesError, read_sources
from cases.errors import BadInput
from cases.hook_mapping import SignalMapping, signal_fields

MAPPING = {
    "subject_kind": {"path": "object.type", "words": {"post": "content", "user": "account"}},
    "subject_id": "object.id",
    "detector": {"vendor": {"const": "acme"}, "name": {"const": "images"}, "version": "model"},
    "scores": {"spam": {"path": "spam", "scale": 100}, "adult": {"path": "adult", "steps": {"LIKELY": 0.75}}},
    "labels": [{"each": "labels", "name": "Name", "score": "Confidence", "scale": 100, "words": {"Hate": "hate"}}],
    "detected_at": "at",
}
PAYLOAD = {
    "object": {"type": "post", "id": 17},
    "model": "3.1",
    "spam": 93,
    "adult": "LIKELY",
    "labels": [{"Name": "Hate", "Confidence": 40.0}, {"Name": "Hate", "Confidence": 80}],
    "at": 1614265330000,
}


def fields(mapping=(), payload=()):
    return signal_fields(SignalMapping.model_validate({**MAPPING, **dict(mapping)}), {**PAYLOAD, **dict(payload)})


def test_paths_constants_words_scales_and_steps_make_a_signal():
    assert fields() == {
        "subject": {"kind": "content", "id": "17"},
        "detector": {"vendor": "acme", "name": "images", "version": "3.1"},
        "scores": {"spam": 0.93, "adult": 0.75, "hate": 0.8},
        "detected_at": datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("payload", "field", "says"),
    [
        ({"object": {"type": "post"}}, "object.id", "is missing"),
        ({"object": "nothing"}, "object.type", "is missing"),
        ({"object": {"type": "video", "id": "v"}}, "object.type", "a word the table does not know"),
        ({"spam": 101}, "spam", "is no probability"),
        ({"spam": float("nan")}, "spam", "is no probability"),
        ({"adult": "PERHAPS"}, "adult", "is no probability"),
        ({"labels": None}, "labels", "is not a list"),
        ({"labels": [{"Name": "New"}]}, "labels.0.Name", "a label the table does not know"),
        ({"labels": ["Hate"]}, "labels.0.Name", "is missing"),
    ],
)
def test_what_the_table_does_not_find_names_field_and_cure_and_no_value(payload, field, says):
    with pytest.raises(BadInput) as refused:
        fields(payload=payload)

    assert [(one.field, one.value) for one in refused.value.problems if says in one.problem][:1] == [(field, "")]
    assert all(one.cure for one in refused.value.problems)


def test_empty_lists_of_labels_say_that_nothing_was_found():
    assert fields({"scores": {}}, {"labels": []}) is None
    ignoring = [{**MAPPING["labels"][0], "others": "ignore"}]
    assert fields({"scores": {}, "labels": ignoring}, {"labels": [{"Name": "New", "Confidence": 1}]}) is None


@pytest.mark.parametrize(
    "wrong", [{"scores": {}, "labels": []}, {"subject_id": {"path": "a", "const": "b"}}, {"subject_id": "a..b"}]
)
def test_a_table_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValidationError):
        SignalMapping.model_validate({**MAPPING, **wrong})


TABLE = """
[[sources]]
name = "acme"
tenant = "demo"
signature = "{family}"
secrets = ["env:ACME", "file:{secret}"]
[sources.signal]
subject_kind = {{ const = "content" }}
subject_id = "id"
area = {{ const = "{area}" }}
detector = {{ vendor = {{ const = "acme" }}, name = {{ const = "x" }}, version = {{ const = "1" }} }}
scores = {{ spam = "score" }}
"""


def read(folder: Path, mode: int = 0o600, environment=("ACME",), **changes: str):
    secret, file = folder / "secret", folder / "hooks.toml"
    secret.write_text("whsec_" + "c3ludGhldGlj" * 4)
    secret.chmod(mode)
    values = {"family": "standard", "secret": str(secret), "area": "spam", **changes}
    file.write_text(TABLE.format(**values))
    return read_sources(file, ("demo",), {"spam"}, dict.fromkeys(environment, "whsec_" + "c3ludGhldGlj" * 3))


def test_a_file_of_sources_reads_its_secrets_from_where_they_are(tmp_path: Path):
    sources = read(tmp_path)

    assert [len(key) for key in sources["acme"].keys] == [27, 36]
    assert "synthetic" not in repr(sources)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mode": 0o640}, "sources.0.secrets.1: may be read by others"),
        ({"environment": ()}, "sources.0.secrets.0: is not set"),
        ({"secret": "/nowhere"}, "sources.0.secrets.1: cannot be read"),
        ({"area": "spa"}, "sources.0.signal.area: is not an area of the policy pack (got spa); did you mean spam?"),
        ({"family": "plain"}, "this family needs header"),
        ({"family": "none"}, "sources.0.signature"),
    ],
)
def test_a_file_of_sources_that_is_wrong_names_place_and_cure(tmp_path: Path, changes, says):
    with pytest.raises(HookSourcesError) as refused:
        read(tmp_path, **changes)

    assert says in str(refused.value)
    assert "c3ludGhldGlj" not in str(refused.value)
