"""Parsers and printers of the file formats and of FHIR: pure Python, no database, no screen."""
