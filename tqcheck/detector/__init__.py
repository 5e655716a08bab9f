"""Whether a draft is unedited machine translation, from which language, and where it is wrong in ways no rule foresees.

All of it from the English alone. The parts that read the language model's
states import torch where they run; nothing here does so on import.
"""
