"""Every setting, typed and documented, in one place: environment variables `ROR_*` (and `PORT`), or a `.env` file."""

import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ror.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
PAGES = ROOT / "pages"


class Settings(BaseSettings):
    """The settings of one server. Durations are in the unit that their name ends with."""

    model_config = SettingsConfigDict(env_prefix="ROR_", env_file=ROOT / ".env", extra="ignore")

    database: str = Field(
        str(DATA / "ror.duckdb"), description="DuckDB file; a `postgresql://...` address is refused by this version."
    )
    demo: bool = Field(False, description="1: fictitious region, demonstration accounts shown on the sign-in screen, banner.")
    secret: str = Field(
        "", description="Signs the sign-in tickets and Streamlit's own cookie; made and kept beside the database when empty."
    )
    port: int = Field(8501, validation_alias="PORT", description="Port of the server (variable `PORT`, without prefix).")
    address: str = Field("127.0.0.1", description="Address that the server listens on.")

    age_limits_hours: Annotated[tuple[float, float, float], NoDecode] = Field(
        (1, 24, 168), description="Upper ages of the first three bands of the legend, in hours, separated by commas."
    )
    weekly_duty_hours: int = Field(168, description="A unit is overdue past this age; critical care has its own, daily, duty.")
    session_idle_minutes: int = Field(30, description="A session ends after this time without a gesture.")
    session_hours: int = Field(12, description="A session ends after this time in any case.")

    region: str = Field("Île-de-France", description="Name of the region, said on the sign-in screen.")
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
        "Accessibilité : non conforme (aucun audit RGAA n'a encore été mené). Signalez toute difficulté au support.",
        description="Footer: « accessibilité », Markdown.",
    )

    @field_validator("age_limits_hours", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.split(",")) if isinstance(value, str) else value

    @field_validator("age_limits_hours")
    @classmethod
    def _growing(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if not 0 < value[0] < value[1] < value[2]:
            raise ValueError("the three ages must grow")
        return value


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises `SettingsError` with the name of the first setting that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        name = name if name == "PORT" else f"ROR_{name.removeprefix('ROR_')}"
        raise SettingsError(f"The setting {name} cannot be used: {first['msg']}.") from error


@lru_cache
def secret() -> str:
    """The secret of this server: the setting `ROR_SECRET`, else one made once and kept in `secret` beside the database."""
    if settings().secret:
        return settings().secret
    local = "://" not in settings().database
    path = (Path(settings().database).expanduser() if local else DATA / "ror.duckdb").with_name("secret")
    with suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32))
    return path.read_text("ascii")
