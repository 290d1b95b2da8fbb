"""The sections of « Administration »: each has a `show(account)`."""
