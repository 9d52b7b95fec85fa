"""An answer that is bytes already, for the few routes where building Litestar's own takes as long as the rest."""

from typing import Any, Generic, TypeVar

from litestar import Response
from litestar.types import Receive, Scope, Send

T = TypeVar("T")


class Ready(Response[T], Generic[T]):
    """Status, headers and a body as they go out; `T` is only what the API document says is in it."""

    def __init__(
        self, body: bytes, media_type: bytes, *headers: tuple[bytes, bytes], status: int = 200
    ) -> None:
        self.status_code = status
        self._body = body
        self._headers = [
            (b"content-type", media_type),
            (b"content-length", str(len(body)).encode()),
            *headers,
        ]

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """Be the ASGI app itself: there is nothing to merge."""
        return self._send

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI passes both
        await send(
            {"type": "http.response.start", "status": self.status_code or 200, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
