"""`LiteLLMAdapter`: puts the plugins of a manager to work in LiteLLM, wherever its calls are made."""

from __future__ import annotations

import threading

from routeiq.core.logging import current_activity
from routeiq.core.manager import PluginManager
from routeiq.core.plans import Plans
from routeiq.transport.guarded import GuardedHTTP

from .caller_thread import HookThread
from .calls import LAYERS
from .interception import Interception
from .plugin_calls import LiteLLMModels

_installing = threading.Lock()


class LiteLLMAdapter:
    """Runs the routing and LLM phases of a manager's plugins around the calls of LiteLLM's SDK and Router.

    ```python
    LiteLLMAdapter(manager).install()
    ```

    Each phase fires once for each logical call, synchronous or not, streamed or not. Several adapters may be installed
    side by side; each call passes through them in the order of their installation.

    Attributes:
        manager: Whose plugins they are.
        hooks: The thread in which hooks of synchronous calls run.
    """

    def __init__(self, manager: PluginManager) -> None:
        """Make an adapter; nothing changes until `install`."""
        self.manager = manager
        self.hooks = HookThread()
        self._installed: Interception | None = None
        self._started_manager = False

    def install(self) -> None:
        """Lead LiteLLM's calls through the plugins. Harmless if that is so already.

        A manager that is not running is started, in a thread of the adapter's, and stopped again by `uninstall`: a
        script needs nothing else. A program with an event loop of its own starts the manager there
        (`async with manager:`), so that plugins' connections belong to that loop.

        Raises:
            StartupError: if a plugin whose failure mode is `abort` does not start.
        """
        if self._installed is not None:
            return
        self.manager.attach(LAYERS, http=GuardedHTTP(), models=LiteLLMModels(self))
        if not self.manager.running:
            self.hooks.run(self.manager.start())
            self._started_manager = True
        with _installing:
            interception = Interception.current()
            interception.add(self)
        self._installed = interception

    def uninstall(self) -> None:
        """Leave LiteLLM as it was. Harmless if the adapter is not installed; calls under way go on to their end."""
        if self._installed is None:
            return
        with _installing:
            self._installed.remove(self)
        self._installed = None
        if self._started_manager:
            self.hooks.run(self.manager.stop())
            self._started_manager = False
        if not self.hooks.is_current:
            self.hooks.close(self.manager.leave_loop)

    def plans(self) -> Plans:
        """Return the plans for a call that begins now: those of its request, if it belongs to one."""
        return self.manager.plans_of(current_activity.get())
