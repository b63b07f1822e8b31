"""Two example plugins: `hello`, a module with a hook of each layer, and `hello-tour`, a class with all of them."""
