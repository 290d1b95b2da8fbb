"""Operations of the service: back up, recover, copy, purge, watch, run the demonstration."""
