"""`jwt-auth` in a gateway that is served, with the keys of an issuer on a loopback socket."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import yaml
from tests.fakes.gateway_process import running
from tests.fakes.issuer import ISSUER, Issuer

pytestmark = pytest.mark.processes

ONE = Issuer()


@pytest.fixture(scope="module")
def keys():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(ONE.jwks()).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/keys"
    server.shutdown()
    thread.join()
    server.server_close()


def gateway(folder, jwks_url, **settings):
    (folder / "config" / "plugins").mkdir(parents=True)
    config = {"issuer": ISSUER, "audience": ["routeiq"], "jwks_url": jwks_url, "models_claim": "models"}
    (folder / "config" / "plugins" / "jwt-auth.yaml").write_text(yaml.safe_dump(config))
    plugins = {"jwt-auth": {"enabled": True}}
    return running(folder, {}, {"plugins": plugins, "storage": "memory", **settings})


def ask(one, token=None, model="echo"):
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    body = {"model": model, "messages": [{"role": "user", "content": "hello"}]}
    answer = httpx.post(f"{one.url}/v1/chat/completions", headers=headers, json=body, timeout=30)
    return answer.status_code, answer.json().get("error", {}).get("code")


def test_tokens_of_the_issuer_are_served_and_others_are_not(tmp_path, keys):
    with gateway(tmp_path, keys, outbound={"allow": ["127.0.0.1"]}) as one:
        assert ask(one, ONE.token(models=["echo"])) == (200, None)
        assert ask(one, ONE.token(algorithm="ES256", models="echo")) == (200, None)
        assert ask(one, ONE.token()) == (403, "model_not_allowed")
        assert ask(one, ONE.token(exp=1)) == (401, "invalid_token")
        assert ask(one, Issuer().token(models=["echo"])) == (401, "invalid_token")
        assert ask(one, ONE.token(iss="https://other.example/")) == (401, "unauthenticated")
        assert ask(one, "a-key") == ask(one) == (401, "unauthenticated")
        assert 'routeiq_plugin_jwt_auth_tokens_total{outcome="valid"} 3' in httpx.get(f"{one.url}/metrics").text
        assert ONE.token(exp=1).split(".")[2] not in one.log


def test_keys_where_plugins_may_not_go_are_not_fetched(tmp_path, keys):
    with gateway(tmp_path, keys) as one:
        assert ask(one, ONE.token(models=["echo"])) == (503, "keys_unavailable")
