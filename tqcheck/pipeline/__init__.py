"""Documents through rules, language model and detector to a result: one in ``checker``, many above it in ``run``.

Belongs here: what needs several of the wings below at once, in their order.
Does not: how any of them works; reports, which see results alone; the command
line.
"""
