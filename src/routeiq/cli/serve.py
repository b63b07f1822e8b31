"""`routeiq serve`: runs the gateway."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from .found import ConfigOption, load_settings
from .output import USED_WRONGLY, fail, failures_told

if TYPE_CHECKING:
    from routeiq.gateway.settings import GatewaySettings


def serve(
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="Address to listen at; 0.0.0.0 for all. By default 127.0.0.1."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port to listen at; 0 for any that is free. By default 4000.")
    ] = None,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Processes that serve. By default 1.")] = None,
    config: ConfigOption = None,
    litellm_proxy: Annotated[
        bool,
        typer.Option(
            "--litellm-proxy",
            help="Serve LiteLLM's Proxy, configured by --config, with plugins around its APIs. Needs litellm[proxy].",
        ),
    ] = False,
) -> None:
    """Run the gateway until it gets SIGTERM or Ctrl-C; running requests and streams are finished then.

    Without a settings file it serves the embedded model `echo`, with no key and no network. Options come before the
    settings file.

    Examples:
      routeiq serve
      routeiq serve --config routeiq.yaml --host 0.0.0.0 --workers 4
      routeiq serve --litellm-proxy --config litellm.yaml

    A settings file, in LiteLLM's form:
      model_list:
        - model_name: fast
          litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/OPENAI_API_KEY}
    """
    from routeiq.core.errors import ConfigurationError
    from routeiq.core.logging import configure_logging

    with failures_told():
        configure_logging()
        loaded = load_settings(config, litellm_proxy=litellm_proxy)
        options = {"host": host, "port": port, "workers": workers}

        def refresh() -> GatewaySettings:
            return load_settings(config, litellm_proxy=litellm_proxy).with_server(**options)

        try:
            settings = loaded.with_server(**options)
        except ConfigurationError as error:
            fail(str(error), USED_WRONGLY)
        timeout = settings.manager_settings(os.environ).startup_timeout
        from routeiq.gateway.server import run

        run(settings, timeout, application="routeiq.admin:application", refresh=refresh)
