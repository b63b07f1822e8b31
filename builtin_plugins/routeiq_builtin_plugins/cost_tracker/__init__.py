"""The plugin `cost-tracker`: counts what calls cost, and refuses those beyond a budget.

What a call may cost is reserved before it is made, and corrected to what it did cost when it has ended: of a stream
too, and of one that its reader left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import (
    Adaptation,
    Deployment,
    GatewayPlugin,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Reject,
    StorageUnavailable,
    Usage,
    hookimpl,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..calls import expected_tokens
from .accounts import Account
from .charges import Charge, charge_of, names_of, today, told, unknown_charge
from .config import Config
from .notes import CallNotes, notes_of
from .price_file import InvalidPrices, PriceFile
from .prices import PriceTable, dollars, nano_dollars
from .refusals import beyond_budget, out_of_order, unpriced
from .reservations import Expense, Reserved, reserve, settle
from .thresholds import Thresholds
from .totals import Totals
from .usage_page import usage_document

WRITES_EVERY: Final = 1.0
"""Seconds between two writings of the sums."""
LOOKS_EVERY: Final = 30.0
"""Seconds between two looks at the file of prices."""


def adapt(config: Config) -> Adaptation:
    """Return that nothing is asked before a call where nothing could refuse it."""
    asks = bool(config.budgets) or config.unpriced == "refuse"
    return Adaptation(unused_hooks=() if asks else ("llm_pre_call",))


metadata: Final = PluginMetadata(
    name="cost-tracker",
    description="Counts what calls cost, and refuses those beyond a budget.",
    capabilities={PluginCapability.MIDDLEWARE, PluginCapability.OBSERVABILITY_EXPORTER, PluginCapability.ROUTES},
    config_schema=Config,
    adapt=adapt,
    enabled_by_default=False,
    priority=210,
    gateway_compat=">=0.1,<1",
)


class CostTracker(GatewayPlugin):
    """Keeps the table of prices, and the sums that are not written yet."""

    metadata = metadata

    def __init__(self) -> None:
        self._file: PriceFile | None = None
        self._table = PriceTable(())
        self._totals = Totals()
        self._thresholds = Thresholds()
        self._unpriced: set[str] = set()

    # Life

    @hookimpl.startup
    async def startup(self, context: PluginContext) -> None:
        """Read the prices. Raises InvalidPrices."""
        await self._read(context.config)
        context.every(WRITES_EVERY, self._write)
        context.every(LOOKS_EVERY, self._look)

    @hookimpl.shutdown
    async def shutdown(self, context: PluginContext) -> None:
        """Write the sums that wait."""
        await self._write(context)

    @hookimpl.config_changed
    async def config_changed(self, new: Config) -> None:
        """Read the prices of a new configuration. Raises InvalidPrices, which refuses it."""
        await self._read(new)

    @hookimpl.register_routes
    def register_routes(self, context: PluginContext) -> Sequence[Any]:
        """Let clients read what they have used."""
        path: str = context.config.usage_path
        return [Route(path, self._usage, methods=["GET"])] if path else []

    # Calls

    @hookimpl.llm_pre_call(trylast=True)
    async def llm_pre_call(
        self,
        call: LLMCall,
        model: str,
        messages: Sequence[Mapping[str, Any]],
        kwargs: Mapping[str, Any],
        context: PluginContext,
    ) -> None:
        """Reserve what the call may cost, last: what others answer or refuse costs nothing. Raises Reject."""
        config: Config = context.config
        names = names_of(call, model, None)
        price = self._table.price(names, today())
        if price is None and config.unpriced == "refuse":
            raise unpriced(call.model)
        if not config.budgets:
            return
        tokens = expected_tokens(messages, kwargs, config.reserve_tokens)
        nano = nano_dollars(config.reserve_usd)
        if price is not None:
            nano = price.cost(Usage(tokens.prompt, tokens.answer, tokens.total))
        account = Account.of(call, kwargs, config.tenant)
        notes_of(call.shared, context.plugin).of(call.id).reserved = await self._reserve(
            account, Expense(nano, tokens.total), context
        )

    @hookimpl.post_routing
    def post_routing(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> None:
        """Note where the call is made: prices may go by the provider's name of the model."""
        notes_of(call.shared, context.plugin).of(call.id).deployment = deployment

    @hookimpl.llm_success
    async def llm_success(
        self, call: LLMCall, model: str, response: LLMResponse, kwargs: Mapping[str, Any], context: PluginContext
    ) -> None:
        """Charge what was used, of a stream that was left what had come of it."""
        notes = notes_of(call.shared, context.plugin).take(call.id)
        names = names_of(call, model, notes.deployment)
        charge = charge_of(call, response, names, self._table, notes.reserved)
        if charge.source == "none":
            self._tell_unpriced(call.model, context)
        await self._charge(call, kwargs, notes, charge, context)

    @hookimpl.llm_failure
    async def llm_failure(
        self, call: LLMCall, exception: BaseException, kwargs: Mapping[str, Any], context: PluginContext
    ) -> None:
        """Give back what was reserved, unless the model may have worked: an answer was refused, or nobody waited."""
        notes = notes_of(call.shared, context.plugin).take(call.id)
        worked = call.attempts > 0 and (isinstance(exception, Reject) or not isinstance(exception, Exception))
        if worked:
            await self._charge(call, kwargs, notes, unknown_charge(notes.reserved), context)
        else:
            await self._settle(notes.reserved, Expense(0, 0), context)

    async def _reserve(self, account: Account, expected: Expense, context: PluginContext) -> Reserved:
        config: Config = context.config
        try:
            reserved, refused = await reserve(context.storage, config.budgets, account, expected, time.time())
        except StorageUnavailable as error:
            _count_outage(context)
            if config.on_outage == "allow":
                return Reserved()
            raise out_of_order() from error
        if refused is None:
            await self._warn(reserved, account, context)
            return reserved
        counted = context.metrics.counter("refused", "Calls that were refused, by the budget that did.", ["budget"])
        counted.inc(budget=refused.budget.name)
        raise beyond_budget(refused, expected, config.status_code)

    async def _warn(self, reserved: Reserved, account: Account, context: PluginContext) -> None:
        try:
            due = await self._thresholds.due(reserved.held, account, context.storage)
        except StorageUnavailable:
            _count_outage(context)
            return
        for data in due:
            context.events.emit("cost-tracker.budget.warned", data)
            context.logger.warning("a budget is nearly used up", **data)

    async def _charge(
        self, call: LLMCall, kwargs: Mapping[str, Any], notes: CallNotes, charge: Charge, context: PluginContext
    ) -> None:
        account = Account.of(call, kwargs, context.config.tenant)
        self._totals.add(account.key, charge.usage, charge.expense.nano, time.time())
        spent = context.metrics.counter("dollars", "What calls have cost, by whose price.", ["model", "source"])
        spent.inc(dollars(charge.expense.nano), model=call.model, source=charge.source)
        if charge.usage is not None:
            tokens = context.metrics.counter("tokens", "Tokens of calls.", ["model", "kind"])
            tokens.inc(charge.usage.prompt_tokens, model=call.model, kind="input")
            tokens.inc(charge.usage.completion_tokens, model=call.model, kind="output")
        context.events.emit("cost-tracker.charged", told(call, account, charge))
        await self._settle(notes.reserved, charge.expense, context)

    async def _settle(self, reserved: Reserved, used: Expense, context: PluginContext) -> None:
        try:
            await settle(context.storage, reserved, used)
        except StorageUnavailable:
            _count_outage(context)

    def _tell_unpriced(self, model: str, context: PluginContext) -> None:
        if model not in self._unpriced and len(self._unpriced) < 1000:
            self._unpriced.add(model)
            context.logger.warning("a model has no price, and counts as costing nothing", model=model)

    # Prices, sums and the page

    async def _read(self, config: Config) -> None:
        file = PriceFile(config.prices_file) if config.prices_file is not None else None
        further = await asyncio.to_thread(file.changed) if file is not None else None
        self._file, self._table = file, PriceTable((*config.prices, *(further or ())))

    async def _look(self, context: PluginContext) -> None:
        """Read the file of prices again if it has changed; a wrong one leaves the prices as they are."""
        if self._file is None:
            return
        try:
            further = await asyncio.to_thread(self._file.changed)
        except InvalidPrices as error:
            context.logger.warning("prices stay as they were", reason=str(error))
            return
        if further is not None:
            self._table = PriceTable((*context.config.prices, *further))
            context.logger.info("prices are read anew", prices=len(further))

    async def _write(self, context: PluginContext) -> None:
        try:
            await self._totals.write(context.storage)
        except StorageUnavailable:
            _count_outage(context)

    async def _usage(self, request: Request) -> Response:
        # Where the host is no gateway of ours, nobody is known here.
        exchange = request.scope.get("routeiq")
        principal = exchange.request.principal if exchange is not None else None
        if principal is None:
            return _error(401, "This needs authentication.", "unauthenticated", {"www-authenticate": "Bearer"})
        try:
            await self._totals.write(self.context.storage)
            document = await usage_document(principal, self.config, self.context.storage)
        except StorageUnavailable:
            return _error(503, "What was used cannot be read now: try again later.", "usage_unavailable", {})
        return JSONResponse(document, headers={"cache-control": "no-store"})


def _error(status_code: int, message: str, code: str, headers: dict[str, str]) -> Response:
    kind = "authentication_error" if status_code == 401 else "server_error"
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code, headers)


def _count_outage(context: PluginContext) -> None:
    context.metrics.counter("outages", "Times that the storage of the budgets could not be reached.").inc()
