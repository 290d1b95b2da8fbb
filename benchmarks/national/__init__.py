"""The same pages over a region and over the whole country, side by side."""
