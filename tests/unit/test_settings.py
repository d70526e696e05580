"""Settings: what a mistake in the environment says, and what it never says."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from workers.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("DUEPROCESS_")]:
        monkeypatch.delenv(name)


def test_a_misspelt_variable_stops_the_start_and_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_SMPT_HOST", "mail.example")
    with pytest.raises(SettingsError, match=r"DUEPROCESS_SMPT_HOST is no setting\. Did you mean DUEPROCESS_SMTP_HOST"):
        Settings.from_environment()


def test_every_misspelt_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_GATEWAYPORT", "1")
    monkeypatch.setenv("DUEPROCESS_TENANT", "demo")
    with pytest.raises(SettingsError, match=r"(?s)DUEPROCESS_GATEWAYPORT.*DUEPROCESS_TENANT "):
        Settings.from_environment()


def test_a_bad_value_is_named_with_variable_value_and_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_GATEWAY_PORT", "eighty")
    with pytest.raises(SettingsError, match=r"DUEPROCESS_GATEWAY_PORT is 'eighty'.*Give a port from 1 to 65535"):
        Settings.from_environment()


@pytest.mark.parametrize("value", ["0", "65536", "-1", "8080.5"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DUEPROCESS_PLATFORM_PORT", value)
    with pytest.raises(SettingsError, match="DUEPROCESS_PLATFORM_PORT"):
        Settings.from_environment()


@pytest.mark.parametrize("value", [",", "a/b", "Demo", "demo,x"])
def test_a_tenant_that_would_break_case_ids_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DUEPROCESS_TENANTS", value)
    with pytest.raises(SettingsError, match="DUEPROCESS_TENANTS"):
        Settings.from_environment()


def test_tenants_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_TENANTS", "demo, forum-two")
    assert Settings.from_environment().tenants == ("demo", "forum-two")


def test_a_tenants_pack_is_named_and_survives_the_way_to_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_TENANTS", "demo, forum-two")
    monkeypatch.setenv("DUEPROCESS_TENANT_PACKS", " forum-two = second_opinion, demo=baseline")
    settings = Settings.from_environment()
    assert dict(settings.tenant_packs) == {"forum-two": "second_opinion", "demo": "baseline"}
    assert settings.as_environment()["DUEPROCESS_TENANT_PACKS"] == "forum-two=second_opinion,demo=baseline"


@pytest.mark.parametrize("value", ["demo", "demo=", "=baseline"])
def test_half_a_tenants_pack_is_refused_with_the_form_it_has(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DUEPROCESS_TENANT_PACKS", value)
    with pytest.raises(SettingsError, match=r"DUEPROCESS_TENANT_PACKS.*<tenant>=<pack>"):
        Settings.from_environment()


def test_a_secret_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_PLATFORM_SECRET", "whsec_c2VjcmV0")
    monkeypatch.setenv("DUEPROCESS_DATABASE_DSN", "postgresql://app:hunter2@db/dueprocess")
    monkeypatch.setenv("DUEPROCESS_TELEMETRY", "loud")
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment()
    monkeypatch.setenv("DUEPROCESS_TELEMETRY", "off")
    shown = f"{refusal.value} {Settings.from_environment()!r}"
    assert "c2VjcmV0" not in shown
    assert "hunter2" not in shown


def test_what_a_process_needs_and_lacks_is_named_with_its_meaning() -> None:
    with pytest.raises(SettingsError, match=r"DUEPROCESS_PLATFORM_URL is not set: give where orders go"):
        Settings.from_environment(needing=("platform_url",))


def test_an_empty_variable_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_PLATFORM_URL", "")
    assert "platform_url" not in Settings.from_environment().model_fields_set


def test_the_environment_wins_over_a_running_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEPROCESS_GATEWAY_PORT", "9000")
    settings = Settings.from_environment(defaults={"DUEPROCESS_GATEWAY_PORT": "8080", "DUEPROCESS_SMTP_HOST": "::1"})
    assert (settings.gateway_port, settings.smtp_host) == (9000, "::1")


def test_a_gateway_not_named_is_on_this_machine_and_secrets_stand_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, gateway_port=9000)
    assert settings.gateway_url == "http://127.0.0.1:9000"
    assert settings.kek_file == tmp_path / "secrets" / "kek"
    assert settings.model_fields_set == {"data", "gateway_port"}


def test_relative_paths_are_fixed_at_the_start_since_children_run_elsewhere() -> None:
    assert Settings(data=Path("here")).data == Path.cwd() / "here"


def test_another_process_started_with_the_settings_gets_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(tenants="demo,other", database_dsn="postgresql://app@/db", telemetry="console")
    for name, value in given.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == given


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().gateway_port = 1  # type: ignore[misc]
