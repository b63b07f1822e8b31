"""The plugins that come with RouteIQ; each is found by its entry point, like anyone's."""
