"""All settings, typed and documented: environment variables `ROR_*` (and `PORT`), or lines of a `.env` file."""

import os
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ror.errors import SettingsError
from ror.model.freshness import AgeBand, age_bands
from ror.model.rights import Role

PACKAGE = Path(__file__).resolve().parent
INSTALLED = (PACKAGE / "pages").is_dir()
"""Whether this is an installed wheel: it has inside the package what stands beside it in a checkout."""

ROOT = PACKAGE if INSTALLED else PACKAGE.parent
DATA = ROOT / "data"
PAGES = ROOT / "pages"
APPLICATION = "ror.app:app" if INSTALLED else "app:app"
LOCAL = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share", "ror") if INSTALLED else DATA
"""Folder of the database, the secret and the backups by default: never among the installed packages."""

ENV_FILE = (LOCAL if INSTALLED else ROOT) / ".env"


class Settings(BaseSettings):
    """The settings of one server. Durations are in the unit that their name ends with."""

    model_config = SettingsConfigDict(env_prefix="ROR_", env_file=ENV_FILE, extra="ignore")

    database: str = Field(
        str(LOCAL / "ror.duckdb"),
        description="DuckDB file of one server, or `postgresql://user:password@host:port/name`, which several replicas share.",
    )
    demo: bool = Field(False, description="1: fictitious region, demonstration accounts shown on the sign-in screen, banner.")
    demo_live: bool = Field(
        True,
        description="1: a demonstration declares while its pages are open, and offers its guided tour; 0: neither.",
    )
    secret: str = Field(
        "", description="Signs the sign-in tickets and Streamlit's own cookie; empty: one is created beside the database."
    )
    port: int = Field(8501, validation_alias="PORT", description="Port of the server (variable `PORT`, without prefix).")
    address: str = Field("127.0.0.1", description="Address that the server listens on.")

    production: bool = Field(
        False, description="1: refuse to start with a demonstration password, a short secret or a readable database."
    )
    public_url: str = Field(
        "", description="Address that users type, for the links sent by mail and single sign-on; empty: http://localhost:PORT."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Host names that the server answers to, besides localhost and that of the public address, by commas."
    )

    age_limits_hours: Annotated[tuple[float, float, float], NoDecode] = Field(
        (1, 24, 168), description="Upper ages of the first three bands of the legend, in hours, separated by commas."
    )
    weekly_duty_hours: int = Field(
        168,
        description="Longest time between two declarations of most units; critical care has its own, a day.",
    )
    trust_target: float = Field(
        0.8,
        ge=0.5,
        le=0.99,
        description="The right duty of a unit keeps its number true with this probability; it is proposed, never applied.",
    )
    session_idle_minutes: int = Field(30, description="A session ends after this time without an act of its user.")
    session_hours: int = Field(12, description="A session ends after this time in any case.")

    bcrypt_cost: int = Field(12, ge=4, le=16, description="Cost of a password hash: one more doubles the time of a sign-in.")
    link_minutes: int = Field(30, description="A one-time link (new account, lost password) can be used for this time.")
    administrator_second_factor: bool = Field(
        False, description="1: nothing can be administered from an account without a second factor."
    )
    journal_days: int = Field(365, ge=1, le=3650, description="Lines of the journal are stored for this time.")
    address_days: int = Field(180, ge=1, le=3650, description="Network addresses of the journal are stored for this time.")

    log: Literal["auto", "text", "json"] = Field(
        "auto", description="Form of the log: text, json (one object a line), or auto: json in production."
    )
    slow_rerun_ms: int = Field(1000, ge=1, description="A screen that took longer than this is a warning in the log.")
    metrics_token: str = Field(
        "", description="Bearer token by which the metrics are read; empty: this machine alone, without a proxy."
    )

    api_requests_per_minute: int = Field(
        600, ge=1, description="Requests that one token may make in a minute, and together those of a network without a token."
    )

    backup_folder: str = Field("", description="Folder of the backups; empty: `backups` beside the database.")
    backup_keep: int = Field(14, ge=1, description="Number of backups in that folder: older ones are deleted.")

    smtp_host: str = Field("", description="Mail server; empty: the administrator hands one-time links over.")
    smtp_port: int = Field(587, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="Mail protection: starttls, tls, none.")
    smtp_user: str = Field("", description="Account on the mail server, if it requires one.")
    smtp_password: str = Field("", description="Password of that account.")
    mail_from: str = Field("ne-pas-repondre@example.fr", description="Sender of the mails.")

    reminders: Literal["server", "command", "off"] = Field(
        "server", description="Who sends reminders of late units: the server, the command `remind` alone, or nobody (off)."
    )
    reminder_hours: Annotated[tuple[int, int], NoDecode] = Field(
        (8, 18), description="Reminders are sent from this hour until that one, in the time of the territory of the units."
    )
    reminder_confirm_link: bool = Field(
        True, description="0: reminders have no link to confirm « rien n'a changé » without signing in."
    )
    reports: Literal["server", "command", "off"] = Field(
        "server",
        description="Who makes and mails the reports of the region: the server, the command `report` alone, or nobody.",
    )
    notify_url: str = Field("", description="Address that late units are posted to, for SMS or push; empty: off.")
    notify_secret: str = Field("", description="Signs what is posted there (HMAC-SHA256).")

    oidc_discovery: str = Field("", description="Single sign-on: address of the provider's discovery document; empty: off.")
    oidc_client_id: str = Field("", description="Single sign-on: name of this service at the provider.")
    oidc_client_secret: str = Field("", description="Single sign-on: secret of this service at the provider.")
    oidc_scope: str = Field("openid", description="Single sign-on: requested scope, as `openid scope_all`.")
    oidc_parameters: str = Field("", description="Single sign-on: extra parameters of the request, as `acr_values=eidas1`.")
    oidc_claim: str = Field("sub", description="Single sign-on: the claim that names the account, as `SubjectNameID`.")
    oidc_role_claim: str = Field(
        "", description="Single sign-on: the claim with the roles of a session, as `realm_access.roles`; empty: it has none."
    )
    oidc_roles: Annotated[tuple[tuple[str, Role], ...], NoDecode] = Field(
        (),
        validate_default=True,
        description="Single sign-on: the role of each value of that claim, as `lits-saisie=manager;lits=professional`.",
    )
    oidc_perimeter_claim: str = Field(
        "", description="Single sign-on: the claim with FINESS numbers that a session declares within; empty: it has none."
    )
    oidc_name: str = Field("Connexion unique", description="Single sign-on: label of its button.")

    region: str = Field("Île-de-France", description="Name of the region, shown on the sign-in screen, in files and in mails.")
    time_zone: str = Field(
        "",
        description="Time that screens, files and reports show, as `Indian/Reunion`; empty: that of the overseas "
        "territory that `ROR_REGION` names, else that of Paris.",
    )
    service_name: str = Field("Disponibilités en lits et en places", description="Name of the service, shown on every screen.")
    support_telephone: str = Field("01 99 00 00 00", description="Support: telephone.")
    support_hours: str = Field("du lundi au vendredi, de 8 h à 18 h", description="Support: opening hours.")
    support_form: str = Field("https://support.example.fr/formulaire", description="Support: address of the form.")
    support_mail: str = Field("support@example.fr", description="Support: mail.")
    legal_notice: str = Field(
        "L'éditeur de ce service n'a pas encore renseigné ses mentions légales.",
        description="Footer: « mentions légales », Markdown.",
    )
    personal_data: str = Field(
        "Le service enregistre le nom, l'identifiant et les mises à jour de chaque personne habilitée. Il ne contient "
        "aucune donnée de patient. Pour exercer vos droits, adressez-vous au support.",
        description="Footer: « données personnelles », Markdown.",
    )
    accessibility: str = Field(
        "", description="Footer: « accessibilité », Markdown; empty: our statement (docs/accessibility.md)."
    )

    @property
    def age_bands(self) -> tuple[AgeBand, ...]:
        """Return the five age bands, the most recent first."""
        return age_bands(self.age_limits_hours)

    @field_validator("age_limits_hours", "allowed_hosts", "reminder_hours", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        # A value may have commas and equals signs, as the name of a group in a directory has.
        pairs = [pair.rpartition("=") for pair in value.split(";") if pair.strip()]
        if not all(name.strip() and role.strip() for name, _, role in pairs):
            raise ValueError("write value=role, several separated by semicolons")
        return tuple((name.strip(), role.strip()) for name, _, role in pairs)

    @field_validator("oidc_roles")
    @classmethod
    def _mapped(cls, value: tuple[tuple[str, Role], ...], info: ValidationInfo) -> tuple[tuple[str, Role], ...]:
        if info.data.get("oidc_role_claim") and not value:
            raise ValueError("give the roles that the values of ROR_OIDC_ROLE_CLAIM stand for")
        return value

    @field_validator("age_limits_hours")
    @classmethod
    def _growing(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if not 0 < value[0] < value[1] < value[2]:
            raise ValueError("the three ages must grow")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value and value not in available_timezones():
            raise ValueError("give the name of a time zone, as Indian/Reunion or America/Martinique")
        return value

    @field_validator("reminder_hours")
    @classmethod
    def _hours_of_a_day(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= value[0] < value[1] <= 24:
            raise ValueError("the two hours must grow, from 0 to 24")
        return value


@lru_cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises `SettingsError` with the name of the first setting that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        # The rest of the location is a position within the value.
        name = str(first["loc"][0]).upper()
        name = name if name == "PORT" else f"ROR_{name.removeprefix('ROR_')}"
        raise SettingsError(f"The setting {name} cannot be used: {first['msg']}.") from error


def public_address(path: str) -> str:
    """Return the address of a path of this service, from the settings and never from a request."""
    return (settings().public_url.rstrip("/") or f"http://localhost:{settings().port}") + path


def database_file() -> Path | None:
    """Return the DuckDB file of the setting `ROR_DATABASE`, None for the address of a server."""
    return None if "://" in settings().database else Path(settings().database).expanduser().resolve()


def beside_database(name: str) -> Path:
    """Return the path of a file that belongs to the database: beside its file, or in `LOCAL` when it is on a server."""
    return (database_file() or LOCAL.expanduser() / "ror.duckdb").with_name(name)


def secret_file() -> Path:
    """Return the path of the secret that is used when no setting gives one."""
    return beside_database("secret")


@lru_cache
def secret() -> str:
    """Return the secret of this server: the setting `ROR_SECRET`, else one created once in `secret` beside the database."""
    if settings().secret:
        return settings().secret
    path = secret_file()
    with suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32))
    return path.read_text("ascii")
