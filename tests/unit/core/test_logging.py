"""Logs of plugins and of the framework, embedded and configured."""

import io
import json
import logging
import subprocess
import sys

import pytest
from tests.fakes.tracer import Noted

from routeiq.core.logging import Activity, configure_logging, current_activity, plugin_logger


@pytest.fixture
def restored():
    """Put the standard library's logging back: configuring it is what these tests are about."""
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error", "uvicorn.access")]
    before = [(logger, list(logger.handlers), logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.fixture
def request_activity():
    token = current_activity.set(Activity("req-1"))
    yield
    current_activity.reset(token)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def configured(restored):
    """configured(**options): a function that returns the lines that were logged since."""

    def do(stream=None, **options):
        stream = io.StringIO() if stream is None else stream
        configure_logging(stream=stream, **options)
        return lambda: stream.getvalue().splitlines()

    return do


def test_an_activity_is_small():
    activity = Activity("req-1")
    assert (activity.request_id, activity.plugin) == ("req-1", None)
    assert not hasattr(activity, "__dict__")


def test_embedded_a_record_goes_to_the_plugins_logger_with_its_fields_behind_the_event(caplog, request_activity):
    with caplog.at_level(logging.INFO):
        plugin_logger("cache").info("cache hit", key="a b", count=7, empty="")
    (record,) = caplog.records
    assert record.name == "routeiq.plugin.cache"
    assert record.getMessage() == "cache hit key='a b' count=7 empty='' plugin=cache request_id=req-1"
    assert record.funcName == "test_embedded_a_record_goes_to_the_plugins_logger_with_its_fields_behind_the_event"


def test_a_plugin_can_speak_for_nobody_else(caplog, request_activity):
    plugin_logger("cache").error("x", plugin="other", request_id="forged")
    assert caplog.messages == ["x plugin=cache request_id=req-1"]


@pytest.mark.parametrize("kept", [True, False])
def test_records_lead_to_the_trace_where_one_is_kept(configured, request_activity, kept):
    ids = {"trace_id": "4bf9", "span_id": "00f0"}
    current_activity.get().trace = Noted(ids if kept else None)
    lines = configured(json=True)
    plugin_logger("cache").error("x", trace_id="forged")
    logging.getLogger("other").warning("y")
    found = [{name: json.loads(line).get(name) for name in ids} for line in lines()]
    assert found == ([ids, ids] if kept else [{"trace_id": "forged", "span_id": None}, dict.fromkeys(ids)])


def test_outside_a_request_there_is_no_request_id(caplog):
    plugin_logger("cache").warning("x")
    assert caplog.messages == ["x plugin=cache"]


def test_what_clients_send_cannot_forge_a_line(caplog):
    plugin_logger("cache").error("x\nCRITICAL forged", value="a\r\n\x1b[31m")
    (message,) = caplog.messages
    assert message == "x\\nCRITICAL forged value=a\\r\\n\\x1b[31m plugin=cache"


def test_a_level_that_nobody_wants_costs_no_record(caplog):
    class Untouchable:
        def __repr__(self):
            raise AssertionError("nobody asked")

    with caplog.at_level(logging.WARNING):
        plugin_logger("cache").debug("x", value=Untouchable())
        plugin_logger("cache").info("x", value=Untouchable())
    assert caplog.records == []


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_each_level_is_one_json_object_a_line(configured, request_activity, level):
    lines = configured(level="debug")
    getattr(plugin_logger("cache"), level)("cache hit", key="a\nb", count=7)
    (line,) = lines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "level": level, "logger": "routeiq.plugin.cache", "event": "cache hit", "key": "a\nb", "count": 7,
        "plugin": "cache", "request_id": "req-1",
    }  # fmt: skip


def test_the_frameworks_and_other_libraries_records_have_the_same_form(configured, request_activity):
    lines = configured()
    logging.getLogger("routeiq.core.x").warning("plugin %s is late", "a")
    logging.getLogger("uvicorn.access").info('%s - "%s"', "127.0.0.1", "GET /")
    entries = [json.loads(line) for line in lines()]
    assert [(entry["logger"], entry["event"]) for entry in entries] == [
        ("routeiq.core.x", "plugin a is late"),
        ("uvicorn.access", '127.0.0.1 - "GET /"'),
    ]
    assert entries[0]["request_id"] == "req-1"


@pytest.mark.parametrize("as_json", [True, False])
def test_an_exception_comes_with_its_traceback_once(configured, as_json):
    lines = configured(json=as_json)
    try:
        raise ValueError("broken")
    except ValueError:
        plugin_logger("cache").exception("lookup failed", key="k")
        logging.getLogger("routeiq.x").exception("also")
    text = "\n".join(lines())
    assert text.count("ValueError: broken") == 2
    assert text.count("Traceback (most recent call last)") == 2
    if as_json:
        assert "ValueError: broken" in json.loads(lines()[0])["exception"]


def test_an_exception_can_be_handed_over(configured):
    lines = configured()
    plugin_logger("cache").error("x", exc_info=ValueError("broken"))
    entry = json.loads(lines()[0])
    assert entry["exception"] == "ValueError: broken"
    assert "exc_info" not in entry


def test_fields_that_are_named_like_ours_keep_their_value(configured):
    lines = configured()
    plugin_logger("cache").info("x", level=3, timestamp="t", logger="l", name="n", message="m", args="a")
    entry = json.loads(lines()[0])
    assert (entry["level"], entry["level_"], entry["timestamp_"], entry["logger_"]) == ("info", 3, "t", "l")
    assert (entry["name"], entry["message"], entry["args"]) == ("n", "m", "a")


def test_values_that_are_no_json_are_shown_all_the_same(configured):
    lines = configured()
    cycle: dict[str, object] = {}
    cycle["self"] = cycle
    plugin_logger("cache").info("x", value={1, 2}, number=1)
    plugin_logger("cache").info("y", value={(1, 2): 3})
    plugin_logger("cache").info("z", value=cycle)
    entries = [json.loads(line) for line in lines()]
    assert [entry["value"] for entry in entries] == ["{1, 2}", "{(1, 2): 3}", "{'self': {...}}"]
    assert entries[0]["number"] == 1


def test_text_has_no_colours_off_a_terminal(configured):
    lines = configured(json=False)
    plugin_logger("cache").warning("cache hit", key="a\nb\x1b[31m")
    (line,) = lines()
    assert "\x1b" not in line
    assert "cache hit" in line
    assert "plugin=cache" in line
    assert "key=a\\nb\\x1b[31m" in line


def test_a_terminal_gets_coloured_text(configured):
    lines = configured(stream=Terminal())
    plugin_logger("cache").warning("cache hit")
    (line,) = lines()
    assert "\x1b[" in line
    assert "cache hit" in line


def test_off_a_terminal_lines_are_json(configured):
    lines = configured()
    plugin_logger("cache").warning("x")
    json.loads(lines()[0])


def test_a_level_hides_what_is_below_it(configured):
    lines = configured(level="WARNING")
    plugin_logger("cache").info("hidden")
    logging.getLogger("routeiq").info("hidden")
    plugin_logger("cache").warning("shown")
    assert [json.loads(line)["event"] for line in lines()] == ["shown"]


def test_configuring_twice_does_not_log_twice(configured):
    first = configured()
    second = configured()
    logging.getLogger("uvicorn.error").addHandler(logging.StreamHandler(io.StringIO()))
    third = configured()
    logging.getLogger("uvicorn.error").warning("x")
    plugin_logger("cache").warning("y")
    assert (len(first()), len(second()), len(third())) == (0, 0, 2)


def test_a_level_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="there is no log level 'loud': it is one of debug, info"):
        configure_logging(level="loud")


def test_importing_configures_nothing_and_logging_json_does_not_load_structlog():
    code = (
        "import logging, sys; from routeiq.core.logging import configure_logging, plugin_logger;"
        "assert not logging.getLogger().handlers; plugin_logger('a').info('x');"
        "configure_logging(json=True); plugin_logger('a').info('x'); assert 'structlog' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr.count("\n") == 1


def test_a_named_instance_logs_below_its_plugin(caplog):
    with caplog.at_level("INFO", logger="routeiq.plugin.rate-limit"):
        plugin_logger("rate-limit#free").info("hit")
    [record] = caplog.records
    assert (record.name, record.msg.fields["plugin"]) == ("routeiq.plugin.rate-limit.free", "rate-limit#free")
