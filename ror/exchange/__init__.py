"""Pure parsing and printing of the formats that the product exchanges: no database, no screen."""
