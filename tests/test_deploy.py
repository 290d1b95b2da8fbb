"""The files of `deploy/`: the content of the image, the compose file, the systemd units."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deployment import DEPLOY, copy_to, health_check, instructions, only, prepare_units, systemd_analyze
from tests.harness import ROOT, Server

MAX_EXPOSURE = 15
"""Tenths of systemd's measure, from 0 to 100."""


class CopiedServer(Server):
    """A server of the files that the image holds, in production."""

    forked = False

    def command(self) -> list[str]:
        """Return the command of the server, which enters the folder that `ROR_TEST_FOLDER` names."""
        return ["env", "--chdir", self._environment["ROR_TEST_FOLDER"], *super().command()]


def test_the_image_runs_without_root_and_has_wheels_alone() -> None:
    names = [name for name, _ in instructions()]
    user, group = only("USER").split(":")
    assert user.isdigit()
    assert group.isdigit()
    assert int(user) > 0
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in {"RUN", "COPY"})
    installs = [text for name, text in instructions() if name == "RUN" and "pip install" in text]
    assert len(installs) == 1
    assert {"--require-hashes", "--only-binary=:all:", "--no-cache-dir"} <= set(installs[0].split())
    assert only("ARG").startswith("BASE=")
    assert only("FROM") == "${BASE}"


def test_no_secret_or_database_of_a_checkout_reaches_the_image(tmp_path: Path) -> None:
    checkout, image = tmp_path / "checkout", tmp_path / "image"
    checkout.mkdir()
    assert copy_to(checkout) == []
    private = [
        ".env",
        ".streamlit/secrets.toml",
        "data/secret",
        "data/ror.duckdb",
        "data/ror.duckdb.wal",
        "data/ror.duckdb.position",
    ]
    private += ["data/previous-ror.duckdb", "data/backups/one/ror.duckdb", "data/units.rejects.csv", "data/region.xlsx"]
    private += ["deploy/ror.env", "deploy/tls/privkey.pem", "ror/__pycache__/old.cpython-311.pyc"]
    for name in private:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("private")
    assert copy_to(image, checkout) == []
    assert [name for name in private if (image / name).exists()] == []
    assert {path.name for path in image.iterdir()} == {"requirements.txt", "app.py", ".streamlit", "pages", "ror", "data"}


def test_what_the_image_holds_is_enough_to_serve_and_its_health_check_says_so(tmp_path: Path) -> None:
    assert copy_to(tmp_path) == []
    settings = {"ROR_TEST_FOLDER": str(tmp_path), "ROR_PRODUCTION": "1", "ROR_PUBLIC_URL": "https://lits.example.fr"}
    settings |= {"ROR_ADMINISTRATOR_SECOND_FACTOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    with CopiedServer(environment=settings) as server:
        assert Path(f"/proc/{server.pid}/cwd").resolve() == tmp_path.resolve()
        environment = os.environ | {"PORT": str(server.port)}
        # The board is loaded after the first answer.
        for _ in range(100):
            checked = subprocess.run(health_check(), env=environment, capture_output=True, text=True, check=False)
            if checked.returncode == 0:
                break
        assert (checked.returncode, checked.stderr) == (0, "")
    stopped = subprocess.run(health_check(), env=os.environ | {"PORT": str(server.port)}, capture_output=True, check=False)
    assert stopped.returncode != 0


def test_the_compose_file_takes_every_privilege_from_the_replicas() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    replicas = [service for name, service in services.items() if name.startswith("replica-")]
    upstreams = set(re.findall(r"server 127\.0\.0\.1:(\d+) ", (DEPLOY / "nginx.conf").read_text(encoding="utf-8")))
    assert {service["environment"]["PORT"] for service in replicas} == upstreams
    for replica in replicas:
        assert replica["read_only"]
        assert replica["cap_drop"] == ["ALL"]
        assert "ports" not in replica
        assert (DEPLOY / replica["build"]["context"] / replica["build"]["dockerfile"]).is_file()
    for service in services.values():
        assert service["security_opt"] == ["no-new-privileges:true"]
    owner = only("USER").split(":")
    assert f"/var/lib/ror:uid={owner[0]},gid={owner[1]},mode=0700" in replicas[0]["tmpfs"]
    # nginx restarts without taking the network of the replicas away.
    assert {service["network_mode"] for service in [*replicas, services["front"]]} == {"service:network"}
    assert services["network"]["entrypoint"] == ["sleep", "infinity"]


def test_the_units_are_valid_and_expose_little(tmp_path: Path) -> None:
    units = prepare_units(tmp_path)
    verified = systemd_analyze(tmp_path, "verify", "--man=no", *map(str, units))
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in units:
        if unit.suffix == ".service":
            threshold = f"--threshold={MAX_EXPOSURE}"
            measured = systemd_analyze(tmp_path, "security", "--no-pager", "--offline=true", threshold, str(unit))
            assert measured.returncode == 0, measured.stdout[-300:]


def test_a_wrong_unit_is_noticed(tmp_path: Path) -> None:
    unit = next(one for one in prepare_units(tmp_path) if one.name == "ror@8501.service")
    unit.write_text(unit.read_text().replace("ExecStart=/", "ExecStart=/missing/").replace("RestartSec=", "RestartSeconds="))
    refused = systemd_analyze(tmp_path, "verify", "--man=no", str(unit))
    assert "RestartSeconds" in refused.stderr
    assert "/missing/" in refused.stderr


def engine() -> str | None:
    """Return a container engine that answers, if any."""
    for name in filter(shutil.which, ("docker", "podman")):
        if subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0:
            return name
    return None


@pytest.mark.whole
@pytest.mark.timeout(3600)
def test_the_image_is_built_and_becomes_healthy_without_privileges() -> None:
    program = engine()
    if program is None:
        pytest.skip("No container engine answers on this machine.")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)

    base = os.environ.get("ROR_TEST_BASE_IMAGE")
    options = [*(["--build-arg", f"BASE={base}"] if base else []), *(["--format", "docker"] if program == "podman" else [])]
    built = call("build", "--file", str(DEPLOY / "Dockerfile"), "--tag", "ror-test", *options, str(ROOT))
    assert built.returncode == 0, built.stderr[-3000:]
    limits = ["--read-only", "--tmpfs", "/tmp", "--tmpfs", "/var/lib/ror:uid=990,gid=990,mode=0700"]
    limits += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    started = call("run", "--detach", *limits, "--env", "ROR_DEMO=1", "ror-test")
    assert started.returncode == 0, started.stderr
    container = started.stdout.strip()
    try:
        while call("exec", container, *health_check()).returncode:
            assert call("inspect", "--format", "{{.State.Running}}", container).stdout.strip() == "true", call(
                "logs", container
            )
        assert "Read-only file system" in call("exec", container, "touch", "/opt/ror/x").stderr
        assert call("exec", container, "id", "--user").stdout.strip() == "990"
    finally:
        call("rm", "--force", container)
