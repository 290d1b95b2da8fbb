"""A real nginx for the tests, configured by the file of `deploy/` with other ports, folders and certificate."""

import http.client
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.harness import free_port

CONFIGURATION = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
SHIPPED_PORTS = (8501, 8502)
"""The ports of the replicas in that file."""

_SECONDS = 15
_MAIN = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.txt;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/ror.conf;
}}
"""


def program() -> str:
    """Return the path of nginx. Raises `LookupError` when there is none."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not path:
        raise LookupError("There is no nginx: run scripts/ensure_services.sh, or install the package nginx.")
    return path


class Nginx:
    """nginx on a port, in front of two replicas; without `tls` the certificate lines of the file are left out."""

    def __init__(self, port: int, ports: tuple[int, int], *, tls: bool = False) -> None:
        self.port = port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="ror-nginx-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._process: subprocess.Popen[bytes] | None = None
        if tls:
            self._make_certificate()
        text = CONFIGURATION.read_text(encoding="utf-8")
        (self.folder / "ror.conf").write_text(self._adapted(text, ports, tls=tls), encoding="utf-8")
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(_MAIN.format(folder=self.folder, user=user), encoding="utf-8")

    def checked(self) -> str:
        """Check the configuration without starting, and return the output of nginx."""
        process = subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)
        return process.stderr

    def start(self) -> None:
        """Start, and wait until it listens."""
        log = self.folder / "log.txt"
        with log.open("ab") as output:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        limit = time.monotonic() + _SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > limit:
                self.stop()
                raise RuntimeError(f"nginx did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(_SECONDS)

    def _adapted(self, text: str, ports: tuple[int, int], *, tls: bool) -> str:
        """Return the shipped file with the ports, folders and certificate of this test."""
        # A port is free until somebody listens on it: the second one may be drawn again.
        while (plain := free_port()) == self.port:
            pass
        changes = [
            ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("/var/cache/nginx/ror", f"{self.folder}/cache"),
            *((f":{shipped}", f":{own}") for shipped, own in zip(SHIPPED_PORTS, ports, strict=True)),
        ]
        if tls:
            changes.append(("/etc/ssl/lits.example.fr", str(self.folder)))
        else:
            changes += [(" ssl http2;", ";"), (" Secure;", "")]
            text = re.sub(r"^ *ssl_.*\n", "", text, flags=re.MULTILINE)
        for shipped, own in changes:
            assert shipped in text, f"{CONFIGURATION.name} has no « {shipped} » any more"
            text = text.replace(shipped, own)
        return text

    def _make_certificate(self) -> None:
        files = ["-keyout", str(self.folder / "privkey.pem"), "-out", str(self.folder / "fullchain.pem")]
        kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        name = ["-subj", "/CN=lits.example.fr", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(["openssl", "req", *kind, *files, *name], capture_output=True, check=True)

    def _command(self) -> list[str]:
        return [program(), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def _listens(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().status in (400, 404)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._folder.cleanup()
