"""URLs, and the heads of requests: nothing that could change a message's structure gets into one."""

import pytest

from routeiq.transport import Origin, Target

TARGET = Target.parse("http://up.example/v1/chat")


@pytest.mark.parametrize(
    ("url", "origin", "path", "authority"),
    [
        ("http://up", Origin("up", 80, False), "/", b"up"),
        ("https://up", Origin("up", 443, True), "/", b"up"),
        ("HTTPS://UP.Example/v1", Origin("up.example", 443, True), "/v1", b"up.example"),
        ("http://up:8080/a/b?c=d&e", Origin("up", 8080, False), "/a/b?c=d&e", b"up:8080"),
        ("https://up:80/", Origin("up", 80, True), "/", b"up:80"),
        ("http://up:80/x#fragment", Origin("up", 80, False), "/x", b"up"),
        ("http://up?q=1", Origin("up", 80, False), "/?q=1", b"up"),
        ("http://10.0.0.5:8000/v1", Origin("10.0.0.5", 8000, False), "/v1", b"10.0.0.5:8000"),
        ("http://[::1]:8000/v1", Origin("::1", 8000, False), "/v1", b"[::1]:8000"),
        ("http://under_score.svc.cluster.local./", Origin("under_score.svc.cluster.local.", 80, False), "/", None),
    ],
)
def test_a_url_becomes_origin_path_and_host_header(url, origin, path, authority):
    target = Target.parse(url)
    assert (target.origin, target.path) == (origin, path)
    expected = authority or origin.host.encode()
    assert target.head("GET", (), 0) == b"GET %b HTTP/1.1\r\nhost: %b\r\n\r\n" % (path.encode(), expected)


@pytest.mark.parametrize(
    "url",
    [
        "", "up/v1", "//up/v1", "ftp://up/", "http://", "http:///v1", "http://up:port/", "http://up:99999/",
        "http://user:secret@up/", "http://secret@up/", "http://up/a b", "http://up/a\r\nx: y", "http://up/\n", "http://up/\0",
        "http://up/\u00e9", "http://\u00e9.example/", "http://up\t/", "http://[::1/", "http://[::g]/", "http://[fe80::1%25lo]/",
        "http://a,b/", "http://-up/", "http://up%2f/", " http://up/",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused_without_being_repeated(url):
    with pytest.raises(ValueError) as refused:
        Target.parse(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("path", ["", "v1", "/a b", "/a\r\nx: y", "/\0", "/\u00e9"])
def test_a_path_given_directly_is_checked_too(path):
    with pytest.raises(ValueError, match="path"):
        Target(Origin("up", 80, False), path)


@pytest.mark.parametrize("host", ["", "up\r\nx: y", "a b", "up/", "[::1]", "fe80::1%lo"])
def test_a_host_given_directly_is_checked_too(host):
    with pytest.raises(ValueError):
        Origin(host, 80, False)


def test_targets_are_values():
    assert Target.parse("http://up/a") == Target.parse("http://UP:80/a")
    assert hash(Target.parse("http://up/a")) == hash(Target.parse("http://up/a"))
    assert Target.parse("http://up/a") != Target.parse("http://up/b")
    assert "_post" not in repr(Target.parse("http://up/a"))


def test_a_head_has_the_headers_in_their_order_and_the_bodys_length():
    head = TARGET.head("POST", [(b"b", b"1"), (b"A", b"2"), (b"b", b""), (b"c", b"\xff\tx:y")], 12)
    start = b"POST /v1/chat HTTP/1.1\r\nhost: up.example\r\n"
    assert head == start + b"b: 1\r\nA: 2\r\nb: \r\nc: \xff\tx:y\r\ncontent-length: 12\r\n\r\n"


def test_headers_of_one_request_come_behind_those_that_many_share():
    shared = ((b"a", b"1"),)
    for further in ((), ((b"b", b"2"),), [(b"c", b"3")]):
        head = TARGET.head("POST", shared, 0, further)
        assert head.split(b"\r\n")[2:-3] == [b"%b: %b" % pair for pair in (*shared, *further)]
    with pytest.raises(ValueError, match="value holds CR, LF or NUL"):
        TARGET.head("POST", shared, 0, [(b"b", b"2\r\nx: 3")])


@pytest.mark.parametrize(("method", "length", "said"), [
    ("POST", 0, True), ("PUT", 0, True), ("PATCH", 0, True), ("GET", 0, False), ("HEAD", 0, False),
    ("DELETE", 0, False), ("OPTIONS", 0, False), ("GET", 3, True), ("DELETE", 3, True),
])  # fmt: skip
def test_an_empty_body_has_a_length_where_the_method_means_one(method, length, said):
    assert (b"content-length: %d\r\n" % length in TARGET.head(method, (), length)) is said


@pytest.mark.parametrize("method", ["", "GET ", "G T", "GET\r\nx: y", "GET\0", "G\u00c9T", "GET:"])
def test_a_method_that_is_no_token_is_refused(method):
    with pytest.raises(ValueError, match="method"):
        TARGET.head(method, (), 0)


@pytest.mark.parametrize(
    "header",
    [
        (b"x", b"a\r\ny: b"), (b"x", b"a\rb"), (b"x", b"a\nb"), (b"x", b"a\0b"), (b"x", b"\r\n\r\nGET / HTTP/1.1"),
        (b"x\r\ny", b"a"), (b"x: a\r\ny", b"b"), (b"x: a\r\n\r\ny", b"b"), (b"", b"a"), (b"x y", b"a"), (b"x ", b"a"),
        (b"x:", b"a"), (b"content-length: 3\r\nx", b"a"), (b"transfer-encoding: chunked", b""), (b"\xe9", b"a"),
        (b"x\0", b"a"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("others", [[], [(b"a", b"b")]])
def test_header_injection_is_refused(header, others):
    with pytest.raises(ValueError, match="header"):
        TARGET.head("POST", [*others, header, *others], 0)


@pytest.mark.parametrize("name", [
    b"content-length", b"Content-Length", b"transfer-encoding", b"host", b"Connection", b"te", b"trailer", b"upgrade",
    b"keep-alive", b"expect",
])  # fmt: skip
def test_what_frames_the_message_is_the_clients_own(name):
    with pytest.raises(ValueError, match="own"):
        TARGET.head("POST", [(name, b"0")], 0)


def test_a_refusal_does_not_repeat_a_value():
    with pytest.raises(ValueError) as refused:
        TARGET.head("POST", [(b"authorization", b"Bearer secret\r\n")], 0)
    assert "secret" not in str(refused.value)


def test_the_same_tuple_gives_the_same_lines_and_another_one_its_own():
    one, two = ((b"a", b"1"),), ((b"a", b"2"),)
    heads = [TARGET.head("POST", headers, 0) for headers in (one, one, two, one, (), list(one), list(two))]
    assert [b"a: 1" in head for head in heads] == [True, True, False, True, False, True, False]
    assert [b"a: 2" in head for head in heads] == [False, False, True, False, False, False, True]


def test_a_list_that_changes_is_encoded_anew():
    headers = [(b"a", b"1")]
    TARGET.head("POST", headers, 0)
    headers[0] = (b"a", b"2")
    assert b"a: 2" in TARGET.head("POST", headers, 0)
