"""The resources of FHIR R4 that the ROR exchanges, as its exposition model 3.0 has them (package ans.fhir.fr.ror)."""
