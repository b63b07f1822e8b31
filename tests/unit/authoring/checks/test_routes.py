from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from routeiq.authoring.checks.routes import requests_of


async def answer(request: Request) -> Response:
    return Response()


async def talk(websocket: WebSocket) -> None:
    await websocket.close()


def test_each_method_is_asked_with_something_for_each_parameter() -> None:
    below = Route("/{day:uuid}/{rest:path}", answer)
    routes = [
        Route("/a/{n:int}/{x}", answer, methods=["POST"]),
        Mount("/m/{price:float}", routes=[below]),
        WebSocketRoute("/talk", talk),
    ]
    deep = "/m/1.5/00000000-0000-4000-8000-000000000000/a/b"
    assert list(requests_of(routes)) == [("POST", "/a/7/x"), ("GET", deep), ("HEAD", deep)]
