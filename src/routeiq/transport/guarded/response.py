"""A response as it comes: its content coding undone, its length bounded where it is read as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager

from routeiq_plugin_sdk import Headers, HTTPResponse, OutboundError, OutboundTimeout

from routeiq.core.outbound import OutboundURL

from ..content_coding import CodingError, Inflater, codings, is_known
from ..errors import ConnectTimeout, ReadTimeout, UpstreamError
from ..response import UpstreamResponse


@contextmanager
def told_to_plugins(host: str) -> Iterator[None]:
    """Raise what goes wrong in the SDK's terms."""
    try:
        yield
    except (ConnectTimeout, ReadTimeout) as error:
        raise OutboundTimeout(host, error.reason) from error
    except UpstreamError as error:
        raise OutboundError(host, error.reason) from error
    except CodingError as error:
        raise OutboundError(host, f"its body {error}") from error


class IncomingResponse:
    """The SDK's `StreamedResponse`.

    Attributes:
        status_code: 200 to 999.
        headers: Less those that are true of the undecoded body only.
        url: Where it came from.
    """

    def __init__(self, upstream: UpstreamResponse, url: OutboundURL, limit: int) -> None:
        """Take over a response whose head has come. Raises OutboundError for a content coding that is not known.

        Args:
            limit: Bytes that `read` holds at most.
        """
        self.status_code = upstream.status
        self.headers = Headers(upstream.headers)
        self.url = str(url)
        self._host = url.authority
        self._limit = limit
        self._upstream = upstream
        coded = codings(",".join(self.headers.get_list("content-encoding")))
        # One at most: a coding within another can make much work of few bytes and give nothing to be counted.
        if coded and not (len(coded) == 1 and is_known(coded[0])):
            raise OutboundError(self._host, f"its body is in a content coding that was not asked for: {coded}")
        self._inflater = Inflater(coded[0]) if coded else None
        if coded:
            self.headers = self.headers.without("content-encoding", "content-length")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes."""
        inflater = self._inflater
        with told_to_plugins(self._host):
            async with aclosing(self._upstream.chunks()) as parts:  # type: ignore[type-var]  # an async generator
                async for part in parts:
                    if inflater is None:
                        yield part
                        continue
                    for piece in inflater.feed(part):
                        yield piece
                        await asyncio.sleep(0)  # a few bytes may stand for much work: others have their turn
            if inflater is not None:
                inflater.finish()

    async def read(self) -> HTTPResponse:
        """Return the whole response."""
        pieces: list[bytes] = []
        size = 0
        async with aclosing(self.chunks()) as chunks:  # type: ignore[type-var]
            async for piece in chunks:
                size += len(piece)
                if size > self._limit:
                    limit = f"{self._limit} bytes (outbound.max_response)"
                    raise OutboundError(self._host, f"its body is longer than {limit}; streams may be longer")
                pieces.append(piece)
        return HTTPResponse(self.status_code, self.headers, b"".join(pieces), self.url)

    async def close(self) -> None:
        """Give up what is left of the body."""
        await self._upstream.close()
