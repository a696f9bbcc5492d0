"""The API describes itself: valid, complete, and readable without any outside host."""

from __future__ import annotations

import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.api.conftest import Api

READS = {"400", "401", "403", "404", "405", "406", "429"}
WRITES = READS | {"409", "412", "413", "415", "422"}


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", method, operation


def test_it_is_valid_openapi_3_1_without_a_warning(schema):
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    assert not GENERATOR_STATS


def test_every_operation_documents_every_status_it_can_answer(schema):
    for name, method, operation in operations(schema):
        missing = (READS if method == "get" else WRITES) - set(operation["responses"])
        assert not missing, f"{name} lacks {missing}"
        problem = found(schema, operation["responses"]["404"])["content"]
        assert list(problem) == ["application/problem+json"]


def test_every_write_documents_its_idempotency_key(schema):
    for name, method, operation in operations(schema):
        headers = {item["name"] for item in operation.get("parameters", []) if item["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method != "get"), name
        assert method not in ("put", "patch", "delete") or "If-Match" in headers, name


def test_every_operation_has_a_name_of_its_own_and_a_description(schema):
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(set(names)) == len(names)
    assert all(operation["description"] for _, _, operation in operations(schema))


def test_addresses_stand_there_without_a_slash_at_their_end(schema):
    assert "/api/v1/campaigns/{id}/start" in schema["paths"]
    assert not [path for path in schema["paths"] if path.endswith("/")]


@pytest.mark.django_db
def test_the_readable_page_loads_nothing_from_elsewhere():
    page = Api().get("/api/docs").content.decode()
    assert re.findall(r"https?://[^\"' ]+", page) == []
    assert Api().get("/api/schema").status_code == 200


@pytest.mark.django_db
def test_an_address_beside_the_api_is_a_problem_too():
    answer = Api().get("/api/v2/campaigns")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def found(schema, answer):
    """Follow the reference of an answer that is described once for all operations."""
    return (
        schema["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]] if "$ref" in answer else answer
    )


def bodies(schema):
    for name, _, operation in operations(schema):
        contents = {"request": operation.get("requestBody", {}).get("content", {})}
        contents |= {
            status: found(schema, answer).get("content", {})
            for status, answer in operation["responses"].items()
        }
        for place, content in contents.items():
            for kind, media in content.items():
                yield f"{name} {place}", kind, media


def test_every_body_has_an_example_that_its_schema_allows(schema):
    for place, kind, media in bodies(schema):
        examples = [media["example"]] if "example" in media else []
        examples += [item["value"] for item in media.get("examples", {}).values()]
        assert examples, f"{place} has no example"
        for example in examples if kind == "application/json" else ():
            # References look into the document; its components travel along.
            checked = Draft202012Validator({**media["schema"], "components": schema["components"]})
            errors = [f"{error.json_path}: {error.message}" for error in checked.iter_errors(example)]
            assert not errors, f"{place}: {errors[:3]}"


def test_the_specification_s_own_validator_accepts_it(schema):
    validate(schema)
