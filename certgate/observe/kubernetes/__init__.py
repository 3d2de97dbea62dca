"""Kubernetes manifests: the certificates and certificate requests in them."""
