"""Checks on what Kubernetes objects say: families in modules named after them."""
