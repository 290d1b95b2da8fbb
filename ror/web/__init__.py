"""The parts that the screens share: the shell, the session, charts, maps, tables, the legend, live events."""
