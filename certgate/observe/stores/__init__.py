"""Trust stores, read from where people name them."""
