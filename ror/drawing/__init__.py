"""Build charts and maps as specifications for the screens, and draw them as pictures for paper."""
