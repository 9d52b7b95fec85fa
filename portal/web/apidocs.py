"""The API's documentation: made from the OpenAPI document on the server, so that it works without the internet."""

from typing import Any

from litestar import Request, Response, get

from portal.web.gate import public
from portal.web.render import page


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for path, methods in sorted(document.get("paths", {}).items()):
        for method, operation in methods.items():
            if not isinstance(operation, dict):
                continue
            rows.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "tag": (operation.get("tags") or ["api"])[0],
                    "summary": operation.get("description") or operation.get("summary", ""),
                    "parameters": operation.get("parameters", []),
                    "body": _schema_name(operation.get("requestBody", {})),
                    "answers": [
                        (code, a.get("description", "")) for code, a in operation["responses"].items()
                    ],
                }
            )
    return rows


def _schema_name(body: dict[str, Any]) -> str:
    for content in body.get("content", {}).values():
        found: str = content.get("schema", {}).get("$ref", "")
        return found.rpartition("/")[2]
    return ""


@get("/api/docs", opt=public(), include_in_schema=False)
async def docs_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show every operation of the API with its parameters and answers."""
    document = request.app.openapi_schema.to_schema()
    schemas = document.get("components", {}).get("schemas", {})
    return page(request, "apidocs.html", operations=_operations(document), schemas=sorted(schemas.items()))
