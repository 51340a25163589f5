"""The composition root: the only room that wires edges together, and that only the command line enters.

`serving` runs a process, `house` is what it consists of, `operations` does an operator's single acts; each
other module wires one room. Nothing is imported here: a command loads no more than it needs.
"""
