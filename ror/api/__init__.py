"""What other systems speak: the JSON interface under /api/v1 and the FHIR one under /fhir, for whoever shows a token."""
