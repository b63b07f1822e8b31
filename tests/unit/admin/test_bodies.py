"""Bodies: what is no JSON object, or more than can be kept, is refused before anybody looks into it."""

import json

import pytest
from starlette.datastructures import Headers

from routeiq.admin.answers import Refusal
from routeiq.admin.bodies import DEEPEST, JSON, LARGEST, MERGE_PATCH, read_object


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


async def read(body, content_type=JSON, media_types=(JSON,), pieces=1, **headers):
    size = max(1, len(body) // pieces)
    parts = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
    messages = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        fields["content-type"] = content_type
    return await read_object(receive, Headers(fields), media_types)


async def refused(*arguments, **options):
    with pytest.raises(Refusal) as raised:
        await read(*arguments, **options)
    return raised.value.answer


@pytest.mark.parametrize("content_type", [JSON, "Application/JSON; charset=UTF-8", MERGE_PATCH])
async def test_an_object_is_read_in_however_many_pieces(content_type):
    document = {"a": [1, {"b": "ü"}], "c": 1.5, "d": 2**64 - 1, "e": -(2**63), "f": None, "g": True}
    body = json.dumps(document, ensure_ascii=False).encode()
    assert await read(body, content_type, (JSON, MERGE_PATCH), pieces=7) == document


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/json-patch+json", "application/json; charset=latin-1", "x"]
)
async def test_another_media_type_is_refused_with_those_that_are_taken(content_type):
    answer = await refused(b"{}", content_type)
    assert (answer.status, answer.headers) == (415, {"accept": JSON})
    answer = await refused(b"{}", content_type, (JSON, MERGE_PATCH))
    assert answer.headers == {"accept-patch": f"{JSON}, {MERGE_PATCH}"}


async def test_a_compressed_body_is_refused():
    answer = await refused(b"{}", content_encoding="gzip")
    assert (answer.status, answer.headers) == (415, {"accept-encoding": "identity"})
    assert await read(b"{}", content_encoding="identity") == {}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"{}{}", "no JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": -Infinity}', "no JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no JSON that can be kept"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' stands twice"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (nested(DEEPEST + 1), "deeper than"),
        (nested(100_000), "deeper than"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper than"),
    ],
    ids=range(13),
)
async def test_what_is_no_json_that_can_be_kept_is_refused(body, words):
    answer = await refused(body)
    assert answer.status == 400
    assert words in answer.document["error"]["message"]


async def test_a_body_may_be_nested_up_to_the_limit():
    assert await read(nested(DEEPEST))


@pytest.mark.parametrize("number", [b"1e400", b"-1e999", b"18446744073709551616", b"-9223372036854775809"])
async def test_a_number_that_64_bits_do_not_hold_is_refused(number):
    answer = await refused(b'{"a": [' + number + b"]}")
    assert (answer.status, answer.document["error"]["code"]) == (422, "number_too_large")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null", b"true"])
async def test_what_is_no_object_is_refused(body):
    assert (await refused(body)).status == 422


async def test_a_body_that_is_too_large_is_refused_by_its_length_or_when_it_shows():
    fits = b'{"a": "' + b"x" * (LARGEST - 9) + b'"}'
    assert len(fits) == LARGEST
    assert await read(fits, content_length=str(LARGEST))
    assert (await refused(fits + b" ", pieces=5)).status == 413
    assert (await refused(b"", content_length=str(LARGEST + 1))).status == 413
    assert (await refused(b"", content_length="9" * 5000)).status == 413
    assert (await refused(b"", content_length="many")).status == 400


async def test_a_client_that_leaves_gets_no_answer_that_matters():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(Refusal) as raised:
        await read_object(receive, Headers({"content-type": JSON}), (JSON,))
    assert raised.value.answer.document["error"]["code"] == "client_left"
