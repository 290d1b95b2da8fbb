"""Charts and maps as specifications, for the screens, and as pictures, for paper."""
