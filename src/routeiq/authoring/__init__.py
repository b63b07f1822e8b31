"""The author's toolkit: new plugins from a template, their pages, and their packages. No gateway loads it."""
