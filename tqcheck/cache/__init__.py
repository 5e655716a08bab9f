"""What is kept between runs, and only saves time: its folder, a store of values by key, results of documents.

Belongs here: where and how things are kept. Does not: what is worth keeping
or when it is stale; whoever makes a value makes its key. Models on this
machine are in ``lm``.
"""
