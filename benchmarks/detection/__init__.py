"""The detector against documents and spans that people judged; ``python -m benchmarks.detection --help``."""
