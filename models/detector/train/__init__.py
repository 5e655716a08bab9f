"""Training of the detector from the development data: ``python -m models.detector.train``."""
