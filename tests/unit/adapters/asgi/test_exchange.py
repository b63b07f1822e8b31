"""What belongs to one request."""

from routeiq.adapters.asgi.exchange import Exchange, make_request


def test_a_request_is_made_from_a_scope(apps):
    scope = apps.scope_of("GET", "/p", {"X-Request-Id": "id-7"}, query_string=b"a=1", scheme="https", http_version="2")
    request = make_request(scope, "GET")
    assert (request.id, request.method, request.path, request.query["a"]) == ("id-7", "GET", "/p", "1")
    assert (request.scheme, request.http_version, request.client.host, request.client.port) == (
        "https",
        "2",
        "127.0.0.1",
        5000,
    )


def test_ids_are_unique(apps):
    assert len({make_request(apps.scope_of(), "GET").id for _ in range(1000)}) == 1000


def test_an_exchange_is_the_activity_of_its_request(apps):
    request = make_request(apps.scope_of(), "GET")
    exchange = Exchange(request, None)
    assert (exchange.request_id, exchange.plugin, exchange.request) == (request.id, None, request)
