"""The tests. A package, so that what several of them share (`tests.fakes`, `tests.golden`) is imported by name."""
