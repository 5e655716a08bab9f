"""What is new: lines that a git repository says have changed, findings that a baseline does not know.

Belongs here: narrowing a result to what its author has to look at. Does not:
checking; it is given results and says which of their findings count.
"""
