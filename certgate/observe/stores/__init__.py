"""Trust stores, read from where users name them."""
