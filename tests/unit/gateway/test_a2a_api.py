"""The edge of `/a2a/<agent>`: paths, addresses and refusals."""

import orjson
import pytest
from routeiq_plugin_sdk import Headers

from routeiq.gateway.a2a_api import public_url, render_refusal, split_path


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/a2a/echo", ("echo", "")),
        ("/a2a/echo/", ("echo", "/")),
        ("/a2a/echo/v1/message:send", ("echo", "/v1/message:send")),
        ("/a2a/", ("", "")),
        ("/a2a//x", ("", "/x")),
    ],
)
def test_a_path_has_an_agent_and_what_is_below(path, parts):
    assert split_path(path) == parts


@pytest.mark.parametrize(
    ("host", "more", "url"),
    [
        (b"gateway.test", {}, "https://gateway.test"),
        (b"gateway.test:8443", {"root_path": "/ai/"}, "https://gateway.test:8443/ai"),
        (b"[::1]:4000", {}, "https://[::1]:4000"),
        (b"evil.test/x", {}, "https://10.0.0.1:4000"),
        (b"", {"server": ("::1", 4000)}, "https://[::1]:4000"),
        (b'"', {"server": None}, "https://localhost"),
        (b"x\r\ny", {"server": ("unix", None)}, "https://unix"),
    ],
)
def test_the_gateways_address_is_where_the_request_found_it(host, more, url):
    scope = {"scheme": "https", "headers": [(b"host", host)], "server": ("10.0.0.1", 4000), **more}
    assert public_url(scope) == url


def test_a_refusal_before_the_agent_keeps_its_status_in_the_shape_of_the_binding():
    headers = Headers.of({"www-authenticate": "Bearer"})
    refused = render_refusal("/a2a/echo/message:send", 401, "Who?", "unauthenticated", headers)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert orjson.loads(refused.body)["error"]["status"] == "UNAUTHENTICATED"
    refused = render_refusal("/a2a/echo", 429, "Slow down.", None, Headers())
    document = orjson.loads(refused.body)
    assert (refused.status_code, document["id"], document["error"]["message"]) == (429, None, "Slow down.")
    assert document["error"]["data"][0]["reason"] == "REFUSED"
