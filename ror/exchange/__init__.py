"""Parse and print the file formats and FHIR: pure Python, no database, no screen."""
