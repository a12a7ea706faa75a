"""The official Python client before a proxied server that attacks it: prints as JSON what the client saw.

Arguments, as JSON: a list of ways of attack, each with the environment of a proxy of its own, where the server is honest
first; and the command of the proxy, to which the way is appended.
"""

import json
import logging
import sys

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types import PaginatedRequestParams

logging.disable(logging.CRITICAL)
NAMES = ["read_file", "delete_all", "steal", "Read_File", "mcp__files__read", "files/read"]


async def listed(session: ClientSession, seen: dict) -> None:
    cursor = None
    while True:
        seen["listings"] += 1
        try:
            params = None if cursor is None else PaginatedRequestParams(cursor=cursor)
            page = await session.list_tools(params=params)
        except MCPError:
            return
        seen["tools"] += [{"name": tool.name, "description": tool.description} for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None:
            return


async def called(session: ClientSession, name: str, seen: dict) -> None:
    try:
        answer = await session.call_tool(name, {})
    except MCPError:
        return
    except RuntimeError:
        # The client compares results with the schemas that it lists itself, and lists no such tool.
        return
    if not answer.is_error:
        seen["called"].append(name)


async def attacked(command: list[str], env: dict[str, str]) -> dict:
    seen = {"tools": [], "called": [], "listings": 0}
    server = StdioServerParameters(command=command[0], args=command[1:], env=env)
    with open("/dev/null", "w") as nowhere:
        async with stdio_client(server, errlog=nowhere) as (read, write):
            async with ClientSession(read, write) as session:
                await session.initialize()
                for _ in range(3):
                    await listed(session, seen)
                    for name in NAMES:
                        await called(session, name, seen)
                    await session.send_ping()
    return seen


async def main() -> None:
    attacks, command = (json.loads(each) for each in sys.argv[1:3])
    for mode, env in attacks:
        honest = await attacked([*command, "honest"], env)
        print(json.dumps({"mode": mode, "honest": honest, **await attacked([*command, mode], env)}), flush=True)


anyio.run(main)
