"""The OpenAPI document: of every operation what it takes and what it answers."""

import re

import pytest


@pytest.fixture
async def document(admin):
    return (await admin.call("GET", "/openapi.json")).json


def test_every_operation_stands_in_it(document):
    operations = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert operations == {
        ("GET", "/admin/plugins"), ("GET", "/admin/plugins/{name}"), ("GET", "/admin/plugins/{name}/schema"),
        ("GET", "/admin/plugins/{name}/config"), ("PUT", "/admin/plugins/{name}/config"),
        ("PATCH", "/admin/plugins/{name}/config"), ("GET", "/admin/plugins/{name}/settings"),
        ("PUT", "/admin/plugins/{name}/settings"), ("PATCH", "/admin/plugins/{name}/settings"),
        ("POST", "/admin/plugins/{name}/enable"), ("POST", "/admin/plugins/{name}/disable"),
        ("POST", "/admin/plugins/{name}/reload"), ("GET", "/admin/changes/{version}"), ("GET", "/admin/hooks"),
        ("GET", "/admin/events"), ("GET", "/admin/audit"), ("GET", "/admin/status"), ("GET", "/admin/openapi.json"),
    }  # fmt: skip
    assert document["openapi"] == "3.1.0"


def test_every_operation_is_described_and_guarded(document):
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    seen = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"]
            seen.add(operation["operationId"])
            assert {"200", "401", "429"} <= operation["responses"].keys()
            assert ("403" in operation["responses"]) == (method != "get")
            assert ("requestBody" in operation) == (method in ("put", "patch"))
            assert {one["name"] for one in operation["parameters"] if one["in"] == "path"} == set(
                re.findall(r"{(\w+)}", path)
            )
    assert len(seen) == 18


def test_all_references_lead_somewhere(document):
    references = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(document)))
    assert references == document["components"]["schemas"].keys() - {"Document"}
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name


async def test_plugins_that_there_are_stand_as_examples(document):
    (part,) = (one for one in document["paths"]["/admin/plugins/{name}"]["get"]["parameters"] if one["in"] == "path")
    assert part["examples"] == {"words": {"value": "words"}}
