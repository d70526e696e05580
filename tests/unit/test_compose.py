"""docker-compose.yml cannot be started where these tests run, so what can be read in it is checked."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cases.names import NOTICES_TASK_QUEUE, PLATFORM_TASK_QUEUE, SEARCH_ATTRIBUTES, TRANSPARENCY_TASK_QUEUE
from workers.pinned import toxicity_file
from workers.settings import Settings

_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|KEK")
_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)([^}]*)\}")


@pytest.fixture(scope="module")
def text() -> str:
    return (Path(__file__).parents[2] / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def compose(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_production_shape_has_its_parts_and_no_simulator(compose: dict[str, Any]) -> None:
    assert {"postgres", "temporal", "temporal-ui", "migrate", "worker", "gateway"} <= set(compose["services"])
    assert "simulators" not in (Path(__file__).parents[2] / "Dockerfile").read_text()


def test_no_secret_has_a_default(text: str) -> None:
    variables = _VARIABLE.findall(text)
    assert variables
    for name, rest in variables:
        assert not _SECRET.search(name) or rest.startswith(":?"), f"{name} may stay unset or has a default"


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if _SECRET.search(name):
                assert "${" in str(value) or str(value).startswith("/run/"), name


def test_every_port_is_bound_to_loopback(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_variable_handed_to_the_product_is_a_setting(compose: dict[str, Any]) -> None:
    known = {f"DUEPROCESS_{name.upper()}" for name in Settings.model_fields}
    for name in ("migrate", "worker", "gateway"):
        given = set(compose["services"][name]["environment"])
        assert given <= known, f"{name}: {given - known}"


def test_the_workers_find_weights_of_toxicity_where_the_operator_made_them(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]
    found = toxicity_file(Path(worker["environment"]["DUEPROCESS_CACHE"]))
    made = toxicity_file(Settings.model_fields["cache"].default)
    (mounted,) = [volume for volume in worker["volumes"] if "MODELS_DIR" in volume]
    assert mounted == f"${{MODELS_DIR:-./{made.parent}}}:{found.parent}:ro"


def test_nothing_is_mounted_below_what_is_memory(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        places = [volume.split(":")[-2] for volume in service.get("volumes", []) if volume.endswith(":ro")]
        assert not [one for one in places if one.startswith(tuple(service.get("tmpfs", ())))]


def test_what_needs_no_default_of_ours_never_collides_with_a_setting(text: str) -> None:
    # A DUEPROCESS_ variable in the operator's shell that is no setting would stop every dueprocess command there.
    assert not [name for name, _ in _VARIABLE.findall(text) if name.startswith("DUEPROCESS_")]


def test_every_long_running_service_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if not str(service["restart"]).startswith("on-failure"):
            assert "healthcheck" in service, name


def test_every_service_waits_for_one_that_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])


def test_every_command_of_ours_is_a_module_that_exists(compose: dict[str, Any]) -> None:
    for name in ("migrate", "worker", "gateway"):
        module = compose["services"][name]["command"][2]
        assert importlib.util.find_spec(module), module


def test_search_attributes_and_queues_are_those_of_the_product(compose: dict[str, Any]) -> None:
    setup = compose["services"]["temporal-setup"]["command"][0]
    assert dict(re.findall(r"(Case\w+)=(\w+)", setup)) == dict(SEARCH_ATTRIBUTES)
    dynamic = yaml.safe_load(compose["configs"]["dynamic_configuration"]["content"])
    for values in (dynamic["matching.numTaskqueueReadPartitions"], dynamic["matching.numTaskqueueWritePartitions"]):
        assert {value["constraints"]["taskQueueName"] for value in values} == {
            PLATFORM_TASK_QUEUE,
            NOTICES_TASK_QUEUE,
            TRANSPARENCY_TASK_QUEUE,
        }


def test_the_product_runs_without_rights_it_does_not_need(compose: dict[str, Any]) -> None:
    for name in ("migrate", "worker", "gateway"):
        service = compose["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    assert "USER dueprocess" in (Path(__file__).parents[2] / "Dockerfile").read_text()
