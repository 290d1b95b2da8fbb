"""Operations: back up, recover, copy, purge, watch, run the demonstration."""
