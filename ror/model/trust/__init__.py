"""Trust: how likely a declared number still holds, learnt from how the numbers of its unit and of its like were found later.

A declaration, or a telephone call, checks the number before it: the number stood, or had changed at some time since. Of each
check only the age of the number and the answer are known (current status data). docs/trust.md has the method and its limits.
"""
