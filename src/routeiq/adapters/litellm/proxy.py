"""LiteLLM's Proxy as an application."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def proxy_application(config: Path | None) -> Any:
    """Return LiteLLM's own ASGI application, told where its configuration is. Importing it takes seconds.

    There is one for each process: LiteLLM keeps its state in modules.

    Raises:
        ImportError: if LiteLLM is installed without `litellm[proxy]`.
    """
    if config is not None:
        os.environ["CONFIG_FILE_PATH"] = str(config.resolve())  # where the Proxy looks for it, at its start
    from litellm.proxy.proxy_server import app

    return app
