"""Rules as data, and what runs them: packs, the pattern language, matching, checks that no pattern can express.

Belongs here: candidates and their suggestions for one document. Does not:
whether the language model agrees (``lm``), what becomes of a candidate
(``pipeline``).
"""
