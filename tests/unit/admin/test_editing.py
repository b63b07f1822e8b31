"""Documents that operators edit, through the API: what is in force, conditions, pins, and what becomes of an edit."""

import asyncio

import pytest

from routeiq.core.masking import MASK

CONFIG, SETTINGS = "/plugins/words/config", "/plugins/words/settings"


def bare(document):
    return {name: value for name, value in document.items() if not name.startswith("$")}


async def test_a_configuration_is_read_and_one_field_of_it_changed(admin):
    read = await admin.call("GET", CONFIG)
    assert bare(read.json) == {"word": "default", "limit": 10, "password": MASK}
    changed = await admin.call("PATCH", CONFIG, {"limit": 42}, content_type="application/merge-patch+json")
    assert changed.status == 200
    assert (changed.json["changed"], changed.json["version"], changed.json["complete"]) == (True, 1, True)
    assert changed.json["document"]["limit"] == 42
    assert admin.manager.config_of("words").limit == 42
    again = await admin.call("GET", CONFIG)
    assert again.json == changed.json["document"]
    assert again.headers["etag"] == changed.headers["etag"] != read.headers["etag"]


@pytest.mark.parametrize("path", [CONFIG, SETTINGS])
async def test_what_was_read_and_is_written_changes_nothing(serve, path):
    admin = await serve(settings={"plugins": {"words": {"priority": 5}}}, files={"words.yaml": "word: from-file\n"})
    await admin.call("PATCH", CONFIG, {"limit": 42, "password": "mine"})
    await admin.call("PATCH", SETTINGS, {"mode": "audit", "hooks": {"request": {"priority": 3}}})
    read = await admin.call("GET", path)
    written = await admin.call("PUT", path, read.json, if_match=read.headers["etag"])
    assert (written.status, written.json["changed"], written.json["version"]) == (200, False, 2)
    assert written.headers["etag"] == read.headers["etag"]
    assert admin.control.word("words").config == {"limit": 42, "password": "mine"}


async def test_a_secret_is_never_shown_and_tells_its_change_by_the_tag_alone(admin):
    before = await admin.call("GET", CONFIG)
    first = await admin.call("PATCH", CONFIG, {"password": "one-secret"})
    second = await admin.call("PATCH", CONFIG, {"password": "other-secret"})
    assert bare(first.json["document"]) == bare(second.json["document"]) == bare(before.json)
    assert len({before.headers["etag"], first.headers["etag"], second.headers["etag"]}) == 3
    assert admin.manager.config_of("words").password.get_secret_value() == "other-secret"
    shown = first.body + second.body + (await admin.call("GET", "/audit")).body
    assert b"-secret" not in shown
    assert b"hush" not in shown


@pytest.mark.parametrize(
    ("change", "status", "param", "words"),
    [
        ({"limit": 1000}, 422, "limit", "less than or equal to 100"),
        ({"limit": "many"}, 422, "limit", "valid integer"),
        ({"no_such_field": 1}, 422, "no_such_field", "no such key"),
        ({"lmit": 1}, 422, "lmit", "did you mean 'limit'"),
        ({"word": MASK}, 422, "word", "write the secret itself"),
        ({"limit": 1000, "password": 5}, 422, "limit", "password"),
        ({"word": "other"}, 409, "word", "words.yaml, line 1"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_what_cannot_be_changes_nothing_and_is_told_with_its_field(serve, method, change, status, param, words):
    pinned = status == 409
    admin = await serve(files={"words.yaml": "word: pinned\n"} if pinned else {})
    reply = await admin.call(method, CONFIG, change)
    assert (reply.status, reply.error["param"]) == (status, param)
    assert words in reply.error["message"]
    assert reply.error["problems"][0]["field"] == param
    assert (await admin.call("GET", "/status")).json["state_version"] == 0


async def test_a_variable_pins_a_field_and_is_named(serve):
    admin = await serve(environment={"ROUTEIQ_PLUGIN_WORDS_LIMIT": "7"})
    assert (await admin.call("GET", CONFIG)).json["$sources"]["limit"] == "variable ROUTEIQ_PLUGIN_WORDS_LIMIT"
    reply = await admin.call("PATCH", CONFIG, {"limit": 8})
    assert (reply.status, reply.error["code"]) == (409, "pinned")
    assert "variable ROUTEIQ_PLUGIN_WORDS_LIMIT" in reply.error["message"]


async def test_a_plugin_may_refuse_a_change(serve, plugin):
    def config_changed(old, new):
        if new.word == "refuse-me":
            raise ValueError("this word is refused")

    admin = await serve(plugin("words", config_changed))
    reply = await admin.call("PATCH", CONFIG, {"word": "refuse-me"})
    assert (reply.status, reply.error["code"], reply.error["param"]) == (409, "change_refused", "words")
    assert "this word is refused" in reply.error["message"]
    assert bare((await admin.call("GET", CONFIG)).json)["word"] == "default"


async def test_a_condition_must_hold_when_the_change_is_made(admin):
    tag = (await admin.call("GET", CONFIG)).headers["etag"]
    replies = await asyncio.gather(
        *(admin.call("PATCH", CONFIG, {"word": f"word {number}"}, if_match=tag) for number in range(5))
    )
    assert sorted(reply.status for reply in replies) == [200, 412, 412, 412, 412]
    winner = next(reply for reply in replies if reply.status == 200)
    assert (await admin.call("GET", CONFIG)).headers["etag"] == winner.headers["etag"]
    assert (await admin.call("PUT", CONFIG, {}, if_match="*")).status == 200
    assert (await admin.call("PUT", CONFIG, {}, if_none_match="*")).status == 412


async def test_changes_without_conditions_go_together(admin):
    changes = ({"word": "new"}, {"limit": 3}, {"password": "secret"})
    replies = await asyncio.gather(*(admin.call("PATCH", CONFIG, change) for change in changes))
    assert {reply.status for reply in replies} == {200}
    assert sorted(reply.json["version"] for reply in replies) == [1, 2, 3]
    assert admin.control.word("words").config == {"word": "new", "limit": 3, "password": "secret"}


async def test_a_document_that_is_known_is_not_sent_again(admin):
    tag = (await admin.call("GET", CONFIG)).headers["etag"]
    known = await admin.call("GET", CONFIG, if_none_match=tag)
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in known.headers


async def test_what_is_left_out_falls_back_to_its_default(admin):
    await admin.call("PATCH", CONFIG, {"limit": 42, "word": "new"})
    await admin.call("PUT", CONFIG, {"word": "new"})
    assert admin.control.word("words").config == {"word": "new"}
    await admin.call("PATCH", CONFIG, {"word": None})
    assert admin.control.word("words").config == {}
    assert (await admin.control.state.load()).document == {"plugins": {}}


async def test_a_plugin_whose_configuration_is_wrong_is_mended_and_starts(serve, plugin):
    from pydantic import BaseModel

    class Needing(BaseModel):
        url: str
        size: int = 1

    admin = await serve(plugin("needy", config_schema=Needing))
    assert admin.manager.records["needy"].state.value == "failed"
    document = (await admin.call("GET", "/plugins/needy/config")).json
    assert "url: is required" in document["$problems"][0]
    reply = await admin.call("PATCH", "/plugins/needy/config", {"size": 2})
    assert (reply.status, reply.error["param"]) == (422, "url")
    reply = await admin.call("PATCH", "/plugins/needy/config", {"url": "http://a"})
    assert reply.status == 200
    assert admin.manager.records["needy"].state.value == "active"


async def test_the_operators_word_on_a_plugin_is_changed_below_that_of_the_settings(serve, plugin):
    def request(request):
        return None

    admin = await serve(
        plugin("words", request),
        settings={"plugins": {"words": {"priority": 5, "hooks": {"request": {"priority": 1}}}}},
    )
    read = (await admin.call("GET", SETTINGS)).json
    assert (read["priority"], read["mode"]) == (5, None)
    assert read["$sources"]["priority"].endswith("routeiq.yaml (plugins.words.priority)")
    changed = await admin.call("PATCH", SETTINGS, {"mode": "audit", "hooks": {"request": {"before": ["x"]}}})
    assert changed.status == 200
    assert admin.manager.records["words"].mode.value == "audit"
    assert changed.json["document"]["hooks"] == {
        "request": {"priority": 1, "before": ["x"], "after": None, "timeout": None}
    }
    for change in ({"priority": 6}, {"hooks": {"request": {"priority": 2}}}):
        assert (await admin.call("PATCH", SETTINGS, change)).status == 409
    for change in ({"mode": "audti"}, {"hooks": {"requst": {}}}, {"prioritty": 3}, {"timeout": -1}):
        reply = await admin.call("PATCH", SETTINGS, change)
        assert reply.status == 422, reply.json
    assert (await admin.call("PUT", SETTINGS, {"mode": None})).status == 200
    assert admin.control.word("words").override == {}


async def test_a_configuration_and_the_word_on_it_have_tags_of_their_own(admin):
    tag = (await admin.call("GET", CONFIG)).headers["etag"]
    await admin.call("PATCH", SETTINGS, {"priority": 3})
    assert (await admin.call("GET", CONFIG)).headers["etag"] == tag
    await admin.call("PATCH", CONFIG, {"limit": 3})
    assert admin.control.word("words").override == {"priority": 3}


async def test_a_header_that_narrows_a_plugin_is_a_secret_too(admin):
    tags = set()
    for secret in ("one-secret", "other-secret"):
        when = {"header": {"authorization": f"Bearer {secret}"}}
        reply = await admin.call("PATCH", SETTINGS, {"when": when})
        assert reply.json["document"]["when"]["header"] == {"authorization": MASK}
        tags.add(reply.headers["etag"])
    assert len(tags) == 2
    written = await admin.call("PUT", SETTINGS, (await admin.call("GET", SETTINGS)).json)
    assert written.json["changed"] is False
    shown = written.body + (await admin.call("GET", "/plugins")).body + (await admin.call("GET", "/audit")).body
    assert b"-secret" not in shown


async def test_the_body_is_looked_at_after_the_plugin(admin):
    assert (await admin.call("PUT", "/plugins/none/config", b"{")).status == 404
    assert (await admin.call("PUT", CONFIG, b"{")).status == 400
    assert (await admin.call("PUT", CONFIG, b"{}", content_type="application/merge-patch+json")).status == 415
    assert (await admin.call("PATCH", CONFIG, [])).status == 422


async def test_garbage_in_the_store_is_no_failure_of_the_api(admin):
    def garbage(document):
        return {"plugins": {"words": {"config": {"limit": 1}, "override": {"hooks": 3, "mode": "odd"}}}}

    with pytest.raises(Exception, match="mode"):
        await admin.control.change(garbage, who="test", action="test", plugin="words")
    await admin.control.state.save(0, garbage(None))
    while admin.control.version != 1:
        await asyncio.sleep(0.01)
    shown = (await admin.call("GET", SETTINGS)).json
    assert shown["$problems"]
    assert (await admin.call("PUT", SETTINGS, {})).status == 200
    assert admin.control.word("words").override == {}
