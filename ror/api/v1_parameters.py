"""The requests of the JSON interface: the parameters of its lists, and the body of a declaration."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr
from typing_extensions import TypedDict

from ror.api.access import Caller
from ror.api.validation_errors import INSTANT
from ror.errors import Refused
from ror.model.capacity import MAX_NUMBER
from ror.model.count_parts import CODE_LISTS, SEXES, CountPart, PartKey, canonical_codes, sorted_parts
from ror.model.declaration import COMMENT_LENGTH
from ror.model.filters import Filters
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType, SourceType, activity_fields, labels, unit_types
from ror.model.patient_type import PatientType
from ror.services.availability.lists import OfferQuery, UnitSelection

MAX_KEY_LENGTH = 100
LIMIT, MAX_LIMIT = 200, 1000
_OLDEST_YEAR, _LAST_YEAR = 2000, 2999
_MAX_HOURS = 24 * 366
_LAST_POSITION = 2**53
_SEXES = {code: name for name, code in SEXES.items()}


def _readable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("ce texte contient un caractère illisible.")
    return text


def _instant_text(value: object) -> object:
    # A number would be taken for seconds since 1970.
    if not isinstance(value, str) or value.isdecimal():
        raise ValueError(INSTANT)
    return value


def _plausible(instant: datetime) -> datetime:
    if not _OLDEST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"donnez un instant entre l'an {_OLDEST_YEAR} et l'an {_LAST_YEAR}.")
    return instant.astimezone(UTC)


def _unit_type(code: str) -> str:
    if code not in unit_types():
        raise ValueError("ce code n'est pas de la liste TRE_R244 des unités qui offrent des lits ou des places.")
    return code


def _activity_field(code: str) -> str:
    if code not in activity_fields():
        raise ValueError("ce code n'est pas de la liste TRE_R227 des unités qui offrent des lits ou des places.")
    return code


def _need(code: str) -> str:
    if code not in published_needs():
        raise ValueError(f"ce code n'est pas un besoin : {', '.join(published_needs())}.")
    return code


Key = Annotated[str, Field(min_length=1, max_length=MAX_KEY_LENGTH), AfterValidator(_readable)]
"""An id, a FINESS number or the code of a département, as a client sends it."""

Instant = Annotated[AwareDatetime, BeforeValidator(_instant_text), AfterValidator(_plausible)]
"""An instant with its zone, in ISO 8601; stored and sent in UTC."""

Position = Annotated[int, Field(ge=0, le=_LAST_POSITION)]
PageLimit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many at most.")]

_REPEATABLE = frozenset({"unit_type", "activity_field", "need"})


def refuse_repeated_parameters(account: Caller, request: Request) -> None:
    """Raise `RequestValidationError` for a parameter that comes twice but is no list: one of the two would be ignored.

    The parameter `account` makes a request without a token fail first.
    """
    names = [name for name, _ in request.query_params.multi_items() if name not in _REPEATABLE]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise RequestValidationError([{"type": "repeated", "loc": ("query", name)} for name in repeated])


class _Parameters(BaseModel):
    # A misspelt filter would otherwise be ignored, and every unit returned.
    model_config = ConfigDict(extra="forbid")


class NoParameters(_Parameters):
    """An address without parameters."""


class StructureParameters(_Parameters):
    """The parameters of the list of structures."""

    search: Key | None = Field(
        None,
        description="Words of the name or the commune, a département, a FINESS number or its beginning, a telephone, a postal "
        "or INSEE code: as the search of the screens, all of them in any order.",
    )
    department: Key | None = Field(None, description="Code of a département: 01, 2A, 971.")
    after: Key | None = Field(None, description="FINESS number after which the page begins.")
    limit: PageLimit = LIMIT


class UnitParameters(_Parameters):
    """The parameters of the list of units."""

    department: Key | None = Field(None, description="Code of a département: 01, 2A, 971.")
    structure: Key | None = Field(None, description="FINESS number.")
    unit_type: list[Annotated[str, AfterValidator(_unit_type)]] = Field([], description="Code of TRE_R244; may be repeated.")
    activity_field: list[Annotated[str, AfterValidator(_activity_field)]] = Field(
        [], description="Code of TRE_R227; may be repeated."
    )
    need: list[Annotated[str, AfterValidator(_need)]] = Field(
        [], description="Code of a need, as `geriatrie` or `had`: units that answer it; may be repeated."
    )
    capacity_type: CapacityType | None = Field(None, description="01 beds, 02 places.")
    after: Key | None = Field(None, description="Id of the unit after which the page begins.")
    limit: PageLimit = LIMIT

    def unit_selection(self) -> UnitSelection:
        """Return the filters on what units are and count."""
        return UnitSelection(tuple(self.unit_type), tuple(self.activity_field), self.capacity_type, tuple(self.need))


class AvailabilityParameters(UnitParameters):
    """The parameters of the availability."""

    unit: Key | None = Field(None, description="Id of a unit.")
    at_least: int = Field(0, ge=0, le=MAX_NUMBER, description="Open units with this many available, or more.")
    every_need: bool = Field(False, description="Units that answer all the needs rather than one.")
    patients: Literal["adult", "child"] | None = Field(
        None, description="Units that say they take children, or all but those for children alone (adult)."
    )
    max_age_hours: float | None = Field(
        None, gt=0, le=_MAX_HOURS, allow_inf_nan=False, description="Numbers that were true this many hours ago, or less."
    )
    gender: Literal["01", "02"] | None = Field(
        None, description="TRE_R332: open units that say they have one for a woman (01) or a man (02), or for anybody."
    )
    at: Instant | None = Field(None, description="A past instant, ISO 8601 with its zone: as the service knew it then.")

    def to_query(self, instant: datetime) -> OfferQuery:
        """Return the query of the board; `max_age_hours` is counted back from an instant."""
        kinds = self.unit_selection()
        return OfferQuery(
            Filters(
                *(kinds.activity_fields, kinds.unit_types, kinds.capacity_type, self.at_least),
                needs=kinds.needs,
                sex=_SEXES[self.gender] if self.gender else None,
                every_need=self.every_need,
                patients=PatientType(self.patients) if self.patients else None,
            ),
            self.structure or "",
            self.unit or "",
            None if self.max_age_hours is None else instant - timedelta(hours=self.max_age_hours),
            self.after or "",
            self.limit,
        )


class DeclarationParameters(_Parameters):
    """The parameters of the log."""

    unit: Key | None = Field(None, description="Id of a unit.")
    after: Position = Field(0, description="Position after which the page begins.")
    limit: PageLimit = LIMIT


class JournalParameters(_Parameters):
    """The parameters of the journal."""

    after: Position = Field(0, description="Number of the line after which the page begins.")
    limit: PageLimit = LIMIT


Count = Annotated[int, Field(ge=0, le=MAX_NUMBER, strict=True)]


class NewCounts(TypedDict, total=False):
    """Beds or places by status (TRE_R330)."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    available: Count
    installed: Count
    occupied: Count
    reserved: Count
    closed: Count
    supplementary: Count


def _code_of(code_list: str) -> AfterValidator:
    def check(code: str) -> str:
        if code and code not in labels(code_list):
            raise ValueError(f"ce code n'est pas de la liste TRE_{code_list} : {', '.join(labels(code_list))}.")
        return code

    return AfterValidator(check)


class NewPart(BaseModel):
    """A part of a count: a number, and the codes that tell it from the rest of the count."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["available", "installed", "occupied", "reserved", "closed", "supplementary"]
    number: Count
    gender: Annotated[str, _code_of("R332")] = Field("", description="Of `available`. TRE_R332: 01 women, 02 men, 04 anybody.")
    closing_type: Annotated[str, _code_of("R333")] = Field("", description="Of `closed`. TRE_R333: can be reopened or not.")
    additional_bed_type: Annotated[str, _code_of("R334")] = Field("", description="Of `supplementary`. TRE_R334.")
    crisis_type: Annotated[str, _code_of("R336")] = Field("", description="Of `supplementary`. TRE_R336.")
    assignment: Annotated[str, _code_of("R337")] = Field("", description="Of any. TRE_R337: 02 Covid+, 03 Covid-.")

    def count_part(self) -> CountPart:
        """Return the part of a count."""
        codes = canonical_codes({name: getattr(self, name) for name in CODE_LISTS})
        if not any(codes.values()):
            raise Refused("Une partie d'un nombre a un code qui la distingue : gender, closing_type, assignment...")
        return CountPart(PartKey(self.status, **codes), self.number)


class NewDeclaration(BaseModel):
    """The number that a unit offers, typed by a person (source type 01) or sent by another system (02, 03, 04)."""

    model_config = ConfigDict(extra="forbid")

    unit: Annotated[StrictStr, Field(min_length=1, max_length=MAX_KEY_LENGTH), AfterValidator(_readable)]
    counts: NewCounts = Field(
        description="Of a system, a status left out keeps its last number; typed by hand, it has no number any more. "
        "`available` is mandatory, but for a system that completes the numbers stored for the same instant."
    )
    source_type: Literal["01", "02", "03", "04"] = Field(
        description="TRE_R335: 01 typed by hand, 02 bed management, 03 GAM, 04 DPI."
    )
    observed_at: Instant | None = Field(
        None, description="When the numbers were true; now when left out. Of a system only: a number typed by hand is true now."
    )
    comment: StrictStr | None = Field(
        None,
        description=f"No patient data; {COMMENT_LENGTH} characters at most. Left out: of a system, the last one stays; "
        "typed by hand, there is none.",
    )
    seen: Annotated[int, Field(ge=0, le=_LAST_POSITION, strict=True)] = Field(
        0, description="Position of the last declaration of the unit that the author knew; 0 for none."
    )
    parts: list[NewPart] = Field(
        [], max_length=40, description="Parts of the counts that are sent; those of a count never exceed it."
    )
    temporality: Annotated[str, _code_of("R331")] | None = Field(
        None,
        description="TRE_R331, of a system only: 01 now, 02 in 1 h, 03 in 24 h, 04 in 48 h, 05 over 7 days; left out, that of "
        "the unit. Numbers of another one stand apart.",
    )
    confirmed: StrictBool = Field(False, description="Typed by hand: the author said yes to an unusual number.")

    @property
    def by_hand(self) -> bool:
        """Whether a person typed the numbers."""
        return SourceType(self.source_type) is SourceType.MANUAL

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers that were sent, by status."""
        return cast("dict[str, int]", self.counts)

    @property
    def count_parts(self) -> tuple[CountPart, ...]:
        """The parts that were sent. Raises `Refused` for one that is the rest of its count."""
        return sorted_parts(part.count_part() for part in self.parts)
