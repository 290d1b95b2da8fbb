"""The sections of « Administration », each rendered by a function `render_<section>(account)`, and their forms."""
