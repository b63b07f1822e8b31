"""One golden trace of the routing and LLM hooks, which every host that makes LLM calls has to produce."""
