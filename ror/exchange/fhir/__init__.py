"""The FHIR R4 resources of the ROR, as its exposition model 3.0 (package ans.fhir.fr.ror) defines them."""
