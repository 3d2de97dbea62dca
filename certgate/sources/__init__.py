"""What is gated, and how its facts come: endpoints, files, manifests, saved observations."""
