"""Everything that an agent says in a document, and what cannot be seen of it."""

import pytest

from routeiq.adapters.a2a.answers import Binding
from routeiq.adapters.a2a.errors import AgentError
from routeiq.adapters.a2a.forms import Form
from routeiq.adapters.a2a.incoming import Asked
from routeiq.adapters.a2a.judge import Document
from routeiq.adapters.a2a.operations import rpc_operation

from .conftest import TASK, reply, result, rpc, seeing


def asked(is_rpc, method="GetTask"):
    return Asked(rpc_operation(method)[0], Form.CURRENT, Binding(is_rpc), None)


def test_a_document_is_what_became_of_it():
    for is_rpc, written in (True, result(TASK)), (False, dict(TASK)):
        document = Document(written, asked(is_rpc))
        document.check()
        document.found[0].replace({"id": "u"})
        assert document.value == (result({"id": "u"}) if is_rpc else {"id": "u"})


@pytest.mark.parametrize(
    "written", [result(None), {"id": 7}, {**result(TASK), "RESULT": {}}, {**result(TASK), "Error": 1}]
)
def test_a_response_that_may_be_read_otherwise_is_none(written):
    with pytest.raises(AgentError):
        Document(written, asked(True)).check()


def test_what_an_unknown_method_brings_need_not_be_an_answer():
    document = Document(result("text"), asked(True, "Invent"))
    document.check()
    assert document.found == []


async def test_nothing_is_written_anew_that_nobody_saw(ask, agents):
    body = b'{"result" : {"url": "https://x"}}'
    agents.replies.append(reply(body))
    got = await ask(rpc("GetTaskPushNotificationConfig", id="t"), *seeing([]))
    assert got.answer.body == body
