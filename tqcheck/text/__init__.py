"""A document as the rest of tqcheck sees it: text, positions, sentences, quotations, language, ignore comments.

Belongs here: what can be asked of a text without knowing a file format, a
rule or a model. Does not: how the text came out of a file (``readers``,
``files``), what is wrong with it (``rules``).
"""
