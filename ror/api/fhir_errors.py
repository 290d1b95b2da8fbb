"""The errors that only the FHIR interface has."""

from ror.errors import RorError


class FhirError(RorError):
    """A wrong request, with the status and the issue type that FHIR defines; `expression` is the wrong element, or ""."""

    def __init__(self, message: str, status: int, issue: str, expression: str = "") -> None:
        super().__init__(message)
        self.status, self.issue, self.expression = status, issue, expression


class BadSearch(FhirError):
    """A search with a parameter or a value that this server cannot answer."""

    def __init__(self, message: str, issue: str = "invalid") -> None:
        super().__init__(message, 400, issue)


class OtherFormat(FhirError):
    """The client accepts no JSON."""

    def __init__(self) -> None:
        super().__init__("Ce service répond en JSON : demandez application/fhir+json.", 406, "not-supported")
