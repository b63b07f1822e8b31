"""The framework: discovery, order, plans, failure. Knows no web server and no LLM library."""
