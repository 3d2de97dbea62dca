"""Kubernetes manifests: the certificates and the requests for certificates in them."""
