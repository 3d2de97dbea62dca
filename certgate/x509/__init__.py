"""Parsing: certificates, names, keys, OCSP. Bytes in, facts out."""
