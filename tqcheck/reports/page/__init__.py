"""The report as an HTML page: what it shows (frozen views of plain values) and the templates that draw it.

The modules make views of a result and hold no markup; markup stands in
``templates``, and colours in ``page.css``. What is not about the page alone (its
words, the order of findings) belongs to the modules of :mod:`tqcheck.reports`.
"""
