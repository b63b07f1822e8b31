"""What type checkers know of `@hookimpl`.

Generated from the hook specifications by tools/generate_typing.py: change those, and run it again.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, overload

from .context import PluginContext
from .llm import Messages, Parameters
from .routing import AttemptDecision
from .strategies import RoutingStrategy
from .types.llm import Deployment, LLMCall, LLMResponse, StreamChunk, WindowText
from .types.request import PluginRequest, Principal
from .types.response import PluginResponse, ResponseMetadata
from .types.tools import EvaluationPolicy, EvaluationResult, Invocation, RemoteCall

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Result = TypeVar("_Result", covariant=True)
_Generator: TypeAlias = Generator[Any, Any, Any] | AsyncGenerator[Any, Any]

class _Takes0(Protocol[_Result]):
    def __call__(_self, *, self: Any, app: Any, context: PluginContext) -> _Result: ...
class _Takes1(Protocol[_Result]):
    def __call__(_self, *, self: Any, app: Any) -> _Result: ...
class _Takes2(Protocol[_Result]):
    def __call__(_self, *, self: Any, context: PluginContext) -> _Result: ...
class _Takes3(Protocol[_Result]):
    def __call__(_self, *, app: Any, context: PluginContext) -> _Result: ...
class _Takes4(Protocol[_Result]):
    def __call__(_self, *, self: Any) -> _Result: ...
class _Takes5(Protocol[_Result]):
    def __call__(_self, *, app: Any) -> _Result: ...
class _Takes6(Protocol[_Result]):
    def __call__(_self, *, context: PluginContext) -> _Result: ...
class _Takes7(Protocol[_Result]):
    def __call__(_self) -> _Result: ...
class _Takes8(Protocol[_Result]):
    def __call__(_self, *, self: Any, old: Any, new: Any, context: PluginContext) -> _Result: ...
class _Takes9(Protocol[_Result]):
    def __call__(_self, *, self: Any, old: Any, new: Any) -> _Result: ...
class _Takes10(Protocol[_Result]):
    def __call__(_self, *, self: Any, old: Any, context: PluginContext) -> _Result: ...
class _Takes11(Protocol[_Result]):
    def __call__(_self, *, self: Any, new: Any, context: PluginContext) -> _Result: ...
class _Takes12(Protocol[_Result]):
    def __call__(_self, *, old: Any, new: Any, context: PluginContext) -> _Result: ...
class _Takes13(Protocol[_Result]):
    def __call__(_self, *, self: Any, old: Any) -> _Result: ...
class _Takes14(Protocol[_Result]):
    def __call__(_self, *, self: Any, new: Any) -> _Result: ...
class _Takes15(Protocol[_Result]):
    def __call__(_self, *, old: Any, new: Any) -> _Result: ...
class _Takes16(Protocol[_Result]):
    def __call__(_self, *, old: Any, context: PluginContext) -> _Result: ...
class _Takes17(Protocol[_Result]):
    def __call__(_self, *, new: Any, context: PluginContext) -> _Result: ...
class _Takes18(Protocol[_Result]):
    def __call__(_self, *, old: Any) -> _Result: ...
class _Takes19(Protocol[_Result]):
    def __call__(_self, *, new: Any) -> _Result: ...
class _Takes20(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, context: PluginContext) -> _Result: ...
class _Takes21(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest) -> _Result: ...
class _Takes22(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, context: PluginContext) -> _Result: ...
class _Takes23(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest) -> _Result: ...
class _Takes24(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, body: bytes, context: PluginContext) -> _Result: ...
class _Takes25(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, body: bytes) -> _Result: ...
class _Takes26(Protocol[_Result]):
    def __call__(_self, *, self: Any, body: bytes, context: PluginContext) -> _Result: ...
class _Takes27(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, body: bytes, context: PluginContext) -> _Result: ...
class _Takes28(Protocol[_Result]):
    def __call__(_self, *, self: Any, body: bytes) -> _Result: ...
class _Takes29(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, body: bytes) -> _Result: ...
class _Takes30(Protocol[_Result]):
    def __call__(_self, *, body: bytes, context: PluginContext) -> _Result: ...
class _Takes31(Protocol[_Result]):
    def __call__(_self, *, body: bytes) -> _Result: ...
class _Takes32(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes33(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes34(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes35(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes36(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes37(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes38(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, chunk: bytes) -> _Result: ...
class _Takes39(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, is_final: bool) -> _Result: ...
class _Takes40(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes41(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes42(Protocol[_Result]):
    def __call__(_self, *, self: Any, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes43(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes44(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes45(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes46(Protocol[_Result]):
    def __call__(_self, *, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes47(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: bytes) -> _Result: ...
class _Takes48(Protocol[_Result]):
    def __call__(_self, *, self: Any, is_final: bool) -> _Result: ...
class _Takes49(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, chunk: bytes) -> _Result: ...
class _Takes50(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, is_final: bool) -> _Result: ...
class _Takes51(Protocol[_Result]):
    def __call__(_self, *, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes52(Protocol[_Result]):
    def __call__(_self, *, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes53(Protocol[_Result]):
    def __call__(_self, *, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes54(Protocol[_Result]):
    def __call__(_self, *, chunk: bytes) -> _Result: ...
class _Takes55(Protocol[_Result]):
    def __call__(_self, *, is_final: bool) -> _Result: ...
class _Takes56(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes57(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, exception: Exception) -> _Result: ...
class _Takes58(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes59(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes60(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: Exception) -> _Result: ...
class _Takes61(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, exception: Exception) -> _Result: ...
class _Takes62(Protocol[_Result]):
    def __call__(_self, *, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes63(Protocol[_Result]):
    def __call__(_self, *, exception: Exception) -> _Result: ...
class _Takes64(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, context: PluginContext) -> _Result: ...
class _Takes65(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata) -> _Result: ...
class _Takes66(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, context: PluginContext) -> _Result: ...
class _Takes67(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, context: PluginContext) -> _Result: ...
class _Takes68(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata) -> _Result: ...
class _Takes69(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata) -> _Result: ...
class _Takes70(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, context: PluginContext) -> _Result: ...
class _Takes71(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata) -> _Result: ...
class _Takes72(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, body: bytes, context: PluginContext) -> _Result: ...
class _Takes73(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, body: bytes) -> _Result: ...
class _Takes74(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, body: bytes, context: PluginContext) -> _Result: ...
class _Takes75(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, body: bytes, context: PluginContext) -> _Result: ...
class _Takes76(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, body: bytes) -> _Result: ...
class _Takes77(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, body: bytes) -> _Result: ...
class _Takes78(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, body: bytes, context: PluginContext) -> _Result: ...
class _Takes79(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, body: bytes) -> _Result: ...
class _Takes80(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes81(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes82(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes83(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes84(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes85(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes86(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, chunk: bytes) -> _Result: ...
class _Takes87(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, response: ResponseMetadata, is_final: bool) -> _Result: ...
class _Takes88(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes89(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes90(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes91(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes92(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes93(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes94(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, chunk: bytes, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes95(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, chunk: bytes) -> _Result: ...
class _Takes96(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: ResponseMetadata, is_final: bool) -> _Result: ...
class _Takes97(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, chunk: bytes) -> _Result: ...
class _Takes98(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, response: ResponseMetadata, is_final: bool) -> _Result: ...
class _Takes99(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, chunk: bytes, is_final: bool) -> _Result: ...
class _Takes100(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, chunk: bytes, context: PluginContext) -> _Result: ...
class _Takes101(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes102(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, chunk: bytes) -> _Result: ...
class _Takes103(Protocol[_Result]):
    def __call__(_self, *, response: ResponseMetadata, is_final: bool) -> _Result: ...
class _Takes104(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, message: str | bytes, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes105(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, message: str | bytes, from_client: bool) -> _Result: ...
class _Takes106(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, message: str | bytes, context: PluginContext) -> _Result: ...
class _Takes107(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes108(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: str | bytes, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes109(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, message: str | bytes, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes110(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, message: str | bytes) -> _Result: ...
class _Takes111(Protocol[_Result]):
    def __call__(_self, *, self: Any, request: PluginRequest, from_client: bool) -> _Result: ...
class _Takes112(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: str | bytes, from_client: bool) -> _Result: ...
class _Takes113(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: str | bytes, context: PluginContext) -> _Result: ...
class _Takes114(Protocol[_Result]):
    def __call__(_self, *, self: Any, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes115(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, message: str | bytes, from_client: bool) -> _Result: ...
class _Takes116(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, message: str | bytes, context: PluginContext) -> _Result: ...
class _Takes117(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes118(Protocol[_Result]):
    def __call__(_self, *, message: str | bytes, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes119(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: str | bytes) -> _Result: ...
class _Takes120(Protocol[_Result]):
    def __call__(_self, *, self: Any, from_client: bool) -> _Result: ...
class _Takes121(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, message: str | bytes) -> _Result: ...
class _Takes122(Protocol[_Result]):
    def __call__(_self, *, request: PluginRequest, from_client: bool) -> _Result: ...
class _Takes123(Protocol[_Result]):
    def __call__(_self, *, message: str | bytes, from_client: bool) -> _Result: ...
class _Takes124(Protocol[_Result]):
    def __call__(_self, *, message: str | bytes, context: PluginContext) -> _Result: ...
class _Takes125(Protocol[_Result]):
    def __call__(_self, *, from_client: bool, context: PluginContext) -> _Result: ...
class _Takes126(Protocol[_Result]):
    def __call__(_self, *, message: str | bytes) -> _Result: ...
class _Takes127(Protocol[_Result]):
    def __call__(_self, *, from_client: bool) -> _Result: ...
class _Takes128(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, models: Sequence[Deployment], context: PluginContext) -> _Result: ...
class _Takes129(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, models: Sequence[Deployment]) -> _Result: ...
class _Takes130(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, context: PluginContext) -> _Result: ...
class _Takes131(Protocol[_Result]):
    def __call__(_self, *, self: Any, models: Sequence[Deployment], context: PluginContext) -> _Result: ...
class _Takes132(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, models: Sequence[Deployment], context: PluginContext) -> _Result: ...
class _Takes133(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall) -> _Result: ...
class _Takes134(Protocol[_Result]):
    def __call__(_self, *, self: Any, models: Sequence[Deployment]) -> _Result: ...
class _Takes135(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, models: Sequence[Deployment]) -> _Result: ...
class _Takes136(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, context: PluginContext) -> _Result: ...
class _Takes137(Protocol[_Result]):
    def __call__(_self, *, models: Sequence[Deployment], context: PluginContext) -> _Result: ...
class _Takes138(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall) -> _Result: ...
class _Takes139(Protocol[_Result]):
    def __call__(_self, *, models: Sequence[Deployment]) -> _Result: ...
class _Takes140(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, context: PluginContext) -> _Result: ...
class _Takes141(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment) -> _Result: ...
class _Takes142(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, context: PluginContext) -> _Result: ...
class _Takes143(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, context: PluginContext) -> _Result: ...
class _Takes144(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment) -> _Result: ...
class _Takes145(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment) -> _Result: ...
class _Takes146(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, context: PluginContext) -> _Result: ...
class _Takes147(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment) -> _Result: ...
class _Takes148(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes149(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, exception: Exception, attempt: int) -> _Result: ...
class _Takes150(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes151(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, attempt: int, context: PluginContext) -> _Result: ...
class _Takes152(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes153(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes154(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes155(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, exception: Exception) -> _Result: ...
class _Takes156(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, deployment: Deployment, attempt: int) -> _Result: ...
class _Takes157(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: Exception, attempt: int) -> _Result: ...
class _Takes158(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes159(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, attempt: int, context: PluginContext) -> _Result: ...
class _Takes160(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, exception: Exception, attempt: int) -> _Result: ...
class _Takes161(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes162(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, attempt: int, context: PluginContext) -> _Result: ...
class _Takes163(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes164(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, exception: Exception, attempt: int) -> _Result: ...
class _Takes165(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes166(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, attempt: int, context: PluginContext) -> _Result: ...
class _Takes167(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes168(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes169(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: Exception) -> _Result: ...
class _Takes170(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, attempt: int) -> _Result: ...
class _Takes171(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, exception: Exception) -> _Result: ...
class _Takes172(Protocol[_Result]):
    def __call__(_self, *, self: Any, deployment: Deployment, attempt: int) -> _Result: ...
class _Takes173(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: Exception, attempt: int) -> _Result: ...
class _Takes174(Protocol[_Result]):
    def __call__(_self, *, self: Any, attempt: int, context: PluginContext) -> _Result: ...
class _Takes175(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, exception: Exception) -> _Result: ...
class _Takes176(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, deployment: Deployment, attempt: int) -> _Result: ...
class _Takes177(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: Exception, attempt: int) -> _Result: ...
class _Takes178(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes179(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, attempt: int, context: PluginContext) -> _Result: ...
class _Takes180(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, exception: Exception, attempt: int) -> _Result: ...
class _Takes181(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, exception: Exception, context: PluginContext) -> _Result: ...
class _Takes182(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, attempt: int, context: PluginContext) -> _Result: ...
class _Takes183(Protocol[_Result]):
    def __call__(_self, *, exception: Exception, attempt: int, context: PluginContext) -> _Result: ...
class _Takes184(Protocol[_Result]):
    def __call__(_self, *, self: Any, attempt: int) -> _Result: ...
class _Takes185(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: Exception) -> _Result: ...
class _Takes186(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, attempt: int) -> _Result: ...
class _Takes187(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, exception: Exception) -> _Result: ...
class _Takes188(Protocol[_Result]):
    def __call__(_self, *, deployment: Deployment, attempt: int) -> _Result: ...
class _Takes189(Protocol[_Result]):
    def __call__(_self, *, exception: Exception, attempt: int) -> _Result: ...
class _Takes190(Protocol[_Result]):
    def __call__(_self, *, attempt: int, context: PluginContext) -> _Result: ...
class _Takes191(Protocol[_Result]):
    def __call__(_self, *, attempt: int) -> _Result: ...
class _Takes192(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes193(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes194(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes195(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes196(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes197(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes198(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes199(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, messages: Messages) -> _Result: ...
class _Takes200(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, kwargs: Parameters) -> _Result: ...
class _Takes201(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, context: PluginContext) -> _Result: ...
class _Takes202(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes203(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes204(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes205(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes206(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes207(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes208(Protocol[_Result]):
    def __call__(_self, *, self: Any, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes209(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes210(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes211(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes212(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes213(Protocol[_Result]):
    def __call__(_self, *, model: str, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes214(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str) -> _Result: ...
class _Takes215(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, messages: Messages) -> _Result: ...
class _Takes216(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, kwargs: Parameters) -> _Result: ...
class _Takes217(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, messages: Messages) -> _Result: ...
class _Takes218(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, kwargs: Parameters) -> _Result: ...
class _Takes219(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, context: PluginContext) -> _Result: ...
class _Takes220(Protocol[_Result]):
    def __call__(_self, *, self: Any, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes221(Protocol[_Result]):
    def __call__(_self, *, self: Any, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes222(Protocol[_Result]):
    def __call__(_self, *, self: Any, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes223(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, messages: Messages) -> _Result: ...
class _Takes224(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, kwargs: Parameters) -> _Result: ...
class _Takes225(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, context: PluginContext) -> _Result: ...
class _Takes226(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes227(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes228(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes229(Protocol[_Result]):
    def __call__(_self, *, model: str, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes230(Protocol[_Result]):
    def __call__(_self, *, model: str, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes231(Protocol[_Result]):
    def __call__(_self, *, model: str, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes232(Protocol[_Result]):
    def __call__(_self, *, messages: Messages, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes233(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str) -> _Result: ...
class _Takes234(Protocol[_Result]):
    def __call__(_self, *, self: Any, messages: Messages) -> _Result: ...
class _Takes235(Protocol[_Result]):
    def __call__(_self, *, self: Any, kwargs: Parameters) -> _Result: ...
class _Takes236(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str) -> _Result: ...
class _Takes237(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, messages: Messages) -> _Result: ...
class _Takes238(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, kwargs: Parameters) -> _Result: ...
class _Takes239(Protocol[_Result]):
    def __call__(_self, *, model: str, messages: Messages) -> _Result: ...
class _Takes240(Protocol[_Result]):
    def __call__(_self, *, model: str, kwargs: Parameters) -> _Result: ...
class _Takes241(Protocol[_Result]):
    def __call__(_self, *, model: str, context: PluginContext) -> _Result: ...
class _Takes242(Protocol[_Result]):
    def __call__(_self, *, messages: Messages, kwargs: Parameters) -> _Result: ...
class _Takes243(Protocol[_Result]):
    def __call__(_self, *, messages: Messages, context: PluginContext) -> _Result: ...
class _Takes244(Protocol[_Result]):
    def __call__(_self, *, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes245(Protocol[_Result]):
    def __call__(_self, *, model: str) -> _Result: ...
class _Takes246(Protocol[_Result]):
    def __call__(_self, *, messages: Messages) -> _Result: ...
class _Takes247(Protocol[_Result]):
    def __call__(_self, *, kwargs: Parameters) -> _Result: ...
class _Takes248(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes249(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes250(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes251(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes252(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes253(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes254(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes255(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes256(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes257(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes258(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes259(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes260(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes261(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes262(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes263(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes264(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes265(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes266(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes267(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes268(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes269(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes270(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes271(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes272(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes273(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes274(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes275(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes276(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, chunk: StreamChunk) -> _Result: ...
class _Takes277(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, is_final: bool) -> _Result: ...
class _Takes278(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes279(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes280(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes281(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes282(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes283(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes284(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes285(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes286(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes287(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes288(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes289(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes290(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes291(Protocol[_Result]):
    def __call__(_self, *, self: Any, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes292(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes293(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes294(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes295(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes296(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes297(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes298(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes299(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes300(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes301(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes302(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes303(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes304(Protocol[_Result]):
    def __call__(_self, *, model: str, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes305(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes306(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, chunk: StreamChunk) -> _Result: ...
class _Takes307(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, is_final: bool) -> _Result: ...
class _Takes308(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, chunk: StreamChunk) -> _Result: ...
class _Takes309(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, is_final: bool) -> _Result: ...
class _Takes310(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes311(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes312(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes313(Protocol[_Result]):
    def __call__(_self, *, self: Any, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes314(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, chunk: StreamChunk) -> _Result: ...
class _Takes315(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, is_final: bool) -> _Result: ...
class _Takes316(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes317(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes318(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes319(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes320(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes321(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes322(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes323(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes324(Protocol[_Result]):
    def __call__(_self, *, model: str, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes325(Protocol[_Result]):
    def __call__(_self, *, model: str, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes326(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes327(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes328(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes329(Protocol[_Result]):
    def __call__(_self, *, kwargs: Parameters, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes330(Protocol[_Result]):
    def __call__(_self, *, self: Any, chunk: StreamChunk) -> _Result: ...
class _Takes331(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, chunk: StreamChunk) -> _Result: ...
class _Takes332(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, is_final: bool) -> _Result: ...
class _Takes333(Protocol[_Result]):
    def __call__(_self, *, model: str, chunk: StreamChunk) -> _Result: ...
class _Takes334(Protocol[_Result]):
    def __call__(_self, *, model: str, is_final: bool) -> _Result: ...
class _Takes335(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, kwargs: Parameters) -> _Result: ...
class _Takes336(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, is_final: bool) -> _Result: ...
class _Takes337(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk, context: PluginContext) -> _Result: ...
class _Takes338(Protocol[_Result]):
    def __call__(_self, *, kwargs: Parameters, is_final: bool) -> _Result: ...
class _Takes339(Protocol[_Result]):
    def __call__(_self, *, chunk: StreamChunk) -> _Result: ...
class _Takes340(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes341(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, window: WindowText, is_final: bool) -> _Result: ...
class _Takes342(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, window: WindowText, context: PluginContext) -> _Result: ...
class _Takes343(Protocol[_Result]):
    def __call__(_self, *, self: Any, window: WindowText, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes344(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes345(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, window: WindowText) -> _Result: ...
class _Takes346(Protocol[_Result]):
    def __call__(_self, *, self: Any, window: WindowText, is_final: bool) -> _Result: ...
class _Takes347(Protocol[_Result]):
    def __call__(_self, *, self: Any, window: WindowText, context: PluginContext) -> _Result: ...
class _Takes348(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, window: WindowText, is_final: bool) -> _Result: ...
class _Takes349(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, window: WindowText, context: PluginContext) -> _Result: ...
class _Takes350(Protocol[_Result]):
    def __call__(_self, *, window: WindowText, is_final: bool, context: PluginContext) -> _Result: ...
class _Takes351(Protocol[_Result]):
    def __call__(_self, *, self: Any, window: WindowText) -> _Result: ...
class _Takes352(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, window: WindowText) -> _Result: ...
class _Takes353(Protocol[_Result]):
    def __call__(_self, *, window: WindowText, is_final: bool) -> _Result: ...
class _Takes354(Protocol[_Result]):
    def __call__(_self, *, window: WindowText, context: PluginContext) -> _Result: ...
class _Takes355(Protocol[_Result]):
    def __call__(_self, *, window: WindowText) -> _Result: ...
class _Takes356(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes357(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes358(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes359(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes360(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes361(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes362(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, response: LLMResponse) -> _Result: ...
class _Takes363(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes364(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes365(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes366(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes367(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes368(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes369(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes370(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes371(Protocol[_Result]):
    def __call__(_self, *, model: str, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes372(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, response: LLMResponse) -> _Result: ...
class _Takes373(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, response: LLMResponse) -> _Result: ...
class _Takes374(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes375(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes376(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, response: LLMResponse) -> _Result: ...
class _Takes377(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes378(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes379(Protocol[_Result]):
    def __call__(_self, *, model: str, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes380(Protocol[_Result]):
    def __call__(_self, *, model: str, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes381(Protocol[_Result]):
    def __call__(_self, *, response: LLMResponse, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes382(Protocol[_Result]):
    def __call__(_self, *, self: Any, response: LLMResponse) -> _Result: ...
class _Takes383(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, response: LLMResponse) -> _Result: ...
class _Takes384(Protocol[_Result]):
    def __call__(_self, *, model: str, response: LLMResponse) -> _Result: ...
class _Takes385(Protocol[_Result]):
    def __call__(_self, *, response: LLMResponse, kwargs: Parameters) -> _Result: ...
class _Takes386(Protocol[_Result]):
    def __call__(_self, *, response: LLMResponse, context: PluginContext) -> _Result: ...
class _Takes387(Protocol[_Result]):
    def __call__(_self, *, response: LLMResponse) -> _Result: ...
class _Takes388(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes389(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes390(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes391(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes392(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes393(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes394(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, model: str, exception: BaseException) -> _Result: ...
class _Takes395(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes396(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes397(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes398(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes399(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes400(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes401(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes402(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes403(Protocol[_Result]):
    def __call__(_self, *, model: str, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes404(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: LLMCall, exception: BaseException) -> _Result: ...
class _Takes405(Protocol[_Result]):
    def __call__(_self, *, self: Any, model: str, exception: BaseException) -> _Result: ...
class _Takes406(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes407(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes408(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, model: str, exception: BaseException) -> _Result: ...
class _Takes409(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes410(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes411(Protocol[_Result]):
    def __call__(_self, *, model: str, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes412(Protocol[_Result]):
    def __call__(_self, *, model: str, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes413(Protocol[_Result]):
    def __call__(_self, *, exception: BaseException, kwargs: Parameters, context: PluginContext) -> _Result: ...
class _Takes414(Protocol[_Result]):
    def __call__(_self, *, self: Any, exception: BaseException) -> _Result: ...
class _Takes415(Protocol[_Result]):
    def __call__(_self, *, call: LLMCall, exception: BaseException) -> _Result: ...
class _Takes416(Protocol[_Result]):
    def __call__(_self, *, model: str, exception: BaseException) -> _Result: ...
class _Takes417(Protocol[_Result]):
    def __call__(_self, *, exception: BaseException, kwargs: Parameters) -> _Result: ...
class _Takes418(Protocol[_Result]):
    def __call__(_self, *, exception: BaseException, context: PluginContext) -> _Result: ...
class _Takes419(Protocol[_Result]):
    def __call__(_self, *, exception: BaseException) -> _Result: ...
class _Takes420(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes421(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes422(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, context: PluginContext) -> _Result: ...
class _Takes423(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes424(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes425(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes426(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes427(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str) -> _Result: ...
class _Takes428(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes429(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, context: PluginContext) -> _Result: ...
class _Takes430(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes431(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, context: PluginContext) -> _Result: ...
class _Takes432(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes433(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes434(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, context: PluginContext) -> _Result: ...
class _Takes435(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes436(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes437(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes438(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, context: PluginContext) -> _Result: ...
class _Takes439(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes440(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes441(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes442(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str) -> _Result: ...
class _Takes443(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str) -> _Result: ...
class _Takes444(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes445(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, context: PluginContext) -> _Result: ...
class _Takes446(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str) -> _Result: ...
class _Takes447(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes448(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, context: PluginContext) -> _Result: ...
class _Takes449(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes450(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, context: PluginContext) -> _Result: ...
class _Takes451(Protocol[_Result]):
    def __call__(_self, *, self: Any, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes452(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str) -> _Result: ...
class _Takes453(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes454(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, context: PluginContext) -> _Result: ...
class _Takes455(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes456(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, context: PluginContext) -> _Result: ...
class _Takes457(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes458(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes459(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, context: PluginContext) -> _Result: ...
class _Takes460(Protocol[_Result]):
    def __call__(_self, *, server: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes461(Protocol[_Result]):
    def __call__(_self, *, tool: str, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes462(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall) -> _Result: ...
class _Takes463(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str) -> _Result: ...
class _Takes464(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str) -> _Result: ...
class _Takes465(Protocol[_Result]):
    def __call__(_self, *, self: Any, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes466(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str) -> _Result: ...
class _Takes467(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str) -> _Result: ...
class _Takes468(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes469(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, context: PluginContext) -> _Result: ...
class _Takes470(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str) -> _Result: ...
class _Takes471(Protocol[_Result]):
    def __call__(_self, *, server: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes472(Protocol[_Result]):
    def __call__(_self, *, server: str, context: PluginContext) -> _Result: ...
class _Takes473(Protocol[_Result]):
    def __call__(_self, *, tool: str, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes474(Protocol[_Result]):
    def __call__(_self, *, tool: str, context: PluginContext) -> _Result: ...
class _Takes475(Protocol[_Result]):
    def __call__(_self, *, arguments: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes476(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall) -> _Result: ...
class _Takes477(Protocol[_Result]):
    def __call__(_self, *, server: str) -> _Result: ...
class _Takes478(Protocol[_Result]):
    def __call__(_self, *, tool: str) -> _Result: ...
class _Takes479(Protocol[_Result]):
    def __call__(_self, *, arguments: Mapping[str, Any]) -> _Result: ...
class _Takes480(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes481(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes482(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes483(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes484(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes485(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes486(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes487(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes488(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes489(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes490(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes491(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes492(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes493(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes494(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes495(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes496(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes497(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes498(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes499(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes500(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes501(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes502(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, server: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes503(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes504(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes505(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes506(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes507(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes508(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes509(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes510(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes511(Protocol[_Result]):
    def __call__(_self, *, self: Any, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes512(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes513(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes514(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes515(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes516(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes517(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes518(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes519(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes520(Protocol[_Result]):
    def __call__(_self, *, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes521(Protocol[_Result]):
    def __call__(_self, *, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes522(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, result: Mapping[str, Any]) -> _Result: ...
class _Takes523(Protocol[_Result]):
    def __call__(_self, *, self: Any, server: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes524(Protocol[_Result]):
    def __call__(_self, *, self: Any, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes525(Protocol[_Result]):
    def __call__(_self, *, self: Any, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes526(Protocol[_Result]):
    def __call__(_self, *, self: Any, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes527(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, server: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes528(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes529(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes530(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes531(Protocol[_Result]):
    def __call__(_self, *, server: str, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes532(Protocol[_Result]):
    def __call__(_self, *, server: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes533(Protocol[_Result]):
    def __call__(_self, *, server: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes534(Protocol[_Result]):
    def __call__(_self, *, tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes535(Protocol[_Result]):
    def __call__(_self, *, tool: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes536(Protocol[_Result]):
    def __call__(_self, *, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes537(Protocol[_Result]):
    def __call__(_self, *, self: Any, result: Mapping[str, Any]) -> _Result: ...
class _Takes538(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, result: Mapping[str, Any]) -> _Result: ...
class _Takes539(Protocol[_Result]):
    def __call__(_self, *, server: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes540(Protocol[_Result]):
    def __call__(_self, *, tool: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes541(Protocol[_Result]):
    def __call__(_self, *, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes542(Protocol[_Result]):
    def __call__(_self, *, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes543(Protocol[_Result]):
    def __call__(_self, *, result: Mapping[str, Any]) -> _Result: ...
class _Takes544(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes545(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, message: Mapping[str, Any]) -> _Result: ...
class _Takes546(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, context: PluginContext) -> _Result: ...
class _Takes547(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes548(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes549(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes550(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str) -> _Result: ...
class _Takes551(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, message: Mapping[str, Any]) -> _Result: ...
class _Takes552(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, message: Mapping[str, Any]) -> _Result: ...
class _Takes553(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, context: PluginContext) -> _Result: ...
class _Takes554(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes555(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, message: Mapping[str, Any]) -> _Result: ...
class _Takes556(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, context: PluginContext) -> _Result: ...
class _Takes557(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes558(Protocol[_Result]):
    def __call__(_self, *, agent: str, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes559(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str) -> _Result: ...
class _Takes560(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: Mapping[str, Any]) -> _Result: ...
class _Takes561(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str) -> _Result: ...
class _Takes562(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, message: Mapping[str, Any]) -> _Result: ...
class _Takes563(Protocol[_Result]):
    def __call__(_self, *, agent: str, message: Mapping[str, Any]) -> _Result: ...
class _Takes564(Protocol[_Result]):
    def __call__(_self, *, agent: str, context: PluginContext) -> _Result: ...
class _Takes565(Protocol[_Result]):
    def __call__(_self, *, message: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes566(Protocol[_Result]):
    def __call__(_self, *, agent: str) -> _Result: ...
class _Takes567(Protocol[_Result]):
    def __call__(_self, *, message: Mapping[str, Any]) -> _Result: ...
class _Takes568(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes569(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes570(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes571(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes572(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes573(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes574(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, agent: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes575(Protocol[_Result]):
    def __call__(_self, *, self: Any, call: RemoteCall, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes576(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes577(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes578(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes579(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes580(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes581(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes582(Protocol[_Result]):
    def __call__(_self, *, agent: str, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes583(Protocol[_Result]):
    def __call__(_self, *, self: Any, agent: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes584(Protocol[_Result]):
    def __call__(_self, *, self: Any, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes585(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, agent: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes586(Protocol[_Result]):
    def __call__(_self, *, call: RemoteCall, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes587(Protocol[_Result]):
    def __call__(_self, *, agent: str, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes588(Protocol[_Result]):
    def __call__(_self, *, agent: str, result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes589(Protocol[_Result]):
    def __call__(_self, *, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext) -> _Result: ...
class _Takes590(Protocol[_Result]):
    def __call__(_self, *, agent: str, result: Mapping[str, Any]) -> _Result: ...
class _Takes591(Protocol[_Result]):
    def __call__(_self, *, message: Mapping[str, Any], result: Mapping[str, Any]) -> _Result: ...
class _Takes592(Protocol[_Result]):
    def __call__(_self, *, self: Any, invocation: Invocation, context: PluginContext) -> _Result: ...
class _Takes593(Protocol[_Result]):
    def __call__(_self, *, self: Any, invocation: Invocation) -> _Result: ...
class _Takes594(Protocol[_Result]):
    def __call__(_self, *, invocation: Invocation, context: PluginContext) -> _Result: ...
class _Takes595(Protocol[_Result]):
    def __call__(_self, *, invocation: Invocation) -> _Result: ...

_Startup: TypeAlias = _Takes0[_Result] | _Takes1[_Result] | _Takes2[_Result] | _Takes3[_Result] | _Takes4[_Result] | _Takes5[_Result] | _Takes6[_Result] | _Takes7[_Result]
StartupHook = TypeVar("StartupHook", bound=_Startup[None | Awaitable[None]])
StartupWrapper = TypeVar("StartupWrapper", bound=_Startup[_Generator])

_Shutdown: TypeAlias = _Takes0[_Result] | _Takes1[_Result] | _Takes2[_Result] | _Takes3[_Result] | _Takes4[_Result] | _Takes5[_Result] | _Takes6[_Result] | _Takes7[_Result]
ShutdownHook = TypeVar("ShutdownHook", bound=_Shutdown[None | Awaitable[None]])
ShutdownWrapper = TypeVar("ShutdownWrapper", bound=_Shutdown[_Generator])

_ConfigChanged: TypeAlias = _Takes8[_Result] | _Takes9[_Result] | _Takes10[_Result] | _Takes11[_Result] | _Takes12[_Result] | _Takes13[_Result] | _Takes14[_Result] | _Takes2[_Result] | _Takes15[_Result] | _Takes16[_Result] | _Takes17[_Result] | _Takes4[_Result] | _Takes18[_Result] | _Takes19[_Result] | _Takes6[_Result] | _Takes7[_Result]
ConfigChangedHook = TypeVar("ConfigChangedHook", bound=_ConfigChanged[None | Awaitable[None]])
ConfigChangedWrapper = TypeVar("ConfigChangedWrapper", bound=_ConfigChanged[_Generator])

_HealthCheck: TypeAlias = _Takes2[_Result] | _Takes4[_Result] | _Takes6[_Result] | _Takes7[_Result]
HealthCheckHook = TypeVar("HealthCheckHook", bound=_HealthCheck[Mapping[str, Any] | None | Awaitable[Mapping[str, Any] | None]])
HealthCheckWrapper = TypeVar("HealthCheckWrapper", bound=_HealthCheck[_Generator])

_RegisterRoutes: TypeAlias = _Takes2[_Result] | _Takes4[_Result] | _Takes6[_Result] | _Takes7[_Result]
RegisterRoutesHook = TypeVar("RegisterRoutesHook", bound=_RegisterRoutes[Sequence[Any] | None])
RegisterRoutesWrapper = TypeVar("RegisterRoutesWrapper", bound=_RegisterRoutes[_Generator])

_RegisterRoutingStrategies: TypeAlias = _Takes2[_Result] | _Takes4[_Result] | _Takes6[_Result] | _Takes7[_Result]
RegisterRoutingStrategiesHook = TypeVar("RegisterRoutingStrategiesHook", bound=_RegisterRoutingStrategies[Mapping[str, Callable[[str], RoutingStrategy]] | None])
RegisterRoutingStrategiesWrapper = TypeVar("RegisterRoutingStrategiesWrapper", bound=_RegisterRoutingStrategies[_Generator])

_RegisterEvaluationPolicy: TypeAlias = _Takes2[_Result] | _Takes4[_Result] | _Takes6[_Result] | _Takes7[_Result]
RegisterEvaluationPolicyHook = TypeVar("RegisterEvaluationPolicyHook", bound=_RegisterEvaluationPolicy[EvaluationPolicy | None])
RegisterEvaluationPolicyWrapper = TypeVar("RegisterEvaluationPolicyWrapper", bound=_RegisterEvaluationPolicy[_Generator])

_Rewrite: TypeAlias = _Takes20[_Result] | _Takes21[_Result] | _Takes2[_Result] | _Takes22[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes6[_Result] | _Takes7[_Result]
RewriteHook = TypeVar("RewriteHook", bound=_Rewrite[PluginRequest | PluginResponse | None | Awaitable[PluginRequest | PluginResponse | None]])
RewriteWrapper = TypeVar("RewriteWrapper", bound=_Rewrite[_Generator])

_Authenticate: TypeAlias = _Takes20[_Result] | _Takes21[_Result] | _Takes2[_Result] | _Takes22[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes6[_Result] | _Takes7[_Result]
AuthenticateHook = TypeVar("AuthenticateHook", bound=_Authenticate[Principal | PluginResponse | None | Awaitable[Principal | PluginResponse | None]])
AuthenticateWrapper = TypeVar("AuthenticateWrapper", bound=_Authenticate[_Generator])

_Request: TypeAlias = _Takes20[_Result] | _Takes21[_Result] | _Takes2[_Result] | _Takes22[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes6[_Result] | _Takes7[_Result]
RequestHook = TypeVar("RequestHook", bound=_Request[PluginResponse | None | Awaitable[PluginResponse | None]])
RequestWrapper = TypeVar("RequestWrapper", bound=_Request[_Generator])

_RequestBody: TypeAlias = _Takes24[_Result] | _Takes25[_Result] | _Takes20[_Result] | _Takes26[_Result] | _Takes27[_Result] | _Takes21[_Result] | _Takes28[_Result] | _Takes2[_Result] | _Takes29[_Result] | _Takes22[_Result] | _Takes30[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes31[_Result] | _Takes6[_Result] | _Takes7[_Result]
RequestBodyHook = TypeVar("RequestBodyHook", bound=_RequestBody[bytes | PluginResponse | None | Awaitable[bytes | PluginResponse | None]])
RequestBodyWrapper = TypeVar("RequestBodyWrapper", bound=_RequestBody[_Generator])

_RequestChunk: TypeAlias = _Takes32[_Result] | _Takes33[_Result] | _Takes34[_Result] | _Takes35[_Result] | _Takes36[_Result] | _Takes37[_Result] | _Takes38[_Result] | _Takes39[_Result] | _Takes20[_Result] | _Takes40[_Result] | _Takes41[_Result] | _Takes42[_Result] | _Takes43[_Result] | _Takes44[_Result] | _Takes45[_Result] | _Takes46[_Result] | _Takes21[_Result] | _Takes47[_Result] | _Takes48[_Result] | _Takes2[_Result] | _Takes49[_Result] | _Takes50[_Result] | _Takes22[_Result] | _Takes51[_Result] | _Takes52[_Result] | _Takes53[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes54[_Result] | _Takes55[_Result] | _Takes6[_Result] | _Takes7[_Result]
RequestChunkHook = TypeVar("RequestChunkHook", bound=_RequestChunk[bytes | None | Awaitable[bytes | None]])
RequestChunkWrapper = TypeVar("RequestChunkWrapper", bound=_RequestChunk[_Generator])

_Error: TypeAlias = _Takes56[_Result] | _Takes57[_Result] | _Takes20[_Result] | _Takes58[_Result] | _Takes59[_Result] | _Takes21[_Result] | _Takes60[_Result] | _Takes2[_Result] | _Takes61[_Result] | _Takes22[_Result] | _Takes62[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes63[_Result] | _Takes6[_Result] | _Takes7[_Result]
ErrorHook = TypeVar("ErrorHook", bound=_Error[PluginResponse | None | Awaitable[PluginResponse | None]])
ErrorWrapper = TypeVar("ErrorWrapper", bound=_Error[_Generator])

_ResponseHeaders: TypeAlias = _Takes64[_Result] | _Takes65[_Result] | _Takes20[_Result] | _Takes66[_Result] | _Takes67[_Result] | _Takes21[_Result] | _Takes68[_Result] | _Takes2[_Result] | _Takes69[_Result] | _Takes22[_Result] | _Takes70[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes71[_Result] | _Takes6[_Result] | _Takes7[_Result]
ResponseHeadersHook = TypeVar("ResponseHeadersHook", bound=_ResponseHeaders[ResponseMetadata | None | Awaitable[ResponseMetadata | None]])
ResponseHeadersWrapper = TypeVar("ResponseHeadersWrapper", bound=_ResponseHeaders[_Generator])

_ResponseBody: TypeAlias = _Takes72[_Result] | _Takes73[_Result] | _Takes64[_Result] | _Takes24[_Result] | _Takes74[_Result] | _Takes75[_Result] | _Takes65[_Result] | _Takes25[_Result] | _Takes20[_Result] | _Takes76[_Result] | _Takes66[_Result] | _Takes26[_Result] | _Takes77[_Result] | _Takes67[_Result] | _Takes27[_Result] | _Takes78[_Result] | _Takes21[_Result] | _Takes68[_Result] | _Takes28[_Result] | _Takes2[_Result] | _Takes69[_Result] | _Takes29[_Result] | _Takes22[_Result] | _Takes79[_Result] | _Takes70[_Result] | _Takes30[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes71[_Result] | _Takes31[_Result] | _Takes6[_Result] | _Takes7[_Result]
ResponseBodyHook = TypeVar("ResponseBodyHook", bound=_ResponseBody[bytes | None | Awaitable[bytes | None]])
ResponseBodyWrapper = TypeVar("ResponseBodyWrapper", bound=_ResponseBody[_Generator])

_ResponseChunk: TypeAlias = _Takes80[_Result] | _Takes81[_Result] | _Takes82[_Result] | _Takes83[_Result] | _Takes32[_Result] | _Takes84[_Result] | _Takes85[_Result] | _Takes86[_Result] | _Takes87[_Result] | _Takes64[_Result] | _Takes33[_Result] | _Takes34[_Result] | _Takes35[_Result] | _Takes88[_Result] | _Takes89[_Result] | _Takes90[_Result] | _Takes36[_Result] | _Takes91[_Result] | _Takes92[_Result] | _Takes93[_Result] | _Takes37[_Result] | _Takes94[_Result] | _Takes65[_Result] | _Takes38[_Result] | _Takes39[_Result] | _Takes20[_Result] | _Takes95[_Result] | _Takes96[_Result] | _Takes66[_Result] | _Takes40[_Result] | _Takes41[_Result] | _Takes42[_Result] | _Takes97[_Result] | _Takes98[_Result] | _Takes67[_Result] | _Takes43[_Result] | _Takes44[_Result] | _Takes45[_Result] | _Takes99[_Result] | _Takes100[_Result] | _Takes101[_Result] | _Takes46[_Result] | _Takes21[_Result] | _Takes68[_Result] | _Takes47[_Result] | _Takes48[_Result] | _Takes2[_Result] | _Takes69[_Result] | _Takes49[_Result] | _Takes50[_Result] | _Takes22[_Result] | _Takes102[_Result] | _Takes103[_Result] | _Takes70[_Result] | _Takes51[_Result] | _Takes52[_Result] | _Takes53[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes71[_Result] | _Takes54[_Result] | _Takes55[_Result] | _Takes6[_Result] | _Takes7[_Result]
ResponseChunkHook = TypeVar("ResponseChunkHook", bound=_ResponseChunk[bytes | None | Awaitable[bytes | None]])
ResponseChunkWrapper = TypeVar("ResponseChunkWrapper", bound=_ResponseChunk[_Generator])

_Response: TypeAlias = _Takes64[_Result] | _Takes65[_Result] | _Takes20[_Result] | _Takes66[_Result] | _Takes67[_Result] | _Takes21[_Result] | _Takes68[_Result] | _Takes2[_Result] | _Takes69[_Result] | _Takes22[_Result] | _Takes70[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes71[_Result] | _Takes6[_Result] | _Takes7[_Result]
ResponseHook = TypeVar("ResponseHook", bound=_Response[None | Awaitable[None]])
ResponseWrapper = TypeVar("ResponseWrapper", bound=_Response[_Generator])

_WebsocketMessage: TypeAlias = _Takes104[_Result] | _Takes105[_Result] | _Takes106[_Result] | _Takes107[_Result] | _Takes108[_Result] | _Takes109[_Result] | _Takes110[_Result] | _Takes111[_Result] | _Takes20[_Result] | _Takes112[_Result] | _Takes113[_Result] | _Takes114[_Result] | _Takes115[_Result] | _Takes116[_Result] | _Takes117[_Result] | _Takes118[_Result] | _Takes21[_Result] | _Takes119[_Result] | _Takes120[_Result] | _Takes2[_Result] | _Takes121[_Result] | _Takes122[_Result] | _Takes22[_Result] | _Takes123[_Result] | _Takes124[_Result] | _Takes125[_Result] | _Takes4[_Result] | _Takes23[_Result] | _Takes126[_Result] | _Takes127[_Result] | _Takes6[_Result] | _Takes7[_Result]
WebsocketMessageHook = TypeVar("WebsocketMessageHook", bound=_WebsocketMessage[str | bytes | None | Awaitable[str | bytes | None]])
WebsocketMessageWrapper = TypeVar("WebsocketMessageWrapper", bound=_WebsocketMessage[_Generator])

_PreRouting: TypeAlias = _Takes128[_Result] | _Takes129[_Result] | _Takes130[_Result] | _Takes131[_Result] | _Takes132[_Result] | _Takes133[_Result] | _Takes134[_Result] | _Takes2[_Result] | _Takes135[_Result] | _Takes136[_Result] | _Takes137[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes139[_Result] | _Takes6[_Result] | _Takes7[_Result]
PreRoutingHook = TypeVar("PreRoutingHook", bound=_PreRouting[str | None | Awaitable[str | None]])
PreRoutingWrapper = TypeVar("PreRoutingWrapper", bound=_PreRouting[_Generator])

_PostRouting: TypeAlias = _Takes140[_Result] | _Takes141[_Result] | _Takes130[_Result] | _Takes142[_Result] | _Takes143[_Result] | _Takes133[_Result] | _Takes144[_Result] | _Takes2[_Result] | _Takes145[_Result] | _Takes136[_Result] | _Takes146[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes147[_Result] | _Takes6[_Result] | _Takes7[_Result]
PostRoutingHook = TypeVar("PostRoutingHook", bound=_PostRouting[None | Awaitable[None]])
PostRoutingWrapper = TypeVar("PostRoutingWrapper", bound=_PostRouting[_Generator])

_AttemptFailed: TypeAlias = _Takes148[_Result] | _Takes149[_Result] | _Takes150[_Result] | _Takes151[_Result] | _Takes152[_Result] | _Takes153[_Result] | _Takes154[_Result] | _Takes155[_Result] | _Takes156[_Result] | _Takes140[_Result] | _Takes157[_Result] | _Takes158[_Result] | _Takes159[_Result] | _Takes160[_Result] | _Takes161[_Result] | _Takes162[_Result] | _Takes163[_Result] | _Takes164[_Result] | _Takes165[_Result] | _Takes166[_Result] | _Takes167[_Result] | _Takes168[_Result] | _Takes141[_Result] | _Takes169[_Result] | _Takes170[_Result] | _Takes130[_Result] | _Takes171[_Result] | _Takes172[_Result] | _Takes142[_Result] | _Takes173[_Result] | _Takes58[_Result] | _Takes174[_Result] | _Takes175[_Result] | _Takes176[_Result] | _Takes143[_Result] | _Takes177[_Result] | _Takes178[_Result] | _Takes179[_Result] | _Takes180[_Result] | _Takes181[_Result] | _Takes182[_Result] | _Takes183[_Result] | _Takes133[_Result] | _Takes144[_Result] | _Takes60[_Result] | _Takes184[_Result] | _Takes2[_Result] | _Takes145[_Result] | _Takes185[_Result] | _Takes186[_Result] | _Takes136[_Result] | _Takes187[_Result] | _Takes188[_Result] | _Takes146[_Result] | _Takes189[_Result] | _Takes62[_Result] | _Takes190[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes147[_Result] | _Takes63[_Result] | _Takes191[_Result] | _Takes6[_Result] | _Takes7[_Result]
AttemptFailedHook = TypeVar("AttemptFailedHook", bound=_AttemptFailed[AttemptDecision | None | Awaitable[AttemptDecision | None]])
AttemptFailedWrapper = TypeVar("AttemptFailedWrapper", bound=_AttemptFailed[_Generator])

_LlmPreCall: TypeAlias = _Takes192[_Result] | _Takes193[_Result] | _Takes194[_Result] | _Takes195[_Result] | _Takes196[_Result] | _Takes197[_Result] | _Takes198[_Result] | _Takes199[_Result] | _Takes200[_Result] | _Takes201[_Result] | _Takes202[_Result] | _Takes203[_Result] | _Takes204[_Result] | _Takes205[_Result] | _Takes206[_Result] | _Takes207[_Result] | _Takes208[_Result] | _Takes209[_Result] | _Takes210[_Result] | _Takes211[_Result] | _Takes212[_Result] | _Takes213[_Result] | _Takes214[_Result] | _Takes215[_Result] | _Takes216[_Result] | _Takes130[_Result] | _Takes217[_Result] | _Takes218[_Result] | _Takes219[_Result] | _Takes220[_Result] | _Takes221[_Result] | _Takes222[_Result] | _Takes223[_Result] | _Takes224[_Result] | _Takes225[_Result] | _Takes226[_Result] | _Takes227[_Result] | _Takes228[_Result] | _Takes229[_Result] | _Takes230[_Result] | _Takes231[_Result] | _Takes232[_Result] | _Takes133[_Result] | _Takes233[_Result] | _Takes234[_Result] | _Takes235[_Result] | _Takes2[_Result] | _Takes236[_Result] | _Takes237[_Result] | _Takes238[_Result] | _Takes136[_Result] | _Takes239[_Result] | _Takes240[_Result] | _Takes241[_Result] | _Takes242[_Result] | _Takes243[_Result] | _Takes244[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes245[_Result] | _Takes246[_Result] | _Takes247[_Result] | _Takes6[_Result] | _Takes7[_Result]
LlmPreCallHook = TypeVar("LlmPreCallHook", bound=_LlmPreCall[dict[str, Any] | LLMResponse | None | Awaitable[dict[str, Any] | LLMResponse | None]])
LlmPreCallWrapper = TypeVar("LlmPreCallWrapper", bound=_LlmPreCall[_Generator])

_LlmStreamChunk: TypeAlias = _Takes248[_Result] | _Takes249[_Result] | _Takes250[_Result] | _Takes251[_Result] | _Takes252[_Result] | _Takes253[_Result] | _Takes254[_Result] | _Takes255[_Result] | _Takes256[_Result] | _Takes257[_Result] | _Takes258[_Result] | _Takes259[_Result] | _Takes195[_Result] | _Takes260[_Result] | _Takes261[_Result] | _Takes262[_Result] | _Takes263[_Result] | _Takes264[_Result] | _Takes265[_Result] | _Takes266[_Result] | _Takes267[_Result] | _Takes268[_Result] | _Takes269[_Result] | _Takes270[_Result] | _Takes271[_Result] | _Takes272[_Result] | _Takes273[_Result] | _Takes274[_Result] | _Takes275[_Result] | _Takes276[_Result] | _Takes200[_Result] | _Takes277[_Result] | _Takes201[_Result] | _Takes278[_Result] | _Takes279[_Result] | _Takes280[_Result] | _Takes281[_Result] | _Takes204[_Result] | _Takes282[_Result] | _Takes283[_Result] | _Takes284[_Result] | _Takes285[_Result] | _Takes286[_Result] | _Takes207[_Result] | _Takes287[_Result] | _Takes288[_Result] | _Takes289[_Result] | _Takes290[_Result] | _Takes291[_Result] | _Takes292[_Result] | _Takes293[_Result] | _Takes294[_Result] | _Takes295[_Result] | _Takes211[_Result] | _Takes296[_Result] | _Takes297[_Result] | _Takes298[_Result] | _Takes299[_Result] | _Takes300[_Result] | _Takes301[_Result] | _Takes302[_Result] | _Takes303[_Result] | _Takes304[_Result] | _Takes305[_Result] | _Takes214[_Result] | _Takes306[_Result] | _Takes216[_Result] | _Takes307[_Result] | _Takes130[_Result] | _Takes308[_Result] | _Takes218[_Result] | _Takes309[_Result] | _Takes219[_Result] | _Takes310[_Result] | _Takes311[_Result] | _Takes312[_Result] | _Takes313[_Result] | _Takes222[_Result] | _Takes42[_Result] | _Takes314[_Result] | _Takes224[_Result] | _Takes315[_Result] | _Takes225[_Result] | _Takes316[_Result] | _Takes317[_Result] | _Takes318[_Result] | _Takes319[_Result] | _Takes228[_Result] | _Takes320[_Result] | _Takes321[_Result] | _Takes322[_Result] | _Takes323[_Result] | _Takes324[_Result] | _Takes231[_Result] | _Takes325[_Result] | _Takes326[_Result] | _Takes327[_Result] | _Takes328[_Result] | _Takes329[_Result] | _Takes133[_Result] | _Takes233[_Result] | _Takes330[_Result] | _Takes235[_Result] | _Takes48[_Result] | _Takes2[_Result] | _Takes236[_Result] | _Takes331[_Result] | _Takes238[_Result] | _Takes332[_Result] | _Takes136[_Result] | _Takes333[_Result] | _Takes240[_Result] | _Takes334[_Result] | _Takes241[_Result] | _Takes335[_Result] | _Takes336[_Result] | _Takes337[_Result] | _Takes338[_Result] | _Takes244[_Result] | _Takes53[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes245[_Result] | _Takes339[_Result] | _Takes247[_Result] | _Takes55[_Result] | _Takes6[_Result] | _Takes7[_Result]
LlmStreamChunkHook = TypeVar("LlmStreamChunkHook", bound=_LlmStreamChunk[StreamChunk | None | Awaitable[StreamChunk | None]])
LlmStreamChunkWrapper = TypeVar("LlmStreamChunkWrapper", bound=_LlmStreamChunk[_Generator])

_LlmStreamWindow: TypeAlias = _Takes340[_Result] | _Takes341[_Result] | _Takes342[_Result] | _Takes282[_Result] | _Takes343[_Result] | _Takes344[_Result] | _Takes345[_Result] | _Takes307[_Result] | _Takes130[_Result] | _Takes346[_Result] | _Takes347[_Result] | _Takes42[_Result] | _Takes348[_Result] | _Takes349[_Result] | _Takes320[_Result] | _Takes350[_Result] | _Takes133[_Result] | _Takes351[_Result] | _Takes48[_Result] | _Takes2[_Result] | _Takes352[_Result] | _Takes332[_Result] | _Takes136[_Result] | _Takes353[_Result] | _Takes354[_Result] | _Takes53[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes355[_Result] | _Takes55[_Result] | _Takes6[_Result] | _Takes7[_Result]
LlmStreamWindowHook = TypeVar("LlmStreamWindowHook", bound=_LlmStreamWindow[str | None | Awaitable[str | None]])
LlmStreamWindowWrapper = TypeVar("LlmStreamWindowWrapper", bound=_LlmStreamWindow[_Generator])

_LlmSuccess: TypeAlias = _Takes356[_Result] | _Takes357[_Result] | _Takes358[_Result] | _Takes195[_Result] | _Takes359[_Result] | _Takes360[_Result] | _Takes361[_Result] | _Takes362[_Result] | _Takes200[_Result] | _Takes201[_Result] | _Takes363[_Result] | _Takes364[_Result] | _Takes204[_Result] | _Takes365[_Result] | _Takes366[_Result] | _Takes207[_Result] | _Takes367[_Result] | _Takes368[_Result] | _Takes369[_Result] | _Takes211[_Result] | _Takes370[_Result] | _Takes371[_Result] | _Takes214[_Result] | _Takes372[_Result] | _Takes216[_Result] | _Takes130[_Result] | _Takes373[_Result] | _Takes218[_Result] | _Takes219[_Result] | _Takes374[_Result] | _Takes375[_Result] | _Takes222[_Result] | _Takes376[_Result] | _Takes224[_Result] | _Takes225[_Result] | _Takes377[_Result] | _Takes378[_Result] | _Takes228[_Result] | _Takes379[_Result] | _Takes380[_Result] | _Takes231[_Result] | _Takes381[_Result] | _Takes133[_Result] | _Takes233[_Result] | _Takes382[_Result] | _Takes235[_Result] | _Takes2[_Result] | _Takes236[_Result] | _Takes383[_Result] | _Takes238[_Result] | _Takes136[_Result] | _Takes384[_Result] | _Takes240[_Result] | _Takes241[_Result] | _Takes385[_Result] | _Takes386[_Result] | _Takes244[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes245[_Result] | _Takes387[_Result] | _Takes247[_Result] | _Takes6[_Result] | _Takes7[_Result]
LlmSuccessHook = TypeVar("LlmSuccessHook", bound=_LlmSuccess[None | Awaitable[None]])
LlmSuccessWrapper = TypeVar("LlmSuccessWrapper", bound=_LlmSuccess[_Generator])

_LlmFailure: TypeAlias = _Takes388[_Result] | _Takes389[_Result] | _Takes390[_Result] | _Takes195[_Result] | _Takes391[_Result] | _Takes392[_Result] | _Takes393[_Result] | _Takes394[_Result] | _Takes200[_Result] | _Takes201[_Result] | _Takes395[_Result] | _Takes396[_Result] | _Takes204[_Result] | _Takes397[_Result] | _Takes398[_Result] | _Takes207[_Result] | _Takes399[_Result] | _Takes400[_Result] | _Takes401[_Result] | _Takes211[_Result] | _Takes402[_Result] | _Takes403[_Result] | _Takes214[_Result] | _Takes404[_Result] | _Takes216[_Result] | _Takes130[_Result] | _Takes405[_Result] | _Takes218[_Result] | _Takes219[_Result] | _Takes406[_Result] | _Takes407[_Result] | _Takes222[_Result] | _Takes408[_Result] | _Takes224[_Result] | _Takes225[_Result] | _Takes409[_Result] | _Takes410[_Result] | _Takes228[_Result] | _Takes411[_Result] | _Takes412[_Result] | _Takes231[_Result] | _Takes413[_Result] | _Takes133[_Result] | _Takes233[_Result] | _Takes414[_Result] | _Takes235[_Result] | _Takes2[_Result] | _Takes236[_Result] | _Takes415[_Result] | _Takes238[_Result] | _Takes136[_Result] | _Takes416[_Result] | _Takes240[_Result] | _Takes241[_Result] | _Takes417[_Result] | _Takes418[_Result] | _Takes244[_Result] | _Takes4[_Result] | _Takes138[_Result] | _Takes245[_Result] | _Takes419[_Result] | _Takes247[_Result] | _Takes6[_Result] | _Takes7[_Result]
LlmFailureHook = TypeVar("LlmFailureHook", bound=_LlmFailure[None | Awaitable[None]])
LlmFailureWrapper = TypeVar("LlmFailureWrapper", bound=_LlmFailure[_Generator])

_ToolPreCall: TypeAlias = _Takes420[_Result] | _Takes421[_Result] | _Takes422[_Result] | _Takes423[_Result] | _Takes424[_Result] | _Takes425[_Result] | _Takes426[_Result] | _Takes427[_Result] | _Takes428[_Result] | _Takes429[_Result] | _Takes430[_Result] | _Takes431[_Result] | _Takes432[_Result] | _Takes433[_Result] | _Takes434[_Result] | _Takes435[_Result] | _Takes436[_Result] | _Takes437[_Result] | _Takes438[_Result] | _Takes439[_Result] | _Takes440[_Result] | _Takes441[_Result] | _Takes442[_Result] | _Takes443[_Result] | _Takes444[_Result] | _Takes445[_Result] | _Takes446[_Result] | _Takes447[_Result] | _Takes448[_Result] | _Takes449[_Result] | _Takes450[_Result] | _Takes451[_Result] | _Takes452[_Result] | _Takes453[_Result] | _Takes454[_Result] | _Takes455[_Result] | _Takes456[_Result] | _Takes457[_Result] | _Takes458[_Result] | _Takes459[_Result] | _Takes460[_Result] | _Takes461[_Result] | _Takes462[_Result] | _Takes463[_Result] | _Takes464[_Result] | _Takes465[_Result] | _Takes2[_Result] | _Takes466[_Result] | _Takes467[_Result] | _Takes468[_Result] | _Takes469[_Result] | _Takes470[_Result] | _Takes471[_Result] | _Takes472[_Result] | _Takes473[_Result] | _Takes474[_Result] | _Takes475[_Result] | _Takes4[_Result] | _Takes476[_Result] | _Takes477[_Result] | _Takes478[_Result] | _Takes479[_Result] | _Takes6[_Result] | _Takes7[_Result]
ToolPreCallHook = TypeVar("ToolPreCallHook", bound=_ToolPreCall[Mapping[str, Any] | None | Awaitable[Mapping[str, Any] | None]])
ToolPreCallWrapper = TypeVar("ToolPreCallWrapper", bound=_ToolPreCall[_Generator])

_ToolPostCall: TypeAlias = _Takes480[_Result] | _Takes481[_Result] | _Takes420[_Result] | _Takes482[_Result] | _Takes483[_Result] | _Takes484[_Result] | _Takes485[_Result] | _Takes486[_Result] | _Takes421[_Result] | _Takes487[_Result] | _Takes422[_Result] | _Takes488[_Result] | _Takes423[_Result] | _Takes489[_Result] | _Takes490[_Result] | _Takes424[_Result] | _Takes491[_Result] | _Takes492[_Result] | _Takes493[_Result] | _Takes425[_Result] | _Takes494[_Result] | _Takes495[_Result] | _Takes496[_Result] | _Takes497[_Result] | _Takes426[_Result] | _Takes498[_Result] | _Takes499[_Result] | _Takes500[_Result] | _Takes501[_Result] | _Takes427[_Result] | _Takes428[_Result] | _Takes502[_Result] | _Takes429[_Result] | _Takes430[_Result] | _Takes503[_Result] | _Takes431[_Result] | _Takes504[_Result] | _Takes432[_Result] | _Takes505[_Result] | _Takes433[_Result] | _Takes506[_Result] | _Takes434[_Result] | _Takes507[_Result] | _Takes435[_Result] | _Takes508[_Result] | _Takes509[_Result] | _Takes436[_Result] | _Takes510[_Result] | _Takes511[_Result] | _Takes437[_Result] | _Takes512[_Result] | _Takes438[_Result] | _Takes513[_Result] | _Takes439[_Result] | _Takes514[_Result] | _Takes515[_Result] | _Takes440[_Result] | _Takes516[_Result] | _Takes517[_Result] | _Takes518[_Result] | _Takes441[_Result] | _Takes519[_Result] | _Takes520[_Result] | _Takes521[_Result] | _Takes442[_Result] | _Takes443[_Result] | _Takes444[_Result] | _Takes522[_Result] | _Takes445[_Result] | _Takes446[_Result] | _Takes447[_Result] | _Takes523[_Result] | _Takes448[_Result] | _Takes449[_Result] | _Takes524[_Result] | _Takes450[_Result] | _Takes525[_Result] | _Takes451[_Result] | _Takes526[_Result] | _Takes452[_Result] | _Takes453[_Result] | _Takes527[_Result] | _Takes454[_Result] | _Takes455[_Result] | _Takes528[_Result] | _Takes456[_Result] | _Takes529[_Result] | _Takes457[_Result] | _Takes530[_Result] | _Takes458[_Result] | _Takes531[_Result] | _Takes459[_Result] | _Takes532[_Result] | _Takes460[_Result] | _Takes533[_Result] | _Takes534[_Result] | _Takes461[_Result] | _Takes535[_Result] | _Takes536[_Result] | _Takes462[_Result] | _Takes463[_Result] | _Takes464[_Result] | _Takes465[_Result] | _Takes537[_Result] | _Takes2[_Result] | _Takes466[_Result] | _Takes467[_Result] | _Takes468[_Result] | _Takes538[_Result] | _Takes469[_Result] | _Takes470[_Result] | _Takes471[_Result] | _Takes539[_Result] | _Takes472[_Result] | _Takes473[_Result] | _Takes540[_Result] | _Takes474[_Result] | _Takes541[_Result] | _Takes475[_Result] | _Takes542[_Result] | _Takes4[_Result] | _Takes476[_Result] | _Takes477[_Result] | _Takes478[_Result] | _Takes479[_Result] | _Takes543[_Result] | _Takes6[_Result] | _Takes7[_Result]
ToolPostCallHook = TypeVar("ToolPostCallHook", bound=_ToolPostCall[Mapping[str, Any] | None | Awaitable[Mapping[str, Any] | None]])
ToolPostCallWrapper = TypeVar("ToolPostCallWrapper", bound=_ToolPostCall[_Generator])

_AgentPreCall: TypeAlias = _Takes544[_Result] | _Takes545[_Result] | _Takes546[_Result] | _Takes547[_Result] | _Takes548[_Result] | _Takes549[_Result] | _Takes550[_Result] | _Takes551[_Result] | _Takes445[_Result] | _Takes552[_Result] | _Takes553[_Result] | _Takes554[_Result] | _Takes555[_Result] | _Takes556[_Result] | _Takes557[_Result] | _Takes558[_Result] | _Takes462[_Result] | _Takes559[_Result] | _Takes560[_Result] | _Takes2[_Result] | _Takes561[_Result] | _Takes562[_Result] | _Takes469[_Result] | _Takes563[_Result] | _Takes564[_Result] | _Takes565[_Result] | _Takes4[_Result] | _Takes476[_Result] | _Takes566[_Result] | _Takes567[_Result] | _Takes6[_Result] | _Takes7[_Result]
AgentPreCallHook = TypeVar("AgentPreCallHook", bound=_AgentPreCall[Mapping[str, Any] | None | Awaitable[Mapping[str, Any] | None]])
AgentPreCallWrapper = TypeVar("AgentPreCallWrapper", bound=_AgentPreCall[_Generator])

_AgentPostCall: TypeAlias = _Takes568[_Result] | _Takes569[_Result] | _Takes544[_Result] | _Takes570[_Result] | _Takes571[_Result] | _Takes572[_Result] | _Takes573[_Result] | _Takes545[_Result] | _Takes574[_Result] | _Takes546[_Result] | _Takes575[_Result] | _Takes547[_Result] | _Takes505[_Result] | _Takes576[_Result] | _Takes548[_Result] | _Takes577[_Result] | _Takes578[_Result] | _Takes579[_Result] | _Takes549[_Result] | _Takes580[_Result] | _Takes581[_Result] | _Takes582[_Result] | _Takes550[_Result] | _Takes551[_Result] | _Takes522[_Result] | _Takes445[_Result] | _Takes552[_Result] | _Takes583[_Result] | _Takes553[_Result] | _Takes584[_Result] | _Takes554[_Result] | _Takes526[_Result] | _Takes555[_Result] | _Takes585[_Result] | _Takes556[_Result] | _Takes586[_Result] | _Takes557[_Result] | _Takes530[_Result] | _Takes587[_Result] | _Takes558[_Result] | _Takes588[_Result] | _Takes589[_Result] | _Takes462[_Result] | _Takes559[_Result] | _Takes560[_Result] | _Takes537[_Result] | _Takes2[_Result] | _Takes561[_Result] | _Takes562[_Result] | _Takes538[_Result] | _Takes469[_Result] | _Takes563[_Result] | _Takes590[_Result] | _Takes564[_Result] | _Takes591[_Result] | _Takes565[_Result] | _Takes542[_Result] | _Takes4[_Result] | _Takes476[_Result] | _Takes566[_Result] | _Takes567[_Result] | _Takes543[_Result] | _Takes6[_Result] | _Takes7[_Result]
AgentPostCallHook = TypeVar("AgentPostCallHook", bound=_AgentPostCall[Mapping[str, Any] | None | Awaitable[Mapping[str, Any] | None]])
AgentPostCallWrapper = TypeVar("AgentPostCallWrapper", bound=_AgentPostCall[_Generator])

_Evaluate: TypeAlias = _Takes592[_Result] | _Takes593[_Result] | _Takes2[_Result] | _Takes594[_Result] | _Takes4[_Result] | _Takes595[_Result] | _Takes6[_Result] | _Takes7[_Result]
EvaluateHook = TypeVar("EvaluateHook", bound=_Evaluate[EvaluationResult | None | Awaitable[EvaluationResult | None]])
EvaluateWrapper = TypeVar("EvaluateWrapper", bound=_Evaluate[_Generator])

class HookimplMarker:
    """Marks a function or method as the implementation of a phase."""

    @overload
    def __call__(self, function: _Function, /) -> _Function:
        """Mark the implementation of the phase that has the function's name. `@hookimpl.<phase>` checks its signature.

        Args:
            tryfirst: Run before the plugins that do not ask for it, whatever their priority.
            trylast: Run after the plugins that do not ask for it, whatever their priority.
            wrapper: The function is a generator around the others: `outcome = yield`.
            optionalhook: It is no error if the host knows no such phase.
            specname: The phase, where the function has another name.
            timeout: How many seconds an `async def` or offloaded hook may take.
            offload: Run a blocking `def` in a thread of the plugin.
        """
    @overload
    def __call__(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        wrapper: bool = False,
        optionalhook: bool = False,
        specname: str | None = None,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[_Function], _Function]: ...
    @overload
    def startup(self, function: StartupHook, /) -> StartupHook:
        """Prepare the plugin: open connections, read files, warm caches.

        Fires once at the start of the host, and when the plugin is enabled later, plugin by plugin in their order, before
        any other phase of the plugin; `context.config` is validated by then. The start-up timeout bounds it
        (`ROUTEIQ_PLUGIN_STARTUP_TIMEOUT`). Any plugin may implement it.

        Args:
            app: The ASGI application that the host serves, or None outside HTTP.

        Failure: by the plugin's failure mode: `continue` and `quarantine` leave it out, and everything that depends on it;
        `abort` ends the start, and what had started is stopped in reverse. New in 0.1.
        """
    @overload
    def startup(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[StartupWrapper], StartupWrapper]: ...
    @overload
    def startup(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[StartupHook], StartupHook]: ...
    @overload
    def shutdown(self, function: ShutdownHook, /) -> ShutdownHook:
        """Give back what `startup` took. Must work also when `startup` failed half-way, and a second time.

        Fires once for each plugin whose `startup` was called, in reverse order, after the last request has ended. The
        start-up timeout bounds it. Any plugin may implement it.

        Args:
            app: The same as in `startup`.

        Failure: logged and counted; the other plugins are still stopped. New in 0.1.
        """
    @overload
    def shutdown(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ShutdownWrapper], ShutdownWrapper]: ...
    @overload
    def shutdown(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ShutdownHook], ShutdownHook]: ...
    @overload
    def config_changed(self, function: ConfigChangedHook, /) -> ConfigChangedHook:
        """Learn of a new configuration before it holds, or refuse it.

        Fires after `new` was validated, once for each change, on the running plugin whose configuration it is; the start-up
        timeout bounds it. `context` still is the old one: requests that began with it keep it. Any plugin may implement it.

        A change is in force once nothing refuses it: another plugin of the same change, or another worker of the gateway,
        may. It is then taken back, and the hook fires once more, with the two configurations exchanged.

        Args:
            old: The configuration in force, an instance of the metadata's `config_schema`.
            new: The one that follows if nothing is raised, here and elsewhere.

        Failure: whatever it raises, and a deadline that passes, refuses the change in every failure mode: the old
        configuration stays, and the operator is told why. New in 0.1.
        """
    @overload
    def config_changed(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ConfigChangedWrapper], ConfigChangedWrapper]: ...
    @overload
    def config_changed(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ConfigChangedHook], ConfigChangedHook]: ...
    @overload
    def health_check(self, function: HealthCheckHook, /) -> HealthCheckHook:
        """Say how the plugin is.

        Fires whenever the host's readiness is asked for (`/health/ready`), so keep it cheap. Any plugin may implement it.

        Returns:
            A mapping with `status`: `ok`, `degraded` (still ready) or `failed` (not ready), and whatever else helps an
            operator. None means ok.

        Failure: a check that raises, or is late, counts as `failed`, in every failure mode. New in 0.1.
        """
    @overload
    def health_check(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[HealthCheckWrapper], HealthCheckWrapper]: ...
    @overload
    def health_check(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[HealthCheckHook], HealthCheckHook]: ...
    @overload
    def register_routes(self, function: RegisterRoutesHook, /) -> RegisterRoutesHook:
        """Add HTTP or WebSocket routes to the host.

        Fires once after `startup`, in plugin order; must be a `def`. The routes are part of the plans: they appear and
        disappear with the plugin, and requests to them run through all phases. The gateway's own routes come first, then
        those of plugins in their order.

        Returns:
            Routes as Starlette has them: objects with `matches(scope)` and `handle(scope, receive, send)`.

        Failure: by the plugin's failure mode, as in `startup`. New in 0.1.
        """
    @overload
    def register_routes(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RegisterRoutesWrapper], RegisterRoutesWrapper]: ...
    @overload
    def register_routes(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RegisterRoutesHook], RegisterRoutesHook]: ...
    @overload
    def register_routing_strategies(self, function: RegisterRoutingStrategiesHook, /) -> RegisterRoutingStrategiesHook:
        """Add strategies by which calls are spread over the deployments of a model.

        Fires once after `startup`, in plugin order; must be a `def`. The operator chooses by name, in the settings of the
        gateway (`router_settings.routing_strategy`), for all models or for one. Strategies come and go with their plugin:
        while it is not there, the router does without. Of two that have the same name, that of the first plugin counts.

        Returns:
            Factories by name, such as `{"least-latency": LeastLatency}`: each is called with the name of a model, once for
            each model that uses it, and returns a `RoutingStrategy`.

        Failure: by the plugin's failure mode, as in `startup`. What a strategy raises later is a failure of this hook: but
        for `abort` the call goes on as if the strategy had changed nothing. New in 0.1.
        """
    @overload
    def register_routing_strategies(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RegisterRoutingStrategiesWrapper], RegisterRoutingStrategiesWrapper]: ...
    @overload
    def register_routing_strategies(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RegisterRoutingStrategiesHook], RegisterRoutingStrategiesHook]: ...
    @overload
    def register_evaluation_policy(self, function: RegisterEvaluationPolicyHook, /) -> RegisterEvaluationPolicyHook:
        """Say how many calls are evaluated, and within which limits.

        Fires after `startup`, and again whenever the plugin's configuration has changed; must be a `def`. The policy is
        part of the plans: it holds while the plugin is active, and for the calls of its scope. Of several plugins' the
        first in plugin order holds; without any, no call is evaluated. The built-in plugin `evaluator` gives one.

        Returns:
            None: no policy. EvaluationPolicy: sample rates and limits for all evaluators.

        Failure: by the plugin's failure mode, as in `startup`; after a change of the configuration it is logged, and the
        policy before it stays. New in 0.1.
        """
    @overload
    def register_evaluation_policy(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RegisterEvaluationPolicyWrapper], RegisterEvaluationPolicyWrapper]: ...
    @overload
    def register_evaluation_policy(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RegisterEvaluationPolicyHook], RegisterEvaluationPolicyHook]: ...
    @overload
    def rewrite(self, function: RewriteHook, /) -> RewriteHook:
        """Change method, path, query or headers before anything else looks at them.

        Fires first of all, once for each request and each WebSocket handshake.

        Returns:
            None: the request stays. PluginRequest (`request.replace(...)`): what later plugins, routing and the
            application see. PluginResponse: ends the request before anybody authenticates, for what must not need
            credentials (a CORS pre-flight never has any); outbound phases still run.

        Failure: the plugin's failure mode decides; `Reject` refuses the request. New in 0.1.
        """
    @overload
    def rewrite(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RewriteWrapper], RewriteWrapper]: ...
    @overload
    def rewrite(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RewriteHook], RewriteHook]: ...
    @overload
    def authenticate(self, function: AuthenticateHook, /) -> AuthenticateHook:
        """Say who makes the request, or refuse it.

        Fires once for each request and handshake, after `rewrite`. The first plugin with an answer ends the phase.

        Returns:
            None: no opinion; the next provider is asked. Principal: who it is, from here on `request.principal`.
            PluginResponse: refuses the request; outbound phases still run. If no enforcing provider returns a
            Principal, the request gets 401.

        Failure: fails closed in every failure mode: a provider that raises or is late can't let a request pass; the
        next provider is not asked and the request gets 401. `Reject` refuses with its own status. New in 0.1.
        """
    @overload
    def authenticate(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[AuthenticateWrapper], AuthenticateWrapper]: ...
    @overload
    def authenticate(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[AuthenticateHook], AuthenticateHook]: ...
    @overload
    def request(self, function: RequestHook, /) -> RequestHook:
        """Look at the request, its body not read yet, and let it pass or answer it.

        Fires once for each request and handshake, after `authenticate`.

        Returns:
            None: the request goes on. PluginResponse: ends it; outbound phases still run, and
            `response.short_circuited_by` names the plugin.

        Failure: the plugin's failure mode decides; `Reject` refuses the request. New in 0.1.
        """
    @overload
    def request(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RequestWrapper], RequestWrapper]: ...
    @overload
    def request(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RequestHook], RequestHook]: ...
    @overload
    def request_body(self, function: RequestBodyHook, /) -> RequestBodyHook:
        """Inspect or replace the whole request body.

        Fires once for each HTTP request that has a body, after `request`, and only if a plugin implements it: then the body
        is buffered up to the configured limit (413 beyond it), and decoded if it was compressed.

        Returns:
            None: the body stays as it is. bytes: the body that later plugins and the application see, `content-length`
            corrected. PluginResponse: ends the request; outbound phases still run.

        Failure: the plugin's failure mode decides; `Reject` refuses the request. New in 0.1.
        """
    @overload
    def request_body(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RequestBodyWrapper], RequestBodyWrapper]: ...
    @overload
    def request_body(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RequestBodyHook], RequestBodyHook]: ...
    @overload
    def request_chunk(self, function: RequestChunkHook, /) -> RequestChunkHook:
        """Inspect or replace one piece of the request body on its way to the application.

        Fires for each piece as the application reads it, without buffering; where a plugin implements `request_body`, once
        with the whole body. Pieces are as the client sent them: a pattern may be cut anywhere.

        Args:
            is_final: True once, on the last piece, which is empty when the end was not known before.

        Returns:
            None: the piece stays. bytes: its replacement; empty swallows it.

        Failure: the plugin's failure mode decides; `Reject` refuses the request while no response has begun. New in 0.1.
        """
    @overload
    def request_chunk(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[RequestChunkWrapper], RequestChunkWrapper]: ...
    @overload
    def request_chunk(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[RequestChunkHook], RequestChunkHook]: ...
    @overload
    def error(self, function: ErrorHook, /) -> ErrorHook:
        """Turn an error into a response.

        Fires when the application raised, or a plugin whose failure mode is `abort` failed, and no response has begun;
        before `response_headers`.

        Returns:
            None: the next plugin is asked; in the end the client gets 500 (504 for a deadline) without the reason.
            PluginResponse: what the client gets.

        Failure: logged and counted in every failure mode; the next plugin is asked. New in 0.1.
        """
    @overload
    def error(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ErrorWrapper], ErrorWrapper]: ...
    @overload
    def error(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ErrorHook], ErrorHook]: ...
    @overload
    def response_headers(self, function: ResponseHeadersHook, /) -> ResponseHeadersHook:
        """Inspect or replace the status and headers of the response.

        Fires once for each response, before the first byte leaves, also for responses that a plugin made. Where a plugin
        implements `response_body`, after the body is known.

        Returns:
            None: they stay. ResponseMetadata (`response.with_headers({...})`): what later plugins and the client see.

        Failure: the plugin's failure mode decides; `Reject` puts an error in the response's place. New in 0.1.
        """
    @overload
    def response_headers(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ResponseHeadersWrapper], ResponseHeadersWrapper]: ...
    @overload
    def response_headers(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ResponseHeadersHook], ResponseHeadersHook]: ...
    @overload
    def response_body(self, function: ResponseBodyHook, /) -> ResponseBodyHook:
        """Inspect or replace the whole response body.

        Fires once for each response that has a body and is not an event stream, and only if a plugin implements it: then
        the body is buffered up to the configured limit (502 beyond it), and decoded if it is compressed.

        Returns:
            None: the body stays. bytes: what later plugins and the client see, `content-length` corrected.

        Failure: the plugin's failure mode decides; `Reject` puts an error in the response's place. New in 0.1.
        """
    @overload
    def response_body(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ResponseBodyWrapper], ResponseBodyWrapper]: ...
    @overload
    def response_body(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ResponseBodyHook], ResponseBodyHook]: ...
    @overload
    def response_chunk(self, function: ResponseChunkHook, /) -> ResponseChunkHook:
        """Inspect or replace one piece of the response body on its way to the client.

        Fires for each piece as the application sends it; nothing is held back or merged. The hot path of every stream:
        prefer a `def`. After `response_body`, once with the whole body.

        Args:
            is_final: True once, on the last piece, which is empty when the end was not known before.

        Returns:
            None: the piece stays. bytes: its replacement; `b""` swallows it.

        Failure: the plugin's failure mode decides; `abort` and `Reject` cut the connection, as the headers have left.
        New in 0.1.
        """
    @overload
    def response_chunk(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ResponseChunkWrapper], ResponseChunkWrapper]: ...
    @overload
    def response_chunk(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ResponseChunkHook], ResponseChunkHook]: ...
    @overload
    def response(self, function: ResponseHook, /) -> ResponseHook:
        """Learn how the request ended.

        Fires once for each request, whatever happened to it, after the last byte has left; for a WebSocket at its end.
        `response.aborted` tells that the client left or the response broke.

        Failure: logged and counted; there is nothing left to refuse. New in 0.1.
        """
    @overload
    def response(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ResponseWrapper], ResponseWrapper]: ...
    @overload
    def response(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ResponseHook], ResponseHook]: ...
    @overload
    def websocket_message(self, function: WebsocketMessageHook, /) -> WebsocketMessageHook:
        """Inspect or replace one message of a WebSocket.

        Fires for each message of either side.

        Args:
            message: Text as `str`, binary as `bytes`.
            from_client: Whether the client sent it; else the application did.

        Returns:
            None: the message stays. str or bytes: its replacement.

        Failure: the plugin's failure mode decides; `abort` (1011) and `Reject` (1008) close the connection. New in 0.1.
        """
    @overload
    def websocket_message(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[WebsocketMessageWrapper], WebsocketMessageWrapper]: ...
    @overload
    def websocket_message(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[WebsocketMessageHook], WebsocketMessageHook]: ...
    @overload
    def pre_routing(self, function: PreRoutingHook, /) -> PreRoutingHook:
        """Choose where the call goes.

        Fires once for each logical call, before `llm_pre_call`.

        Args:
            models: The eligible deployments of the model that the client asked for; empty if there is no such model.

        Returns:
            None: the next plugin is asked; in the end the router chooses, and with it the strategies that plugins
            contribute. str: the name of a deployment, which then is the only one tried, or of a model, among whose
            deployments the router chooses.

        Failure: the plugin's failure mode decides; a name that does not exist counts as a failure. `Reject` ends the
        call. New in 0.1.
        """
    @overload
    def pre_routing(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[PreRoutingWrapper], PreRoutingWrapper]: ...
    @overload
    def pre_routing(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[PreRoutingHook], PreRoutingHook]: ...
    @overload
    def post_routing(self, function: PostRoutingHook, /) -> PostRoutingHook:
        """Learn which deployment was chosen.

        Fires once for each attempt, before it is made; never for a call that a plugin answers itself.

        Failure: logged and counted; `abort` ends the call. New in 0.1.
        """
    @overload
    def post_routing(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[PostRoutingWrapper], PostRoutingWrapper]: ...
    @overload
    def post_routing(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[PostRoutingHook], PostRoutingHook]: ...
    @overload
    def attempt_failed(self, function: AttemptFailedHook, /) -> AttemptFailedHook:
        """Decide what follows a failed attempt.

        Fires after each attempt that failed before the first byte of an answer; after the first byte there is nothing to
        retry.

        Args:
            exception: Why it failed; `status_code` and `headers` where the upstream answered.
            attempt: Counts from 1.

        Returns:
            None: the next plugin is asked; in the end the router decides. `retry`: the same deployment again, after the
            usual backoff. `fallback`: the next deployment. `stop`: the call fails with this exception. The router's limit
            of attempts holds all the same.

        Failure: the plugin's failure mode decides. New in 0.1.
        """
    @overload
    def attempt_failed(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[AttemptFailedWrapper], AttemptFailedWrapper]: ...
    @overload
    def attempt_failed(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[AttemptFailedHook], AttemptFailedHook]: ...
    @overload
    def llm_pre_call(self, function: LlmPreCallHook, /) -> LlmPreCallHook:
        """Inspect, change, answer or refuse an LLM call.

        Fires once for each logical call, before the first attempt.

        Args:
            messages: In the form of chat messages, whatever API the client speaks.
            kwargs: The other parameters of the body, such as `temperature` and `tools`; never credentials.

        Returns:
            None: the call stays as it is. dict: overrides, merged shallowly into `model`, `messages` and the parameters,
            written back in the API's own form, and seen by later plugins; `extra_headers` changes `call.headers`.
            LLMResponse: answers the call (a cache); later plugins are not asked and no attempt is made.

        Failure: the plugin's failure mode decides; `Reject` ends the call in the shape that the client's API expects.
        New in 0.1.
        """
    @overload
    def llm_pre_call(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[LlmPreCallWrapper], LlmPreCallWrapper]: ...
    @overload
    def llm_pre_call(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[LlmPreCallHook], LlmPreCallHook]: ...
    @overload
    def llm_stream_chunk(self, function: LlmStreamChunkHook, /) -> LlmStreamChunkHook:
        """Inspect or replace one step of a streamed answer, or stop the stream.

        Fires for each step as it arrives, before its bytes leave; nothing is held back.

        Args:
            is_final: True once, on the last step, which is empty; what it is replaced with still reaches the client,
                before the finish reason.

        Returns:
            None: the step stays. StreamChunk (`dataclasses.replace(chunk, text=...)`): its replacement.

        Failure: the plugin's failure mode decides; `abort` and `Reject` end the stream with the error event of the
        client's API. New in 0.1.
        """
    @overload
    def llm_stream_chunk(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[LlmStreamChunkWrapper], LlmStreamChunkWrapper]: ...
    @overload
    def llm_stream_chunk(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[LlmStreamChunkHook], LlmStreamChunkHook]: ...
    @overload
    def llm_stream_window(self, function: LlmStreamWindowHook, /) -> LlmStreamWindowHook:
        """Judge the text and the tool-call arguments of an answer before they leave, or replace them.

        Fires on each window of a stream that the plugin's `stream_window` declares, after `llm_stream_chunk`, and once for
        each passage of an answer that is not streamed. Windows overlap; text is held until those that cover it are judged.

        Args:
            window: `window.text` has not left yet; `window.before` has.
            is_final: True on the last window of each passage, which can be shorter than declared, and empty.

        Returns:
            None: the text stays. str: what leaves in the place of `window.text`.

        Failure: the plugin's failure mode decides; `abort` and `Reject` end the answer with an error in the shape that the
        client's API expects, and what was held does not leave. New in 0.1.
        """
    @overload
    def llm_stream_window(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[LlmStreamWindowWrapper], LlmStreamWindowWrapper]: ...
    @overload
    def llm_stream_window(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[LlmStreamWindowHook], LlmStreamWindowHook]: ...
    @overload
    def llm_success(self, function: LlmSuccessHook, /) -> LlmSuccessHook:
        """Learn how a call was answered.

        Fires once for each call that got an answer, also one that a plugin gave (`call.answered_by`) and a stream that its
        reader closed early (`call.aborted`); then `llm_failure` does not fire.

        Args:
            response: The whole answer, also of a stream, with usage and cost.

        Failure: logged and counted; there is nothing left to refuse. New in 0.1.
        """
    @overload
    def llm_success(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[LlmSuccessWrapper], LlmSuccessWrapper]: ...
    @overload
    def llm_success(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[LlmSuccessHook], LlmSuccessHook]: ...
    @overload
    def llm_failure(self, function: LlmFailureHook, /) -> LlmFailureHook:
        """Learn why a call was not answered.

        Fires once for each call that failed, was refused (`Reject`), broke in mid-stream, or was cancelled before its
        answer (`CancelledError`); then `llm_success` does not fire.

        Failure: logged and counted; there is nothing left to refuse. New in 0.1.
        """
    @overload
    def llm_failure(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[LlmFailureWrapper], LlmFailureWrapper]: ...
    @overload
    def llm_failure(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[LlmFailureHook], LlmFailureHook]: ...
    @overload
    def tool_pre_call(self, function: ToolPreCallHook, /) -> ToolPreCallHook:
        """Inspect or replace the arguments of a tool, or refuse its call.

        Fires once for each call of a tool, before the server is asked.

        Args:
            server: The MCP server's name in the settings.
            tool: The tool's name, as the server lists it.
            arguments: What the tool is called with: an object of JSON.

        Returns:
            None: the arguments stay. Mapping: the arguments that later plugins and the server see, whole.

        Failure: the plugin's failure mode decides; `Reject` answers the call in the shape that the protocol expects.
        New in 0.1.
        """
    @overload
    def tool_pre_call(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ToolPreCallWrapper], ToolPreCallWrapper]: ...
    @overload
    def tool_pre_call(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ToolPreCallHook], ToolPreCallHook]: ...
    @overload
    def tool_post_call(self, function: ToolPostCallHook, /) -> ToolPostCallHook:
        """Inspect or replace the result of a tool, or withhold it.

        Fires once for each result, before it leaves for the client; not for a call that failed or was refused.

        Args:
            arguments: What the server was asked.
            result: MCP's `CallToolResult` as JSON: `content`, `structuredContent`, `isError`. One whose `resultType` is
                `input_required` has none of these: the server asks back, and the call will come again with answers.

        Returns:
            None: the result stays. Mapping: the result that later plugins and the client see, whole.

        Failure: the plugin's failure mode decides; `Reject` answers the call in the shape that the protocol expects.
        New in 0.1.
        """
    @overload
    def tool_post_call(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[ToolPostCallWrapper], ToolPostCallWrapper]: ...
    @overload
    def tool_post_call(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[ToolPostCallHook], ToolPostCallHook]: ...
    @overload
    def agent_pre_call(self, function: AgentPreCallHook, /) -> AgentPreCallHook:
        """Inspect or replace a message to an agent, or refuse it.

        Fires once for each message that a client sends (`SendMessage`, `SendStreamingMessage`), before the agent is asked.

        Args:
            agent: The agent's name in the settings.
            message: A2A's `Message` as JSON, in the form of its version 1.0 whatever the client speaks: `messageId`,
                `role`, `parts` ... What is returned is written back in the client's own form.

        Returns:
            None: the message stays. Mapping: the message that later plugins and the agent see, whole.

        Failure: the plugin's failure mode decides; `Reject` answers the call in the shape that the protocol expects.
        New in 0.1.
        """
    @overload
    def agent_pre_call(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[AgentPreCallWrapper], AgentPreCallWrapper]: ...
    @overload
    def agent_pre_call(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[AgentPreCallHook], AgentPreCallHook]: ...
    @overload
    def agent_post_call(self, function: AgentPostCallHook, /) -> AgentPostCallHook:
        """Inspect or replace what an agent answers, or withhold it.

        Fires once for each thing that an agent says, before it leaves for the client: for the answer to a message, for each
        event of a stream, and for each task that is fetched later (`GetTask`, `ListTasks`, `CancelTask`,
        `SubscribeToTask`), so that asking twice leads around no guard. Not for errors of the agent.

        Args:
            message: What the agent was asked, as `agent_pre_call` left it; empty for a call that sends no message.
            result: As JSON in the form of A2A 1.0: a `Task` (has `id`), a `Message` (`messageId`), or of a stream also a
                `TaskStatusUpdateEvent` (`taskId` and `status`) or a `TaskArtifactUpdateEvent` (`artifact`).

        Returns:
            None: the result stays. Mapping: the result that later plugins and the client see, whole.

        Failure: the plugin's failure mode decides; `Reject` answers the call, or ends its stream, in the shape that the
        protocol expects. New in 0.1.
        """
    @overload
    def agent_post_call(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[AgentPostCallWrapper], AgentPostCallWrapper]: ...
    @overload
    def agent_post_call(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[AgentPostCallHook], AgentPostCallHook]: ...
    @overload
    def evaluate(self, function: EvaluateHook, /) -> EvaluateHook:
        """Score a call that is over.

        Fires after the answer of an LLM call, a tool or an agent has left, for a sample of the calls, and only while the
        plugin `evaluator` (or one like it) is active, which says how many. Evaluators never delay an answer: each runs by
        itself, within a time limit, and a `def` runs in a thread of the plugin.

        Returns:
            None: nothing to say. EvaluationResult: published as event `evaluation.completed`, as metrics, and in traces.

        Failure: logged and counted; there is nothing left to refuse. New in 0.1.
        """
    @overload
    def evaluate(
        self, *, wrapper: Literal[True], tryfirst: bool = False, trylast: bool = False, optionalhook: bool = False
    ) -> Callable[[EvaluateWrapper], EvaluateWrapper]: ...
    @overload
    def evaluate(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        optionalhook: bool = False,
        timeout: float | None = None,
        offload: bool = False,
    ) -> Callable[[EvaluateHook], EvaluateHook]: ...

hookimpl: HookimplMarker
