"""The interfaces for other systems, which sign in with a token: JSON under /api/v1, FHIR under /fhir."""
