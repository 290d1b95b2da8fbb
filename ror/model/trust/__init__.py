"""Trust: how likely a declared number still holds, learnt from checks of past numbers of its unit and of similar units.

A declaration, or a telephone call, checks the number before it: the number still stood, or had changed at some time since. A
check gives only the age of the number and the answer (current status data). docs/trust.md has the method and its limits.
"""
