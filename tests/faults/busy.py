"""A server in which eight threads declare without end, by the same service as its screens.

`python -m tests.faults.busy PORT` serves the database of `ROR_DATABASE` and prints what `tests.faults.writer` prints.
"""

import asyncio
import sys
import threading

import uvicorn

from ror.store.engine.database import open_database
from tests.faults.helpers import WRITERS, declared_by
from tests.faults.writer import write


async def main(port: int) -> None:
    server = uvicorn.Server(uvicorn.Config("app:app", port=port, log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    for number in range(WRITERS):
        threading.Thread(target=write, args=(open_database(), declared_by(number)), daemon=True).start()
    await serving


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
