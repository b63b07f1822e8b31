"""`routeiq plugin check`: what an author would be told by the first production incident, told before."""
